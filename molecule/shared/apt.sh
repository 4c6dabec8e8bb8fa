#!/bin/sh
# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Installs Debian packages, says which, and uses sudo where it is needed. Two at once take turns: apt does not wait
# for another one that updates its lists.
# usage: apt.sh [--no-install-recommends] PACKAGE...
set -eu
run() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

echo "Installing Debian packages: $*"
exec 9</var/lib/apt/lists
flock 9
run apt-get --quiet=2 -o DPkg::Lock::Timeout=300 update
run env DEBIAN_FRONTEND=noninteractive apt-get --quiet=2 -o DPkg::Lock::Timeout=300 \
    install --yes "$@" >/dev/null
