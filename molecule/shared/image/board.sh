#!/bin/sh
# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Customize hook of mmdebstrap: makes the root folder $1 what a Jetson is before this collection.
set -eu
root=$1

# The user of a board: no root, no password, sudo.
chroot "$root" useradd --create-home --shell /bin/bash --uid 1000 jetson
echo 'jetson ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/jetson"
chmod 0440 "$root/etc/sudoers.d/jetson"

# Keys only, kept outside the home so that a test may mount a small disk there. Host keys come
# with each board: an image with keys inside would give all boards the same.
rm -f "$root"/etc/ssh/ssh_host_*
mkdir -p "$root/etc/ssh/authorized_keys"
cat >"$root/etc/ssh/sshd_config.d/jetfleet.conf" <<'CONF'
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /etc/ssh/authorized_keys/%u
PasswordAuthentication no
PermitRootLogin no
UseDNS no
MaxStartups 100
MaxSessions 100
CONF

# Translated package descriptions are half of what "apt-get update" fetches.
echo 'Acquire::Languages "none";' >"$root/etc/apt/apt.conf.d/90jetfleet"

# What "pip3 install protobuf" leaves on a Jetson: the newest wheel without C++ inside. With a VIRTUAL_ENV of the one who
# makes the image, Debian's pip installs to where its Python does not look.
cp "$JETFLEET_WHEEL" "$root/tmp/"
env -i PATH="$PATH" HOME=/root chroot "$root" pip3 install --no-index --no-deps "/tmp/${JETFLEET_WHEEL##*/}" >/dev/null
rm "$root/tmp/${JETFLEET_WHEEL##*/}"
rm -rf "$root/root/.cache"
