# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What container boards of each release are made of, and what a user may say about it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.jetfleet.protobuf.molecule.shared.image import release
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning import releases
from hypothesis import given
from hypothesis import strategies as st

DATA = yaml.safe_load(release.DATA.read_text())
RELEASES = DATA["container_releases"]
ARCHES = ("amd64", "arm64")
PORTS = 99


def described(arch: str, name: str, apt: str = "", **environment: str) -> dict[str, str]:
    """Describe a release on a machine whose apt uses that mirror."""
    return release.describe(arch, name, {"ARCH": "arm64"} | environment, lambda label: apt)


@pytest.mark.parametrize("name", RELEASES)
def test_the_source_of_a_release_has_another_soname_than_the_distribution(name: str) -> None:
    wanted = releases.release(RELEASES[name]["source"])
    (library,) = (name for name in RELEASES[name]["distribution"]["packages"] if name.startswith("libprotobuf"))
    assert wanted.soname_major != int(re.sub(r"libprotobuf(\d+)\w*", r"\1", library))
    assert DATA["container_sources"][RELEASES[name]["source"]]["sha256"]


def test_boards_of_all_releases_and_architectures_can_listen_at_once() -> None:
    first = sorted(port for entry in RELEASES.values() for port in entry["first_port"].values())
    assert all(later - earlier > PORTS for earlier, later in zip(first, first[1:], strict=False))


def test_only_other_releases_than_the_default_are_in_names() -> None:
    default = DATA["container_default_release"]
    assert {name: described("arm64", name)["suffix"] for name in RELEASES} == {
        name: "" if name == default else f"-{name}" for name in RELEASES
    }


@pytest.mark.parametrize("name", RELEASES)
def test_a_board_finds_packages_for_both_architectures(name: str) -> None:
    lines = described("amd64", name)["sources"].splitlines()
    for arch in ARCHES:
        mirror = DATA["container_archives"][RELEASES[name]["archive"]]["mirrors"][arch]
        for suite in RELEASES[name]["suites"]:
            (line,) = (line for line in lines if f" {mirror} {suite} " in line)
            assert "[arch=" not in line or f"[arch={arch}]" in line


OWN, APT = "http://own.example/x", "https://apt.example/x"
NATIVE = release.NATIVE
OTHER = "arm64" if NATIVE == "amd64" else "amd64"
# Release, mirror that the user names, mirror of the machine's apt: those for the machine's own and for the other architecture.
MIRRORS = {
    "everybody's": ("bionic", "", "", None, None),
    "one archive, apt's": ("bookworm", "", APT, APT, APT),
    "one archive, the user's": ("bookworm", OWN, APT, OWN, OWN),
    "two archives, apt's": ("bionic", "", APT, APT, None),
    "two archives, the user's": ("bionic", OWN, APT, APT, OWN),
}


@pytest.mark.parametrize("case", MIRRORS)
def test_the_user_comes_before_apt_and_apt_before_everybody(case: str) -> None:
    name, said, apt, own, other = MIRRORS[case]
    everybodys = DATA["container_archives"][RELEASES[name]["archive"]]["mirrors"]
    sources = described(OTHER, name, apt, RELEASE=name, MIRROR=said, ARCH=OTHER)["sources"].splitlines()
    for arch, mirror in ((NATIVE, own), (OTHER, other)):
        lines = [line for line in sources if "[arch=" not in line or f"[arch={arch}]" in line]
        assert lines
        assert all(f" {mirror or everybodys[arch]} " in line for line in lines)


def test_what_is_said_of_the_chosen_release_is_not_said_of_another(tmp_path: Path) -> None:
    keyring = tmp_path / "keys.gpg"
    keyring.touch()
    said = {"RELEASE": "bionic", "MIRROR": OWN, "KEYRING": str(keyring), "IMAGE": "mine"}
    assert described("arm64", "bookworm", **said) == described("arm64", "bookworm")
    chosen = described("arm64", "", **said)
    assert (chosen["release"], chosen["image"], chosen["keyring"]) == ("bionic", "mine", str(keyring))
    builder = described("amd64", "bionic", **said)
    assert builder == chosen | {"image": ""}, "a builder of another architecture is made without the image"


REFUSED = {
    "unknown release": ({"RELEASE": "buster"}, "RELEASE is 'buster': use one of bionic, bookworm,"),
    "no address": ({"MIRROR": "deb.debian.org"}, "MIRROR is 'deb.debian.org', which is no address: name the folder"),
    "no keyring": ({"KEYRING": "/nowhere.gpg"}, "KEYRING is '/nowhere.gpg', which is no file: name the keyring"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused_in_one_sentence(case: str) -> None:
    environment, sentence = REFUSED[case]
    command = [sys.executable, release.__file__, "amd64"]
    ended = subprocess.run(
        command, env=environment | {"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(sentence)
    assert ended.stderr.count("\n") == 1


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), min_size=1))
def test_the_shell_gets_what_the_user_said(name: str) -> None:
    line = release.assignments({"image": name})
    shown = subprocess.run(["sh", "-c", f'{line}\nprintf %s "$image"'], capture_output=True, check=True).stdout
    assert shown == name.encode()
