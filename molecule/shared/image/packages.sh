#!/bin/sh
# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Essential hook of mmdebstrap: installs $JETFLEET_PACKAGES into the root folder $1.
# Packages are unpacked by this machine's dpkg, not by the board's: under qemu-user, unpacking is
# nearly all of the time. Only their scripts run in the board's architecture.
set -eu
root=$1
archives=$root/var/cache/apt/archives
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"

# One word a package, none with a blank.
# shellcheck disable=SC2086
apt-get --quiet=2 install --yes --download-only $JETFLEET_PACKAGES
dpkg --root="$root" --force-architecture --force-depends --force-unsafe-io --unpack "$archives"/*.deb >/dev/null
chroot "$root" dpkg --configure --pending >/dev/null
chroot "$root" dpkg --audit
