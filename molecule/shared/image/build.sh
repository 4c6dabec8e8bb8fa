#!/usr/bin/env bash
# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes the images of container boards that podman does not have yet.
# usage: build.sh ARCH VARIANT...     variants: base, opencv
# Environment: JETFLEET_PYTHON, a python3 with pip (default: python3).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/jetfleet/images
arch=$1
shift
native=$(dpkg --print-architecture)

packages_of() {
    case $1 in
    base) echo "?essential apt python3 python3-pip python3-setuptools python3-wheel openssh-server sudo protobuf-compiler ca-certificates procps" ;;
    opencv) echo "python3-opencv" ;;
    *)
        echo "There is no board image '$1': use base or opencv." >&2
        return 1
        ;;
    esac
}

name_of() {
    echo "localhost/jetfleet/board-$1:$arch"
}

archive_of() {
    echo "$cache/$1-$2-$key.tar.zst"
}

is_current() {
    local recipe
    recipe=$("$here/../podman.sh" image inspect --format '{{ index .Labels "jetfleet.protobuf.recipe" }}' "$(name_of "$1")" 2>/dev/null) || return 1
    test "$recipe" = "$key"
}

fetch_wheel() {
    "${JETFLEET_PYTHON:-python3}" -m pip --quiet --disable-pip-version-check download --no-deps --require-hashes \
        --only-binary=:all: --implementation=py --abi=none --platform=any --python-version=3.9 \
        --dest="$cache/wheels" --requirement="$here/requirements.txt"
    JETFLEET_WHEEL=$(find "$cache/wheels" -name 'protobuf-*.whl')
    export JETFLEET_WHEEL
}

make_archive() {
    local variant=$1 archive log customize
    archive=$(archive_of "$variant" "$arch")
    log=$archive.log
    if [ -f "$archive" ]; then
        return
    fi
    if [ "$variant" = base ]; then
        customize=("--customize-hook=$here/board.sh")
        JETFLEET_BASE=
    else
        make_archive base
        customize=()
        JETFLEET_BASE=$(archive_of base "$arch")
    fi
    JETFLEET_NATIVE=
    if [ "$arch" != "$native" ]; then
        "$here/build.sh" "$native" "$variant"
        JETFLEET_NATIVE=$(archive_of "$variant" "$native")
    fi
    JETFLEET_PACKAGES=$(packages_of "$variant")
    JETFLEET_ARCHIVES=$cache/packages
    export JETFLEET_ARCHIVES JETFLEET_BASE JETFLEET_NATIVE JETFLEET_PACKAGES
    # The lists stay, as on a board: fetching and reading them under qemu-user takes a minute.
    if ! mmdebstrap --arch="$arch" --variant=custom --format=tar --skip=update,cleanup/apt/lists \
        --setup-hook="$here/download.sh" --essential-hook="$here/packages.sh" "${customize[@]}" \
        bullseye - ${mirror:+"$mirror"} 2>"$log" | zstd --quiet --force -o "$archive.part"; then
        tail -n 20 "$log" >&2
        echo "The board image $variant for $arch could not be made: the reason is above, the whole log is $log." >&2
        return 1
    fi
    # Archives of earlier recipes are of no use any more.
    rm -f "$cache/$variant-$arch"-*.tar.zst
    mv "$archive.part" "$archive"
}

# Everything that an image depends on, so that a changed recipe makes a new one; comments do not.
mirror=$("$here/../mirror.sh")
key=$(
    cd "$here"
    {
        declare -f packages_of make_archive
        grep --no-filename --invert-match '^ *#' download.sh packages.sh board.sh requirements.txt
        echo "$mirror"
    } | sha256sum | cut -c1-12
)

make_image() {
    local variant=$1 previous
    make_archive "$variant"
    previous=$("$here/../podman.sh" images --quiet "$(name_of "$variant")")
    "$here/../podman.sh" import --quiet --arch="$arch" \
        --change='LABEL jetfleet.protobuf=image' --change="LABEL jetfleet.protobuf.recipe=$key" \
        "$(archive_of "$variant" "$arch")" "$(name_of "$variant")" >/dev/null
    if [ -n "$previous" ]; then
        # A board that still runs it keeps it until then; make clean finds it.
        "$here/../podman.sh" rmi "$previous" >/dev/null 2>&1 || true
    fi
}

for variant in "$@"; do
    packages_of "$variant" >/dev/null
done
mkdir -p "$cache/packages"
# Two runs at once make an image once.
exec 9>"$cache/lock-$arch"
flock 9

missing=()
for variant in "$@"; do
    is_current "$variant" || missing+=("$variant")
done
if [ ${#missing[@]} = 0 ]; then
    exit 0
fi

fetch_wheel
for variant in "${missing[@]}"; do
    make_image "$variant"
done
echo "made: ${missing[*]}"
