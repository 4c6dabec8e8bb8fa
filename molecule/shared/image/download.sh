#!/bin/sh
# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Setup hook of mmdebstrap: makes the root folder $1 what the image $JETFLEET_BASE is, where one is named, and gives it
# the archives of $JETFLEET_PACKAGES. $JETFLEET_ARCHIVES keeps them for other images.
set -eu
root=$1
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"

if [ -n "$JETFLEET_BASE" ]; then
    tar --extract --file="$JETFLEET_BASE" --directory="$root"
fi
apt-get --quiet=2 update
# One word a package, none with a blank.
# shellcheck disable=SC2086
names=$(apt-get --quiet=2 --print-uris install --yes $JETFLEET_PACKAGES | cut -d ' ' -f 2)
# shellcheck disable=SC2086
flock "$JETFLEET_ARCHIVES" apt-get --quiet=2 -o Dir::Cache::archives="$JETFLEET_ARCHIVES" \
    install --yes --download-only $JETFLEET_PACKAGES
if [ -z "$JETFLEET_BASE" ]; then
    if [ -n "$JETFLEET_MERGED_USR" ]; then
        # Later it would take more than a link.
        for name in bin sbin lib lib64; do
            mkdir -p "$root/usr/$name"
            ln --symbolic "usr/$name" "$root/$name"
        done
    fi
    # Scripts of packages need files of others before these are installed.
    for name in $names; do
        dpkg-deb --fsys-tarfile "$JETFLEET_ARCHIVES/$name" |
            tar --extract --keep-directory-symlink --directory="$root"
    done
fi
for name in $names; do
    ln --symbolic "$JETFLEET_ARCHIVES/$name" "$root/var/cache/apt/archives/"
done
