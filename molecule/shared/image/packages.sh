#!/bin/sh
# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Essential hook of mmdebstrap: installs the archives that the root folder $1 has.
# Packages are unpacked by this machine's dpkg, not by the board's: under qemu-user, unpacking is most
# of the time. Only their scripts run in the board's architecture.
set -eu
root=$1

dpkg --root="$root" --force-architecture --force-depends --force-unsafe-io \
    --unpack "$root"/var/cache/apt/archives/*.deb >/dev/null

# Byte code and certificates are the same on every architecture, and take minutes to make under qemu-user:
# the image of this machine's own architecture has them.
if [ -z "$JETFLEET_NATIVE" ]; then
    chroot "$root" dpkg --configure --pending >/dev/null
else
    mkdir -p "$root/usr/local/bin"
    for name in py3compile update-ca-certificates; do
        printf '#!/bin/sh\n' >"$root/usr/local/bin/$name"
        chmod 0755 "$root/usr/local/bin/$name"
    done
    chroot "$root" dpkg --configure --pending >/dev/null
    rm "$root/usr/local/bin/py3compile" "$root/usr/local/bin/update-ca-certificates"
    tar --extract --file="$JETFLEET_NATIVE" --directory="$root" \
        --wildcards './usr/lib/python3*/__pycache__/*.pyc' './etc/ssl/certs/*'
fi
chroot "$root" dpkg --audit
