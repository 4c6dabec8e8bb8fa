#!/usr/bin/env bash
# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The demo, called by the Makefile.
# usage: demo.sh up | down | clean
#   up     makes this machine ready, makes three container boards and provisions them
#   down   removes the boards of ARCH and RELEASE; images and artefacts stay for the next time
#   clean  removes everything that up made, for every architecture; Debian packages stay, and so do
#          boards of other checkouts and the images that they run
# Environment: ARCH (arm64 or amd64, default: this machine's), LIBPROTOBUF_ARCHIVE, LIBPROTOBUF_VERSION, and what
# image/build.sh knows of the boards' release: RELEASE, MIRROR, KEYRING, IMAGE.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
state=$root/.jetfleet
venv=$state/venv

say() {
    printf '\n== %s\n' "$*"
}

choose_architecture() {
    case ${ARCH:-$(uname -m)} in
    x86_64) ARCH=amd64 ;;
    aarch64) ARCH=arm64 ;;
    esac
    RELEASE=${RELEASE:-}
    # Nothing is added to the names for the default.
    if grep --quiet --line-regexp "container_default_release: $RELEASE" "$root/inventories/containers/group_vars/all/releases.yml"; then
        RELEASE=
    fi
    export ARCH=${ARCH:-} RELEASE MIRROR=${MIRROR:-} KEYRING=${KEYRING:-} IMAGE=${IMAGE:-}
    place=$state/$ARCH${RELEASE:+-$RELEASE}
    inventories=(-i inventories/containers)
    # Emulated boards would compile many times as long as a builder of this machine's kind.
    case $ARCH-$(uname -m) in
    amd64-x86_64 | arm64-aarch64) ;;
    *) inventories+=(-i inventories/containers_builder) ;;
    esac
}

find_python() {
    local name
    # ansible-core 2.16 runs on these.
    for name in ${PYTHON:-python3.12 python3.11 python3.10}; do
        if "$name" -c 'import ensurepip, venv' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    return 1
}

make_controller() {
    local python stamp=$venv/.made-from
    if cmp --silent "$stamp" "$root/requirements/controller.txt"; then
        return
    fi
    if ! python=$(find_python); then
        "$here/apt.sh" python3-venv || true
        if ! python=$(find_python); then
            echo "Ansible needs Python 3.10, 3.11 or 3.12 with its venv module: install one, or name it with PYTHON=FILE." >&2
            exit 1
        fi
    fi
    "$python" -m venv --clear "$venv"
    "$venv/bin/python" -m pip --quiet --disable-pip-version-check install --requirement "$root/requirements/controller.txt"
    cp "$root/requirements/controller.txt" "$stamp"
}

# What commands need to find this checkout's collection, its settings and its Ansible.
write_activate() {
    mkdir -p "$state/collections/ansible_collections/jetfleet" "$place"
    ln -sfn ../../../.. "$state/collections/ansible_collections/jetfleet/protobuf"
    cat >"$place/activate" <<ACTIVATE
export ARCH='$ARCH'
export RELEASE='$RELEASE' MIRROR='$MIRROR' KEYRING='$KEYRING' IMAGE='$IMAGE'
export PATH='$venv/bin':"\$PATH"
export ANSIBLE_CONFIG='$root/ansible.cfg'
export ANSIBLE_COLLECTIONS_PATH='$state/collections'
ACTIVATE
}

activate() {
    # shellcheck source=/dev/null
    . "$place/activate"
    # Nothing of the demo stays in HOME. Sockets need a short path, which the checkout may not have.
    export ANSIBLE_HOME=$state/ansible PYTHONDONTWRITEBYTECODE=1
    ANSIBLE_SSH_CONTROL_PATH_DIR=$(mktemp -d)
    export ANSIBLE_SSH_CONTROL_PATH_DIR
    trap 'rm -rf "$ANSIBLE_SSH_CONTROL_PATH_DIR"' EXIT
}

up() {
    choose_architecture
    export PIP_CACHE_DIR=${PIP_CACHE_DIR:-$state/pip}
    say "This machine: what container boards for $ARCH need"
    "$here/setup.sh" "$ARCH"
    say "The controller: Ansible in $venv"
    make_controller
    write_activate
    activate
    say "Three boards ($ARCH${RELEASE:+, $RELEASE}): images are made the first time, which takes minutes"
    cd "$root"
    ansible-playbook molecule/default/create.yml "${inventories[@]}"
    say "Provision: jetfleet.protobuf.provision on inventories/containers"
    ansible-playbook jetfleet.protobuf.provision "${inventories[@]}"
    say "The boards keep running. To look around:"
    cat <<HINTS
  cd "$root" && . ${place#"$root/"}/activate
  ansible boards -i inventories/containers -m jetfleet.protobuf.protobuf_facts
  ansible-playbook jetfleet.protobuf.provision ${inventories[*]}     # again: nothing changes
  ssh -F ${place#"$root/"}/boards/board-tx2/ssh_config board-tx2

To take it down:
  make clean
HINTS
}

down() {
    choose_architecture
    activate
    cd "$root"
    ansible-playbook molecule/default/destroy.yml "${inventories[@]}"
}

remove_from_podman() {
    local id
    for id in $("$here/podman.sh" ps --all --quiet --filter="label=jetfleet.protobuf.checkout=$root"); do
        "$here/podman.sh" rm --force --time=0 "$id" >/dev/null
    done
    for id in $("$here/podman.sh" images --all --quiet --filter=label=jetfleet.protobuf=image | sort -u); do
        "$here/podman.sh" rmi "$id" >/dev/null || echo "The image $id stays: a container that is not of this checkout runs it."
    done
}

clean() {
    if command -v podman >/dev/null; then
        remove_from_podman
    fi
    "$here/setup.sh" undo
    rm -rf "$state" "${XDG_CACHE_HOME:-$HOME/.cache}/jetfleet"
    echo "Removed: boards, images, their cache, .jetfleet. Debian packages that were installed stay."
}

case ${1:-} in
up | down | clean) "$1" ;;
*)
    echo "usage: demo.sh up | down | clean" >&2
    exit 1
    ;;
esac
