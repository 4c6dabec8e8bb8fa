# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a board says about itself, read from recorded files."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts import board
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts import jetpack as facts_jetpack
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.jetpack import jetpack_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import host
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("name", "l4t", "jetpack"),
    [
        ("tx2_jetpack_3.3", "28.2.1", "3.2.1 or 3.3"),
        ("nano_jetpack_4.2", "32.1.0", "4.2"),
        ("nano_jetpack_4.6.1", "32.7.1", "4.6.1"),
        ("xavier_jetpack_5.1.1", "35.3.1", "5.1.1"),
        ("unreadable", None, None),
        ("missing", None, None),
    ],
)
def test_l4t_and_jetpack(fixtures: Path, name: str, l4t: str | None, jetpack: str | None) -> None:
    assert board.l4t(str(fixtures / "nv_tegra_release" / name)) == l4t
    assert jetpack_of(l4t) == jetpack


def test_one_release_has_two_spellings() -> None:
    assert jetpack_of("32.5") == jetpack_of("32.5.0") == "4.5"


def test_a_release_without_a_known_jetpack_is_told_by_its_number() -> None:
    assert jetpack_of("36.9.1") == "L4T 36.9.1"


@given(st.lists(st.integers(0, 99), min_size=1, max_size=3))
def test_every_release_has_a_label(numbers: list[int]) -> None:
    release = ".".join(map(str, numbers))
    label = jetpack_of(release)
    assert label == f"L4T {release}" or re.match(r"\d\.\d", label)
    assert jetpack_of(release + ".0").replace(release + ".0", release) == label


@pytest.mark.parametrize("release", sorted(facts_jetpack._JETPACK))
def test_no_entry_of_the_table_is_out_of_reach(release: str) -> None:
    assert jetpack_of(release) == jetpack_of(release + ".0") == facts_jetpack._JETPACK[release]


def test_l4t_of_the_package_where_the_file_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"nvidia-l4t-core": "32.3.1-20191209225816"}
    monkeypatch.setattr(board, "package_version", versions.get)
    assert board.board_facts()["l4t"] == "32.3.1"
    assert board.board_facts()["jetpack"] == "4.3"


@pytest.mark.parametrize(
    ("name", "model", "soc"),
    [
        ("nano", "NVIDIA Jetson Nano Developer Kit", "tegra210"),
        ("tx2", "quill", "tegra186"),
        ("xavier", "Jetson-AGX", "tegra194"),
        ("other", "Raspberry Pi 4 Model B Rev 1.1", None),
        ("missing", None, None),
    ],
)
def test_device_tree(fixtures: Path, name: str, model: str | None, soc: str | None) -> None:
    directory = str(fixtures / "device_tree" / name)
    assert (board.model(directory), board.soc(directory)) == (model, soc)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ubuntu_16.04", ("ubuntu", "16.04", "xenial", "Ubuntu 16.04 LTS")),
        ("ubuntu_18.04", ("ubuntu", "18.04", "bionic", "Ubuntu 18.04.6 LTS")),
        ("debian_11", ("debian", "11", "bullseye", "Debian GNU/Linux 11 (bullseye)")),
        ("debian_sid", ("debian", None, None, "Debian GNU/Linux trixie/sid")),
        ("missing", (None, None, None, None)),
    ],
)
def test_distribution(fixtures: Path, name: str, expected: tuple[Any, ...]) -> None:
    found = host.distribution("/nothing/os-release", str(fixtures / "os_release" / name))
    assert (found["id"], found["version_id"], found["codename"], found["pretty_name"]) == expected


def test_memory_and_room(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text(
        "MemTotal:        4051332 kB\nHugePages_Total:       0\nMemAvailable:    2048000 kB\n"
    )
    assert board.meminfo(str(tmp_path / "meminfo")) == {"MemTotal": 3956, "MemAvailable": 2000}
    assert board.meminfo(str(tmp_path / "missing")) == {}
    assert board.disk_free_mb(str(tmp_path)) > 0
    assert board.disk_free_mb(str(tmp_path / "missing")) is None


def test_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    before = time.time()
    facts = board.board_facts()
    assert before - 0.001 <= facts["clock"] <= time.time() + 0.001
    assert facts["clock_offset_seconds"] is None
    assert facts["home"] == str(tmp_path)
    assert facts["cpu_count"] >= 1
    assert facts["memory_mb"] >= facts["memory_available_mb"] > 0
    assert facts["glibc"].startswith("2.")
    assert facts["architecture"] in ("amd64", "arm64")
