#!/bin/sh
# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Prints the mirror of a distribution that this machine's own apt uses, or nothing where it uses none that a board
# reaches (a list of mirrors in a file, for example).
# usage: mirror.sh Debian | Ubuntu
set -eu
# The names in the format are apt's, not the shell's.
# shellcheck disable=SC2016
apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' |
    awk -v name="$1" '$1 == name && $2 == name && $3 ~ /^https?:/ && !found { print $3; found = 1 }'
