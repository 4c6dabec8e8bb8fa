#!/bin/sh
# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# podman, with the settings that setup found to work on this machine, if it needed any.
# usage: podman.sh ARGUMENT...
set -eu
conf=$(cd "$(dirname "$0")/../.." && pwd)/.jetfleet/containers.conf
if [ -f "$conf" ]; then
    export CONTAINERS_CONF="$conf"
fi
exec podman "$@"
