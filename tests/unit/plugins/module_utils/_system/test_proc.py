# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel tells of processes is understood, whatever their names are."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.proc import (
    Place,
    arguments_of,
    boot_id,
    executable_of,
    parse_cgroup,
    parse_maps,
    parse_stat,
    read_bytes,
    read_stat,
    root_cgroup,
    uptime,
)
from hypothesis import given
from hypothesis import strategies as st

CONTAINER = "3f4e" * 16
NANO = """\
11:perf_event:/
10:devices:/system.slice/detector.service
4:memory:/system.slice/detector.service
1:name=systemd:/system.slice/detector.service
"""
CGROUPS = [
    (NANO, Place("detector.service", None, "/system.slice/detector.service")),
    ("0::/system.slice/detector.service\n", Place("detector.service", None, "/system.slice/detector.service")),
    # Both versions at once: systemd is in either.
    (
        "1:name=systemd:/system.slice/a.service\n0::/system.slice/a.service\n",
        Place("a.service", None, "/system.slice/a.service"),
    ),
    ("1:name=systemd:/\n0::/system.slice/a.service\n", Place("a.service", None, "/system.slice/a.service")),
    (
        "0::/system.slice/system-camera.slice/camera@front.service\n",
        Place("camera@front.service", None, "/system.slice/system-camera.slice/camera@front.service"),
    ),
    # A service can have groups below its own.
    ("0::/system.slice/a.service/worker/1\n", Place("a.service", None, "/system.slice/a.service/worker/1")),
    (
        "0::/user.slice/user-1000.slice/user@1000.service/app.slice/viewer.service\n",
        Place(
            "user@1000.service",
            "viewer.service",
            "/user.slice/user-1000.slice/user@1000.service/app.slice/viewer.service",
        ),
    ),
    (
        "1:name=systemd:/user.slice/user-1000.slice/session-4.scope\n",
        Place("session-4.scope", None, "/user.slice/user-1000.slice/session-4.scope"),
    ),
    (
        f"0::/system.slice/docker-{CONTAINER}.scope\n",
        Place(f"docker-{CONTAINER}.scope", None, f"/system.slice/docker-{CONTAINER}.scope"),
    ),
    (f"1:name=systemd:/docker/{CONTAINER}\n", Place(None, None, f"/docker/{CONTAINER}")),
    # A systemd in a container: that unit is not one of the board's.
    (
        f"1:name=systemd:/docker/{CONTAINER}/system.slice/a.service\n",
        Place(None, None, f"/docker/{CONTAINER}/system.slice/a.service"),
    ),
    ("1:name=systemd:/\n0::/\n", Place(None, None, "/")),
    ("", Place(None, None, None)),
    ("nonsense\n12:\n", Place(None, None, None)),
]


@pytest.mark.parametrize(("text", "place"), CGROUPS)
def test_unit_of_a_control_group(text: str, place: Place) -> None:
    assert parse_cgroup(text) == place


def test_units_of_a_container_that_sees_the_groups_of_its_host() -> None:
    root = f"/docker/{CONTAINER}/"
    assert parse_cgroup(f"0::{root}system.slice/a.service\n", root).unit == "a.service"
    assert parse_cgroup("0::/system.slice/a.service\n", root).unit is None


