#!/usr/bin/env bash
# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes the images of container boards that podman does not have yet.
# usage: build.sh ARCH RELEASE VARIANT...     RELEASE: of releases.yml, '' for the chosen one; variants: base, opencv
# Environment: JETFLEET_PYTHON, a python3 with pip and PyYAML (default: python3), and what the user chooses:
#   ARCH      architecture of the boards (default: this machine's)
#   RELEASE   their release (default: that of releases.yml)
#   MIRROR    address of the archive that its packages come from
#   KEYRING   file with the keys of that archive
#   IMAGE     an image of that release which podman has: the packages of a board are added to it
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
podman=$here/../podman.sh
python=${JETFLEET_PYTHON:-python3}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/jetfleet/images
arch=$1
variables=$("$python" "$here/release.py" "$arch" "$2")
shift 2
native=$(dpkg --print-architecture)
release='' suffix='' suite='' sources='' keyring='' own_keyring='' keyring_package='' essential='' packages_base='' packages_opencv=''
merged_usr='' sshd_includes='' pip_options='' system='' image='' own_sources=''
eval "$variables"

packages_of() {
    case $1 in
    base) echo "$packages_base" ;;
    opencv) echo "$packages_opencv" ;;
    *)
        echo "There is no board image '$1': use base or opencv." >&2
        return 1
        ;;
    esac
}

name_of() {
    echo "localhost/jetfleet/board-$1:$arch$suffix"
}

archive_of() {
    echo "$cache/$1-$2$suffix-$key.tar.zst"
}

is_current() {
    local recipe
    recipe=$("$podman" image inspect --format '{{ index .Labels "jetfleet.protobuf.recipe" }}' "$(name_of "$1")" 2>/dev/null) || return 1
    test "$recipe" = "$key"
}

fetch_wheel() {
    # One wheel for every Python from that of the oldest release on.
    "$python" -m pip --quiet --disable-pip-version-check download --no-deps --require-hashes \
        --only-binary=:all: --implementation=py --abi=none --platform=any --python-version=3.5 \
        --dest="$cache/wheels" --requirement="$here/requirements.txt"
    JETFLEET_WHEEL=$(find "$cache/wheels" -name 'protobuf-*.whl')
    export JETFLEET_WHEEL
}

find_keyring() {
    if [ -e "$keyring" ]; then
        return
    fi
    if ! "$here/../apt.sh" "$keyring_package" || [ ! -e "$keyring" ]; then
        echo "The keys of $release's archive are missing, $keyring: install the package $keyring_package, or name a file with KEYRING=FILE." >&2
        return 1
    fi
}

make_archive() {
    local variant=$1 archive log customize lines
    archive=$(archive_of "$variant" "$arch")
    log=$archive.log
    if [ -f "$archive" ]; then
        return
    fi
    find_keyring
    if [ "$variant" = base ]; then
        customize=("--customize-hook=$here/board.sh")
        JETFLEET_BASE=
        JETFLEET_PACKAGES="$essential $packages_base"
    else
        make_archive base
        customize=()
        JETFLEET_BASE=$(archive_of base "$arch")
        JETFLEET_PACKAGES=$(packages_of "$variant")
    fi
    JETFLEET_NATIVE=
    if [ "$arch" != "$native" ]; then
        "$here/build.sh" "$native" "$release" "$variant"
        JETFLEET_NATIVE=$(archive_of "$variant" "$native")
    fi
    JETFLEET_ARCHIVES=$cache/packages$suffix
    export JETFLEET_ARCHIVES JETFLEET_BASE JETFLEET_NATIVE JETFLEET_PACKAGES
    mkdir -p "$JETFLEET_ARCHIVES"
    mapfile -t lines <<<"$sources"
    # The lists stay, as on a board: fetching and reading them under qemu-user takes a minute.
    if ! mmdebstrap --arch="$arch" --variant=custom --format=tar --skip=update,cleanup/apt/lists --keyring="$keyring" \
        --setup-hook="$here/download.sh" --essential-hook="$here/packages.sh" "${customize[@]}" \
        "$suite" - "${lines[@]}" 2>"$log" | zstd --quiet --force -o "$archive.part"; then
        tail -n 20 "$log" >&2
        echo "The board image $variant of $release for $arch could not be made: the reason is above, the whole log is $log." >&2
        return 1
    fi
    # Archives of earlier recipes are of no use any more; those of other releases have longer names.
    rm -f "$cache/$variant-$arch$suffix"-????????????.tar.zst
    mv "$archive.part" "$archive"
}

