#!/usr/bin/env bash
# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes this machine able to run container boards of architecture ARCH (arm64 or amd64): installs
# what is missing, and lets the kernel run ARM programs where the processor cannot. Says what it does.
# usage: setup.sh ARCH | undo     undo: take back what is not a package
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
state=$here/../../.jetfleet
binfmt=/proc/sys/fs/binfmt_misc

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

is_emulated() {
    test "$(uname -m)" != "$cpu"
}

install_packages() {
    local packages=() pair
    local needed=(podman:podman mmdebstrap:mmdebstrap ssh:openssh-client ssh-keygen:openssh-client zstd:zstd
        /usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring)
    if is_emulated; then
        needed+=("/usr/lib/binfmt.d/qemu-$cpu.conf:qemu-user-static" arch-test:arch-test)
    fi
    for pair in "${needed[@]}"; do
        if ! command -v "${pair%%:*}" >/dev/null && [ ! -e "${pair%%:*}" ]; then
            packages+=("${pair##*:}")
        fi
    done
    # A machine with podman has chosen its runtime. Elsewhere it is runc: crun refuses some machines.
    if ! command -v podman >/dev/null; then
        packages+=(runc)
    fi
    if [ ${#packages[@]} = 0 ]; then
        return
    fi
    if ! command -v apt-get >/dev/null; then
        echo "This machine has no apt-get: install ${packages[*]} (Debian's names) by hand and try again." >&2
        return 1
    fi
    "$here/apt.sh" "${packages[@]}"
}

# Sudo on an emulated board needs an entry with the flag C (setuid counts), which Debian's lacks;
# F keeps the emulator open, so that containers need not contain it.
has_entry() {
    local file
    for file in "$binfmt/$entry" "$binfmt/qemu-$cpu"; do
        if [ -e "$file" ] && grep -q '^flags:.*C' "$file" && grep -q '^flags:.*F' "$file"; then
            return 0
        fi
    done
    return 1
}

let_kernel_emulate() {
    local line
    if [ ! -e "$binfmt/register" ]; then
        echo "Mounting binfmt_misc on $binfmt"
        as_root modprobe --quiet binfmt_misc || true
        as_root mount -t binfmt_misc binfmt_misc "$binfmt"
    fi
    if has_entry; then
        return
    fi
    echo "Registering qemu-user for $arch programs with the kernel (entry $entry; make clean removes it)"
    # Debian's entry under a name of ours: the newest entry wins, so nothing has to be replaced.
    line=$(sed -e "s/^:qemu-$cpu:/:$entry:/" -e 's/:[A-Z]*$/:OCPF/' "/usr/lib/binfmt.d/qemu-$cpu.conf")
    mkdir -p "$state/registered"
    touch "$state/registered/$entry"
    printf '%s\n' "$line" | as_root tee "$binfmt/register" >/dev/null
}

# Only what this checkout registered: boards of another one may need theirs.
undo() {
    local note
    for note in "$state"/registered/*; do
        if [ -e "$binfmt/${note##*/}" ]; then
            echo -1 | as_root tee "$binfmt/${note##*/}" >/dev/null
        fi
    done
}

arch=$1
entry=jetfleet-$arch
case $arch in
arm64) cpu=aarch64 ;;
amd64) cpu=x86_64 ;;
undo)
    undo
    exit 0
    ;;
*)
    echo "ARCH is '$arch': use arm64 or amd64." >&2
    exit 1
    ;;
esac

install -d -m 0700 "$state"
install_packages
if is_emulated; then
    let_kernel_emulate
    if ! arch-test "$arch" >/dev/null; then
        echo "This machine does not run $arch programs, not even with qemu-user: use ARCH of the machine's own." >&2
        exit 1
    fi
fi
