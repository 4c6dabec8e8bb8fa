# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two names are exchanged by the kernel, or it is said that they cannot be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import exchange as system_exchange
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.exchange import exchange
from ansible_collections.jetfleet.protobuf.tests.support.mounts import mounted


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    first, second = tmp_path / "größe 1", tmp_path / "2"
    first.write_bytes(b"first")
    second.write_bytes(b"second")
    return first, second


def test_two_files(pair: tuple[Path, Path]) -> None:
    inodes = [path.stat().st_ino for path in pair]
    assert exchange(*map(str, pair)) is True
    assert [path.read_bytes() for path in pair] == [b"second", b"first"]
    assert [path.stat().st_ino for path in reversed(pair)] == inodes


def test_what_is_not_there(pair: tuple[Path, Path]) -> None:
    with pytest.raises(FileNotFoundError):
        exchange(str(pair[0]), str(pair[1]) + "0")
    assert pair[0].read_bytes() == b"first"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_file_system_that_cannot(tmp_path: Path) -> None:
    with mounted(tmp_path / "sys", "-t", "sysfs", "none") as place:
        assert exchange(str(place / "class"), str(place / "block")) is False


def test_a_machine_that_is_not_known(pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_exchange, "_SYSCALLS", {})
    assert exchange(*map(str, pair)) is False
    assert pair[0].read_bytes() == b"first"
