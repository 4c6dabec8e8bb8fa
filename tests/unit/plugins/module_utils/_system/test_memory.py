# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is free is what the kernel has, or what the narrowest cgroup around this process leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import memory
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.memory import MEBIBYTE, available_memory

# A Nano with a detector.
MEMINFO = "MemTotal:        4059712 kB\nMemFree:          120000 kB\nMemAvailable:     512000 kB\nSwapFree:        2000000 kB\n"
FREE = 500 * MEBIBYTE
VERSION_1 = "9:memory:/system.slice/board.service\n4:cpu,cpuacct:/\n1:name=systemd:/x\n0::/x\n"
VERSION_2 = "0::/system.slice/board.service\n"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/meminfo").write_text(MEMINFO)
    return tmp_path / "proc"


def group(folder: Path, version: int, limit: str, usage: int, cache: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes") if version == 1 else ("memory.max", "memory.current")
    (folder / names[0]).write_text(f"{limit}\n")
    (folder / names[1]).write_text(f"{usage}\n")
    name = "total_inactive_file" if version == 1 else "inactive_file"
    (folder / "memory.stat").write_text(f"anon 5\nactive_file 7\n{name} {cache}\n")


def left(proc: Path) -> int | None:
    found: int | None = available_memory(str(proc), str(proc.parent / "groups"))
    return found


def test_what_the_kernel_says(proc: Path) -> None:
    assert left(proc) == FREE
    (proc / "meminfo").write_text("MemTotal: 4059712 kB\nMemFree: 120000 kB\n")  # Linux 3.10
    assert left(proc) is None
    assert 64 * MEBIBYTE < available_memory() < 2**50


@pytest.mark.parametrize(("version", "groups"), [(1, VERSION_1), (2, VERSION_2)])
def test_a_group_that_leaves_less(proc: Path, version: int, groups: str) -> None:
    (proc / "self/cgroup").write_text(groups)
    mount = proc.parent / "groups" / ("memory" if version == 1 else "")
    place = mount / "system.slice/board.service"
    group(place, version, str(300 * MEBIBYTE), 200 * MEBIBYTE)
    assert left(proc) == 100 * MEBIBYTE
    # What was only read from files is given up first.
    group(place, version, str(300 * MEBIBYTE), 200 * MEBIBYTE, 30 * MEBIBYTE)
    assert left(proc) == 130 * MEBIBYTE
    # A limit holds for every group below.
    group(place.parent, version, str(250 * MEBIBYTE), 240 * MEBIBYTE)
    assert left(proc) == 10 * MEBIBYTE
    group(place.parent, version, str(250 * MEBIBYTE), 260 * MEBIBYTE)
    assert left(proc) == 0
    group(place.parent, version, "max" if version == 2 else str(2**63 - 4096), 260 * MEBIBYTE)
    group(place, version, "max" if version == 2 else str(2**63 - 4096), 260 * MEBIBYTE)
    assert left(proc) == FREE


@pytest.mark.parametrize("path", ["/../../board.service", "/machine.slice/of-the-host"])
def test_a_container_sees_its_own_group_as_the_outermost(proc: Path, path: str) -> None:
    (proc / "self/cgroup").write_text(f"0::{path}\n")
    group(proc.parent / "groups", 2, str(64 * MEBIBYTE), 60 * MEBIBYTE)
    assert left(proc) == 4 * MEBIBYTE


def test_a_reserve_that_is_larger_than_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: FREE)
    assert memory.guest_memory(128) == 372 * MEBIBYTE
    assert memory.guest_memory(501) == 0
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    assert memory.guest_memory(128) is None