def test_root_of_the_control_groups(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    for text, root in (
        (f"0::/docker/{CONTAINER}/init.scope\n", f"/docker/{CONTAINER}/"),
        ("0::/init.scope\n", "/"),
        ("0::/\n", "/"),
        ("", "/"),
    ):
        (tmp_path / "1/cgroup").write_text(text)
        assert root_cgroup(str(tmp_path)) == root


@given(st.text())
def test_any_control_group_is_a_place(text: str) -> None:
    assert isinstance(parse_cgroup(text), Place)


MAPS = b"""\
00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/python3.6
7f2c4000-7f2c5000 r-xp 00001000 b3:01 42          /usr/local/lib/google/protobuf/pyext/_message.so
7f2c6000-7f2c7000 r--p 00002000 b3:01 42          /usr/local/lib/google/protobuf/pyext/_message.so
7f2d0000-7f2d1000 r-xp 00000000 b3:01 43          /usr/lib/libprotobuf.so.10.0.0 (deleted)
7f2e0000-7f2e1000 r-xp 00000000 b3:01 44          /opt/a b/line\\012feed/google/protobuf/\xff.so
7f2f0000-7f2f1000 rw-p 00000000 00:00 0
7ffd0000-7ffd1000 rw-p 00000000 00:00 0           [stack:protobuf]
"""


def test_mapped_files() -> None:
    found = [(item.path, item.inode, item.is_deleted) for item in parse_maps(MAPS, b"proto")]
    assert found == [
        ("/opt/a b/line\nfeed/google/protobuf/\udcff.so", 44, False),
        ("/usr/lib/libprotobuf.so.10.0.0", 43, True),
        ("/usr/local/lib/google/protobuf/pyext/_message.so", 42, False),
    ]


@given(st.binary())
def test_any_maps_can_be_read(content: bytes) -> None:
    assert parse_maps(content + b"/proto", b"proto") is not None


def test_a_mapped_file_that_was_replaced(tmp_path: Path) -> None:
    """What this kernel really writes, for names that tempt."""
    library = next(line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "/libc.so" in line)
    for name in ("libproto x\ny.so", "libproto (deleted).so", "libprotoä.so"):
        path = tmp_path / name
        path.write_bytes(Path(library).read_bytes())
        loaded = ctypes.CDLL(str(path))
        inode = path.stat().st_ino
        (item,) = [item for item in parse_maps(read_bytes(os.getpid(), "maps"), b"libproto") if item.inode == inode]
        assert (item.path, item.is_deleted) == (str(path), False)
        path.unlink()
        (item,) = [item for item in parse_maps(read_bytes(os.getpid(), "maps"), b"libproto") if item.inode == inode]
        assert (item.path, item.is_deleted) == (str(path), True)
        assert loaded


@pytest.mark.parametrize("name", ["a) R 1 1 1", "two words", "line\nfeed", "((((", "ä"])
def test_stat_of_a_process_with_any_name(tmp_path: Path, name: str) -> None:
    program = tmp_path / name.encode()[:15].decode(errors="ignore")
    program.symlink_to(sys.executable)
    before = uptime()
    with subprocess.Popen([program, "-c", "input()"], stdin=subprocess.PIPE) as process:
        stat = read_stat(process.pid)
        assert stat is not None and before is not None
        assert (stat.parent, stat.is_kernel_thread) == (os.getpid(), False)
        assert before - 0.02 <= stat.began <= before + 5
        assert executable_of(process.pid) == os.path.realpath(sys.executable) or not executable_of(process.pid)
        process.communicate(b"\n")


@given(st.text())
def test_any_stat_can_be_read(text: str) -> None:
    parse_stat(text)


def test_a_kernel_thread() -> None:
    stat = parse_stat("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 3 0 0 " + "0 " * 30)
    assert stat is not None and stat.is_kernel_thread and stat.parent == 0


def test_arguments_of_a_process() -> None:
    command = [os.fsencode(sys.executable), b"-c", b"input()", b"a b", b"", b"\xff\n"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        time.sleep(0.05)
        assert [os.fsencode(item) for item in arguments_of(process.pid)[1:-2]] == command[1:4]
        process.communicate(b"\n")


def test_a_process_that_has_ended() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert read_stat(process.pid) is None
    assert read_bytes(process.pid, "maps") is None
    assert arguments_of(process.pid) == []
    assert executable_of(process.pid) is None


def test_the_start_of_the_system() -> None:
    assert boot_id() == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert boot_id("/nowhere") is uptime("/nowhere") is None
