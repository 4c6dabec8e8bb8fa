# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what build.sh has to know of a release, as variables of the shell.

usage: release.py ARCH [RELEASE]
Environment: ARCH, RELEASE, MIRROR, KEYRING and IMAGE, as build.sh explains them.
"""

from __future__ import annotations

import os
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parents[3] / "inventories/containers/group_vars/all/releases.yml"
MIRROR_OF_APT = Path(__file__).parents[1] / "mirror.sh"
NATIVE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
ADDRESS = re.compile(r"(https?|ftp|file|copy)://?\S+")


class ReleaseError(Exception):
    """One sentence: what is wrong, and what to do about it."""


def mirror_of_apt(label: str) -> str:
    """Return the mirror of a distribution that this machine's own apt uses, or nothing."""
    return subprocess.run([str(MIRROR_OF_APT), label], check=True, capture_output=True, text=True).stdout.strip()


def describe(
    arch: str, name: str, environment: Mapping[str, str], own_mirror: Callable[[str], str] = mirror_of_apt
) -> dict[str, str]:
    """Return the variables; an empty name is the release that the environment chooses."""
    data = yaml.safe_load(DATA.read_text())
    default = data["container_default_release"]
    chosen = environment.get("RELEASE") or default
    name = name or chosen
    if unknown := [wanted for wanted in (chosen, name) if wanted not in data["container_releases"]]:
        known = ", ".join(sorted(data["container_releases"]))
        raise ReleaseError(f"RELEASE is '{unknown[0]}': use one of {known}.")
    # What the user says of a release is about the one that is chosen, not about another that a test needs beside it.
    said = environment if name == chosen else {}
    release = data["container_releases"][name]
    archive = data["container_archives"][release["archive"]]
    own_arch = environment.get("ARCH") or NATIVE
    keyring = said.get("KEYRING") or ""
    if keyring and not Path(keyring).is_file():
        raise ReleaseError(f"KEYRING is '{keyring}', which is no file: name the keyring of the archive of {name}.")
    return {
        "release": name,
        "suffix": "" if name == default else f"-{name}",
        "suite": release["suites"][0],
        "sources": "\n".join(
            source_lines(release, archive, mirrors(archive, said.get("MIRROR") or "", own_arch, own_mirror))
        ),
        "keyring": keyring or archive["keyring"],
        "own_keyring": keyring,
        "keyring_package": archive["keyring_package"],
        "essential": " ".join(release["essential"]),
        "packages_base": " ".join(release["packages"]["base"]),
        "packages_opencv": " ".join(release["packages"]["opencv"]),
        "merged_usr": "yes" if release["merged_usr"] else "",
        "sshd_includes": "yes" if release["sshd_includes"] else "",
        "pip_options": " ".join(release["pip_options"]),
        "system": f"{release['archive']} {release['version']}",
        # Of the boards, not of a builder of another architecture beside them.
        "image": (said.get("IMAGE") or "") if arch == own_arch else "",
        "own_sources": "yes" if said.get("MIRROR") else "",
    }


def mirrors(archive: dict[str, Any], said: str, arch: str, own_mirror: Callable[[str], str]) -> dict[str, str]:
    """Return where packages come from, by architecture: what the user says, what this machine's apt uses, or everybody's."""
    if said and not ADDRESS.fullmatch(said):
        raise ReleaseError(f"MIRROR is '{said}', which is no address: name the folder that holds dists and pool.")
    everybodys: dict[str, str] = archive["mirrors"]
    one_for_all = len(set(everybodys.values())) == 1
    by_apt = {NATIVE: own_mirror(archive["label"])}
    by_user = {arch: said}
    if one_for_all:
        by_apt, by_user = dict.fromkeys(everybodys, by_apt[NATIVE]), dict.fromkeys(everybodys, said)
    return {name: by_user.get(name) or by_apt.get(name) or mirror for name, mirror in everybodys.items()}


def source_lines(release: dict[str, Any], archive: dict[str, Any], by_arch: dict[str, str]) -> list[str]:
    """Return the lines of apt's list, which serves a cross compiler as well."""
    components = " ".join(archive["components"])
    options = {mirror: [arch for arch in by_arch if by_arch[arch] == mirror] for mirror in by_arch.values()}
    return [
        f"deb {'' if len(options) == 1 else f'[arch={options[mirror][0]}] '}{mirror} {suite} {components}"
        for mirror in options
        for suite in release["suites"]
    ]


def assignments(variables: Mapping[str, str]) -> str:
    """Return the lines that give a shell the variables."""
    return "\n".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())


def main() -> None:
    """Print the variables."""
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    try:
        variables = describe(sys.argv[1], "".join(sys.argv[2:]), os.environ)
    except ReleaseError as error:
        sys.exit(str(error))
    print(assignments(variables))


if __name__ == "__main__":
    main()
