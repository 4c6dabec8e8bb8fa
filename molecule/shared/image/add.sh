#!/bin/sh
# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs in a container of the image that IMAGE names: adds the packages in $JETFLEET_PACKAGES, from the places that
# $JETFLEET_SOURCES lists (empty: from where the image gets its own), and makes it a board where the variant $1 is base.
set -eu
if [ -n "$JETFLEET_SOURCES" ]; then
    rm -f /etc/apt/sources.list.d/*
    echo "$JETFLEET_SOURCES" >/etc/apt/sources.list
fi
if [ -n "$JETFLEET_KEYRING" ]; then
    cp "$JETFLEET_KEYRING" /etc/apt/trusted.gpg.d/jetfleet.gpg
fi
export DEBIAN_FRONTEND=noninteractive
apt-get --quiet=2 update
# One word a package.
# shellcheck disable=SC2086
apt-get --quiet=2 install --yes --no-install-recommends $JETFLEET_PACKAGES
apt-get clean
if [ "$1" = base ]; then
    sh "$(dirname "$0")/board.sh" /
fi
