#!/bin/sh
# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Finds out whether podman runs IMAGE as it is configured. Where it does not, writes settings of
# this checkout's own (podman.sh uses them), and leaves the machine's as they are.
# usage: engine.sh IMAGE
set -eu
image=$1
here=$(cd "$(dirname "$0")" && pwd)
state=$(cd "$here/../.." && pwd)/.jetfleet
conf=$state/containers.conf

# Another run may be finding out the same.
exec 9>"$state/engine.lock"
flock 9

runs() {
    "$here/podman.sh" run --rm --label=jetfleet.protobuf=probe "$image" /bin/true 2>"$state/engine.log"
}

if runs; then
    exit 0
fi

# podman asks for more open files and processes than a machine without CAP_SYS_RESOURCE may have.
limits='[containers]
default_ulimits = ["nofile=8192:8192", "nproc=8192:8192"]'
echo "$limits" >"$conf"
if runs; then
    echo "podman runs containers here with lower limits ($conf)."
    exit 0
fi

# crun refuses a machine that mounts both cgroup v1 and v2; runc does not.
printf '%s\n[engine]\nruntime = "runc"\n' "$limits" >"$conf"
if runs; then
    echo "podman runs containers here with runc and lower limits ($conf)."
    exit 0
fi

rm -f "$conf"
echo "podman cannot run a container on this machine: $(tail -n 1 "$state/engine.log"); see if 'podman info' works." >&2
exit 1
