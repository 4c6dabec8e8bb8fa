# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A guest of the board gets what is left, and says so where that is not enough."""

from __future__ import annotations

import json
import os
import resource
import subprocess
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import memory
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.guest import LEAST, guest_limits
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.memory import MEBIBYTE
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import largest_process, run_process
from ansible_collections.jetfleet.protobuf.tests.support.board_code import importable, run_board_code

USER = (4321, 1234) if os.getuid() == 0 else None
# What the kernel says of the process itself; the disk class as the tool prints it.
ASK = """
import json, resource, subprocess
told = {name: open("/proc/self/" + name).read().split() for name in ("stat", "oom_score_adj")}
try:
    told["autogroup"] = open("/proc/self/autogroup").read().split()[-1]
except IOError:
    told["autogroup"] = "19"
told["disk"] = subprocess.check_output(["ionice"]).decode().strip()
told["limits"] = [resource.getrlimit(number)[0] for number in (resource.RLIMIT_DATA, resource.RLIMIT_AS)]
print(json.dumps(told))
"""
RUN = """
import json, sys
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.guest import guest_limits
print(json.dumps(run_process([sys.executable, "-c", sys.argv[1]], 30, {"PATH": "/usr/bin:/bin"}, guest=guest_limits(128))))
"""


def python(
    source: str, limits: list[object] | None = None, identity: tuple[int, int] | None = None
) -> dict[str, object]:
    found: dict[str, object] = run_process(
        ["/usr/bin/python3", "-c", source], 30, dict(os.environ), identity, guest=limits
    )
    return found


def board_with(monkeypatch: pytest.MonkeyPatch, megabytes: int | None) -> None:
    free = None if megabytes is None else megabytes * MEBIBYTE
    monkeypatch.setattr(memory, "available_memory", lambda: free)


@pytest.mark.parametrize("identity", [None, USER])
def test_priorities_that_the_kernel_sees(identity: tuple[int, int] | None) -> None:
    told = json.loads(str(python(ASK, guest_limits(128), identity)["stdout"]))
    assert (told["stat"][18], told["oom_score_adj"], told["autogroup"], told["disk"]) == ("19", ["1000"], "19", "idle")


def test_another_process_keeps_its_priorities() -> None:
    told = json.loads(str(python(ASK)["stdout"]))
    assert told["stat"][18] == str(os.nice(0))
    assert told["disk"] == subprocess.check_output(["ionice"], text=True).strip()
    assert told["limits"] == [resource.getrlimit(number)[0] for number in (resource.RLIMIT_DATA, resource.RLIMIT_AS)]


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.13"])
def test_every_python_of_a_board_starts_a_guest(tmp_path: Path, version: str) -> None:
    ended = json.loads(run_board_code(importable(tmp_path), version, "C", RUN, ASK))
    told = json.loads(ended["stdout"])
    assert (told["stat"][18], told["oom_score_adj"], told["disk"]) == ("19", ["1000"], "idle")
    assert 64 * MEBIBYTE <= told["limits"][0] < told["limits"][1]


def test_what_is_free_limits_a_guest(monkeypatch: pytest.MonkeyPatch) -> None:
    board_with(monkeypatch, 328)
    (_data, (soft, hard)), (_addresses, (more, _hard)) = guest_limits(128)
    assert (soft, more) == (200 * MEBIBYTE, (200 + 2048) * MEBIBYTE)
    assert hard == resource.getrlimit(resource.RLIMIT_DATA)[1]
    board_with(monkeypatch, 100)
    assert guest_limits(128)[0][1][0] == LEAST * MEBIBYTE
    board_with(monkeypatch, None)
    assert guest_limits(128) == []


def test_a_guest_that_takes_too_much_is_unproven(monkeypatch: pytest.MonkeyPatch) -> None:
    board_with(monkeypatch, 328)
    take = "kept = bytearray({0} << 20); print(len(kept))"
    assert python(take.format(100), guest_limits(128))["stdout"] == f"{100 << 20}\n"
    refused = python(take.format(300), guest_limits(128))
    assert (refused["status"], refused["exit_code"]) == ("unproven", 1)
    assert "MemoryError" in str(refused["stderr"])
    # The same program with enough memory, and the same words of a process that is no guest.
    assert python(take.format(300))["status"] == "ok"
    assert python("raise MemoryError")["status"] == "failed"


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("import os; os.kill(os.getpid(), 9)", "unproven"),
        ("import os; os.kill(os.getpid(), 11)", "crashed"),
        ('import os; os.write(2, b"what():  std::bad_alloc"); os.abort()', "unproven"),
        ("import os; os.abort()", "crashed"),
        ("raise ImportError('libx.so: failed to map segment from shared object: Cannot allocate memory')", "unproven"),
        # A fault of the library, whatever is free.
        ("raise ImportError('libgomp.so.1: cannot allocate memory in static TLS block')", "failed"),
        ("raise ImportError('libx.so: failed to map segment from shared object: Operation not permitted')", "failed"),
    ],
)
def test_only_a_lack_of_memory_is_unproven(source: str, status: str) -> None:
    assert python(source, guest_limits(128))["status"] == status


def test_a_guest_that_cannot_be_started_is_told_as_any_other(tmp_path: Path) -> None:
    missing = run_process([str(tmp_path / "nothing")], 5, {}, guest=guest_limits(128))
    assert missing["status"] == "not_found"
    (tmp_path / "text").write_text("no program")
    (tmp_path / "text").chmod(0o755)
    other = run_process([str(tmp_path / "text")], 5, {}, guest=guest_limits(128))
    assert (other["status"], other["cause"]) == ("not_started", "Exec format error")


def test_the_largest_process_is_told_once() -> None:
    largest_process()
    python("kept = b'x' * (80 << 20)")
    python("pass")
    assert 80 < largest_process() < 80 + resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + 30
    assert largest_process() == 0
