# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a builder has made gets into the store with its inputs and its log, in a real play with local builders."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.artefacts import MACHINE, make_artefact
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play

TASK = "Store | Store them by their ABI key"
KEY = "protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu_1a2b3c4d"
BUILDERS = ("whole", "old", "none")


def build(folder: Path, name: str) -> dict[str, Any]:
    """Return the variables of a builder that has made an artefact, with a log or, as older collections, without."""
    place = folder / name
    place.mkdir()
    (place / "artefacts").mkdir() if name == "none" else make_artefact(place / "artefacts")
    if name != "old":
        (place / "build.log").write_text(f"== Make the library\nby {name}\n")
    return {
        "jetfleet_artefact_store": str(folder / f"store-{name}"),
        "build": {
            "directory": str(place),
            "artefacts": [str(place / "artefacts")],
            "gnu_type": f"{MACHINE}-linux-gnu",
            "configure": ["--prefix=/usr/local"],
        },
    }


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Played]:
    folder = tmp_path_factory.mktemp("built")
    plan = {
        "abi_key": KEY,
        "inputs": {"version": "3.6.0", "source_sha256": "0" * 64},
        "build": {"cxxflags": "-O2", "wheel_cxxflags": "-O2 -Wno-x"},
    }
    task = {
        "name": "Store",
        "ansible.builtin.include_role": {"name": "jetfleet.protobuf.artefacts", "tasks_from": "store.yml"},
        "vars": {"jetfleet_build": "{{ build }}", "jetfleet_target_plan": plan},
    }
    plays = [{"hosts": "boards", "gather_facts": False, "tasks": [task]}]
    return folder, play(folder, plays, boards={name: build(folder, name) for name in BUILDERS})


def manifest(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"store-{name}" / KEY / "manifest.json").read_text())
    return found


def test_the_manifest_says_how_it_was_made(played: tuple[Path, Played]) -> None:
    folder, _run = played
    found = manifest(folder, "whole")
    assert found["inputs"] == {"version": "3.6.0", "source_sha256": "0" * 64}
    assert found["builder"] == "whole"
    assert found["flags"] == {"cxxflags": "-O2", "wheel_cxxflags": "-O2 -Wno-x", "configure": ["--prefix=/usr/local"]}
    assert "g++" in found["compiler"]
    log = folder / "store-whole" / KEY / "build.log"
    assert log.read_text() == "== Make the library\nby whole\n"
    assert found["log"]["sha256"] == hashlib.sha256(log.read_bytes()).hexdigest()
    assert not list((folder / "store-whole/incoming").iterdir())


def test_a_builder_without_a_log_is_stored_all_the_same(played: tuple[Path, Played]) -> None:
    folder, _run = played
    assert len(manifest(folder, "old")["files"]) == 2
    assert "log" not in manifest(folder, "old")


def test_a_builder_that_has_made_nothing_is_refused(played: tuple[Path, Played]) -> None:
    folder, run = played
    assert "There is no file to store" in run.result(TASK, "none")["msg"]
    assert not (folder / "store-none" / KEY).exists()