check_named_image() {
    local found
    if ! found=$("$podman" image inspect --format '{{ .Architecture }}' "$image" 2>/dev/null); then
        echo "IMAGE is '$image', which podman does not have: fetch it first ('podman pull' or 'podman import')." >&2
        return 1
    fi
    if [ "$found" != "$arch" ]; then
        echo "IMAGE is '$image', which is for $found and not for $arch: name another one, or set ARCH=$found." >&2
        return 1
    fi
    # Nothing has found out yet whether podman runs containers here.
    "$here/../engine.sh" "$image" >&2
    # The variables are the container's.
    # shellcheck disable=SC2016
    found=$("$podman" run --rm --label=jetfleet.protobuf=probe --entrypoint=/bin/sh "$image" -c '. /etc/os-release; echo "$ID $VERSION_ID"')
    if [ "$found" != "$system" ]; then
        echo "IMAGE is '$image', which is $found and not $system ($release): set RELEASE to what it is." >&2
        return 1
    fi
}

add_to_image() {
    local variant=$1 from=$image container log given=$cache/given-$arch$suffix
    container=jetfleet-image-$variant-$arch$suffix
    log=$cache/$variant-$arch$suffix-$key.log
    if [ "$variant" != base ]; then
        is_current base || make_image base
        from=$(name_of base)
    fi
    "$podman" rm --force --ignore --time=0 "$container" >/dev/null
    rm -rf "$given"
    mkdir "$given"
    cp "$here/add.sh" "$here/board.sh" "$JETFLEET_WHEEL" ${own_keyring:+"$own_keyring"} "$given"
    # Mounted where every image has a folder, and without --env: nothing of it stays in the new image. What an image of
    # somebody else's is started with does not matter to a board.
    if ! "$podman" run --name="$container" --label="jetfleet.protobuf.checkout=$root" --user=0 --volume="$given:/mnt:ro" \
        --entrypoint=/usr/bin/env "$from" JETFLEET_PACKAGES="$(packages_of "$variant")" \
        JETFLEET_SOURCES="${own_sources:+$sources}" JETFLEET_KEYRING="${own_keyring:+/mnt/${own_keyring##*/}}" \
        JETFLEET_WHEEL="/mnt/${JETFLEET_WHEEL##*/}" JETFLEET_SSHD_INCLUDES="$sshd_includes" \
        JETFLEET_PIP_OPTIONS="$pip_options" sh /mnt/add.sh "$variant" >"$log" 2>&1 ||
        ! "$podman" commit --quiet --format=docker --change='ENTRYPOINT []' --change='CMD ["/bin/sh"]' --change='USER root' \
            --change='LABEL jetfleet.protobuf.checkout=' \
            --change='LABEL jetfleet.protobuf=image' --change="LABEL jetfleet.protobuf.recipe=$key" \
            "$container" "$(name_of "$variant")" >>"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "The packages of the board image $variant could not be added to $from: the reason is above, the whole log is $log." >&2
        return 1
    fi
    "$podman" rm --force --time=0 "$container" >/dev/null
}

import_archive() {
    make_archive "$1"
    "$podman" import --quiet --arch="$arch" \
        --change='LABEL jetfleet.protobuf=image' --change="LABEL jetfleet.protobuf.recipe=$key" \
        "$(archive_of "$1" "$arch")" "$(name_of "$1")" >/dev/null
}

make_image() {
    local variant=$1 previous
    previous=$("$podman" images --quiet "$(name_of "$variant")")
    if [ -n "$image" ]; then
        add_to_image "$variant"
    else
        import_archive "$variant"
    fi
    if [ -n "$previous" ]; then
        # A board that still runs it keeps it until then; make clean finds it.
        "$podman" rmi "$previous" >/dev/null 2>&1 || true
    fi
}

for variant in "$@"; do
    packages_of "$variant" >/dev/null
done
mkdir -p "$cache"
# Two runs at once make an image once.
exec 9>"$cache/lock-$arch$suffix"
flock 9

image_id=
if [ -n "$image" ]; then
    check_named_image
    image_id=$("$podman" image inspect --format '{{ .Id }}' "$image")
fi

# Everything that an image depends on, so that a changed recipe makes a new one; comments do not.
key=$(
    cd "$here"
    {
        declare -f packages_of make_archive ${image:+add_to_image}
        grep --no-filename --invert-match '^ *#' download.sh packages.sh board.sh requirements.txt ${image:+add.sh}
        echo "$variables$image_id"
    } | sha256sum | cut -c1-12
)

missing=()
for variant in "$@"; do
    is_current "$variant" || missing+=("$variant")
done
if [ ${#missing[@]} = 0 ]; then
    exit 0
fi

fetch_wheel
# For the hooks of mmdebstrap.
export JETFLEET_MERGED_USR=$merged_usr JETFLEET_SSHD_INCLUDES=$sshd_includes JETFLEET_PIP_OPTIONS=$pip_options JETFLEET_KEYRING=$own_keyring
for variant in "${missing[@]}"; do
    make_image "$variant"
done
echo "made: ${missing[*]}"
