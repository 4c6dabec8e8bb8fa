#!/bin/sh
# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes the root folder $1 what a Jetson is before this collection: customize hook of mmdebstrap, and called by add.sh.
set -eu
root=$1

# The user of a board: no root, no password, sudo.
chroot "$root" useradd --create-home --shell /bin/bash jetson
echo 'jetson ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/jetson"
chmod 0440 "$root/etc/sudoers.d/jetson"

# Keys only, kept outside the home so that a test may mount a small disk there. Host keys come
# with each board: an image with keys inside would give all boards the same.
rm -f "$root"/etc/ssh/ssh_host_*
mkdir -p "$root/etc/ssh/authorized_keys"
settings='HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /etc/ssh/authorized_keys/%u
PasswordAuthentication no
PermitRootLogin no
UseDNS no
MaxStartups 100
MaxSessions 100'
if [ -n "$JETFLEET_SSHD_INCLUDES" ]; then
    mkdir -p "$root/etc/ssh/sshd_config.d"
    echo "$settings" >"$root/etc/ssh/sshd_config.d/jetfleet.conf"
else
    # The first word on something is the one that sshd takes; host keys it would have of each.
    sed --in-place '/^HostKey /d' "$root/etc/ssh/sshd_config"
    echo "$settings" | cat - "$root/etc/ssh/sshd_config" >"$root/etc/ssh/sshd_config.new"
    mv "$root/etc/ssh/sshd_config.new" "$root/etc/ssh/sshd_config"
fi

# Translated package descriptions are half of what "apt-get update" fetches.
echo 'Acquire::Languages "none";' >"$root/etc/apt/apt.conf.d/90jetfleet"
if [ -n "$JETFLEET_KEYRING" ]; then
    cp "$JETFLEET_KEYRING" "$root/etc/apt/trusted.gpg.d/jetfleet.gpg"
fi

# What "pip3 install protobuf" leaves on a Jetson: the newest wheel without C++ inside. With a VIRTUAL_ENV of the one who
# makes the image, Debian's pip installs to where its Python does not look.
cp "$JETFLEET_WHEEL" "$root/tmp/"
# One word an option.
# shellcheck disable=SC2086
env -i PATH="$PATH" HOME=/root chroot "$root" pip3 install $JETFLEET_PIP_OPTIONS --no-index --no-deps "/tmp/${JETFLEET_WHEEL##*/}" >/dev/null
rm "$root/tmp/${JETFLEET_WHEEL##*/}"
rm -rf "$root/root/.cache"
