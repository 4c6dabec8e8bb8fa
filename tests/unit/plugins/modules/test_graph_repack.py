# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module graph_repack on real files, killed, starved and lied to."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph import repack as graph_repack
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import MARKER
from ansible_collections.jetfleet.protobuf.tests.support.wire_graphs import constant, half_graphs

RunModule = Callable[..., dict[str, Any]]
Repack = Callable[..., dict[str, Any]]


OLD, NEW = half_graphs(1000)
LARGE_OLD, LARGE_NEW = half_graphs(200000)


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    path = tmp_path / "models" / "model.pb"
    path.parent.mkdir()
    path.write_bytes(OLD)
    return path


@pytest.fixture
def repack(run_module: RunModule, graph: Path) -> Repack:
    """Return what runs the module on the graph, with an interpreter that has no TensorFlow."""

    def run(**arguments: Any) -> dict[str, Any]:
        return run_module("graph_repack", **({"path": str(graph), "executable": sys.executable} | arguments))

    return run


def failure(result: dict[str, Any]) -> str:
    assert result.get("failed"), result
    message: str = result["msg"]
    assert len(message.splitlines()) == 1 and message.endswith("."), message
    return message


def names(graph: Path) -> list[str]:
    return sorted(path.name for path in graph.parent.iterdir())


def untouched(graph: Path, content: bytes = OLD) -> None:
    assert (graph.read_bytes(), names(graph)) == (content, [graph.name])


def test_a_graph_is_rewritten_and_the_second_run_changes_nothing(repack: Repack, graph: Path) -> None:
    result = repack()
    assert graph.read_bytes() == NEW
    backup = Path(result.pop("backup_file"))
    assert backup.read_bytes() == OLD
    assert names(graph) == [graph.name, backup.name]
    assert (result["changed"], result["path"]) == (True, str(graph))
    assert (result["bytes_before"], result["bytes_after"]) == (len(OLD), len(NEW))
    assert result["rewritten"] == {"half_val": {"tensors": 1, "values": 1000, "bytes": 2000}}
    assert result["left"] == {}
    assert result["verification"] == {"tensors": 1, "values": 1000, "tensorflow": None}
    inode = graph.stat().st_ino
    again = repack()
    assert (again["changed"], again["rewritten"], again["verification"], again["backup_file"]) == (
        False,
        {},
        None,
        None,
    )
    assert (graph.stat().st_ino, names(graph)) == (inode, [graph.name, backup.name])


def test_no_backup(repack: Repack, graph: Path) -> None:
    assert repack(backup=False)["backup_file"] is None
    untouched(graph, NEW)


def test_check_mode_predicts_and_writes_nothing(repack: Repack, graph: Path) -> None:
    graph.parent.chmod(0o555)
    predicted = repack(_ansible_check_mode=True, _ansible_diff=True)
    graph.parent.chmod(0o755)
    untouched(graph)
    real = repack(_ansible_diff=True)
    for name in ("changed", "rewritten", "left", "bytes_before", "bytes_after", "diff"):
        assert predicted[name] == real[name], name
    assert (predicted["verification"], predicted["backup_file"]) == (None, None)
    assert real["diff"]["before"] == "weights: DT_HALF [1000] in 1000 values of half_val\n"
    assert real["diff"]["after"] == "weights: DT_HALF [1000] in 2000 bytes of tensor_content\n"
    assert not repack(_ansible_check_mode=True)["changed"]


def test_the_file_behind_a_link_is_rewritten(repack: Repack, graph: Path, tmp_path: Path) -> None:
    link = tmp_path / "current.pb"
    link.symlink_to(Path("models") / graph.name)
    result = repack(path=str(link))
    assert (link.is_symlink(), result["path"]) == (True, str(graph))
    assert graph.read_bytes() == NEW
    assert os.path.dirname(result["backup_file"]) == str(graph.parent)


def test_a_name_that_is_no_text(repack: Repack, graph: Path) -> None:
    strange = graph.with_name("größe 'x'.pb")
    graph.rename(strange)
    assert repack(path=str(strange), backup=False)["changed"]
    untouched(strange, NEW)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"no graph at all", "is not a frozen TensorFlow graph"),
        (OLD[:-1], f"extends past the end at {len(OLD) - 1}"),
        (constant(19, 1000, 13, b"\x80" * 1000), "has more than 10 bytes"),
    ],
)
def test_what_is_no_graph_is_refused(repack: Repack, graph: Path, content: bytes, words: str) -> None:
    graph.write_bytes(content)
    assert words in failure(repack())
    untouched(graph, content)


def test_what_is_no_file_is_refused(repack: Repack, graph: Path) -> None:
    assert "does not exist" in failure(repack(path=str(graph.parent / "other.pb")))
    assert "is a directory" in failure(repack(path=str(graph.parent)))


def test_an_interpreter_that_is_not_there_is_refused(repack: Repack, graph: Path) -> None:
    assert "/nowhere/python3 does not exist" in failure(repack(executable="/nowhere/python3"))
    untouched(graph)


def test_a_host_of_the_other_byte_order_is_refused(
    repack: Repack, graph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "byteorder", "big")
    assert "big-endian" in failure(repack())
    untouched(graph)


def test_a_graph_that_would_get_too_large_is_refused(
    repack: Repack, graph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_repack, "PROTOBUF_LIMIT", len(NEW) - 1)
    for check in (True, False):
        assert f"would have {len(NEW)} bytes" in failure(repack(_ansible_check_mode=check))
    untouched(graph)


@pytest.mark.parametrize("place", [0, 40, len(NEW) - 1])
def test_wrong_bytes_never_get_the_name(
    repack: Repack, graph: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    def write(_wire: object, out: Any) -> None:
        out.write(NEW[:place] + bytes([NEW[place] ^ 1]) + NEW[place + 1 :])

    monkeypatch.setattr(graph_repack, "write_repacked", write)
    assert "please report it" in failure(repack())
    untouched(graph)


def test_a_full_disk(repack: Repack, graph: Path) -> None:
    graph.write_bytes(LARGE_OLD)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100000, old[1]))
    try:
        message = failure(repack())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert "cannot be replaced (File too large): raise the limit for the size of files" in message
    untouched(graph, LARGE_OLD)


# Runs the real thing, and kills itself at a given place. The first argument is the graph, the second one the place.
KILLED = """
import os, signal, sys
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph import repack
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import replacement
place, number = sys.argv[2], int(sys.argv[3])

def deadly(function, before=False):
    calls = []
    def call(*arguments):
        calls.append(arguments)
        if len(calls) < number:
            return function(*arguments)
        if not before:
            function(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)
    return call

if place == "cp":
    replacement.run_process = deadly(replacement.run_process, True)
if place == "written":
    repack.write_repacked = deadly(repack.write_repacked)
if place == "exchange":
    replacement.exchange = deadly(replacement.exchange)
if place in ("fsync", "rename"):
    setattr(os, place, deadly(getattr(os, place)))
if place in ("link", "old rename"):
    replacement.exchange = lambda *_paths: False
    name = place.split()[-1]
    setattr(os, name, deadly(getattr(os, name)))
print("ready", flush=True)
repack.repack(sys.argv[1], True, True, sys.executable, 60)
"""


def start(graph: Path, place: str = "", number: int = 1) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(graph), place, str(number)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def converges(repack: Repack, graph: Path) -> None:
    """The name stands for the old bytes or the new ones, and after the next run nothing else is left but a backup."""
    assert graph.read_bytes() in (LARGE_OLD, LARGE_NEW)
    assert "failed" not in repack()
    assert graph.read_bytes() == LARGE_NEW
    left = [name for name in names(graph) if name != graph.name]
    assert len(left) == 1 and left[0].startswith("model.pb."), left
    assert (graph.parent / left[0]).read_bytes() == LARGE_OLD


@pytest.mark.parametrize(
    ("place", "number", "replaced"),
    [
        ("cp", 1, False),
        ("written", 1, False),
        ("cp", 2, False),
        ("fsync", 1, False),
        ("rename", 1, False),
        ("exchange", 1, True),
        ("rename", 2, True),
        # On kernels and file systems that cannot exchange names.
        ("link", 1, False),
        ("old rename", 2, True),
    ],
)
def test_a_run_that_is_killed_at_the_worst_moments(
    repack: Repack, graph: Path, place: str, number: int, replaced: bool
) -> None:
    graph.write_bytes(LARGE_OLD)
    process = start(graph, place, number)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert graph.read_bytes() == (LARGE_NEW if replaced else LARGE_OLD)
    assert len(names(graph)) > 1
    converges(repack, graph)


def test_runs_that_are_killed_at_any_moment(repack: Repack, graph: Path) -> None:
    source = random.Random(5)
    for _round in range(8):
        for path in graph.parent.iterdir():
            path.unlink()
        graph.write_bytes(LARGE_OLD)
        process = start(graph)
        time.sleep(source.uniform(0, 0.5))
        process.kill()
        process.communicate()
        converges(repack, graph)


def test_a_run_that_is_asked_to_end_tidies_up(graph: Path) -> None:
    graph.write_bytes(half_graphs(800000)[0])
    content = graph.read_bytes()
    process = start(graph)
    while len(names(graph)) == 1:
        assert process.poll() is None
        time.sleep(0.001)
    process.terminate()
    assert "was not changed, because the run was ended by signal 15: run again." in process.communicate()[1]
    untouched(graph, content)


def changing(function: Callable[..., Any], change: Callable[[], object]) -> Callable[..., Any]:
    """Return a function that changes something else before it does what it did."""

    def call(*arguments: Any) -> Any:
        change()
        return function(*arguments)

    return call


@pytest.mark.parametrize("step", ["write_repacked", "verify_repacked"])
@pytest.mark.parametrize("change", ["other bytes", "shorter", "damaged"])
def test_a_graph_that_changes_while_it_is_read_is_no_fault_of_the_module(
    repack: Repack, graph: Path, monkeypatch: pytest.MonkeyPatch, step: str, change: str
) -> None:
    content = {
        "other bytes": LARGE_OLD[:-1] + bytes([LARGE_OLD[-1] ^ 1]),
        "shorter": LARGE_OLD[:70000],
        "damaged": LARGE_OLD[:99] + b"\xff" * (len(LARGE_OLD) - 99),
    }[change]
    graph.write_bytes(LARGE_OLD)
    before = graph.stat()

    def change_it() -> None:
        graph.write_bytes(content)
        os.utime(graph, ns=(before.st_atime_ns, before.st_mtime_ns))

    monkeypatch.setattr(graph_repack, step, changing(getattr(graph_repack, step), change_it))
    assert failure(repack()) == f"{graph} was changed by another process meanwhile: run again."
    untouched(graph, content)


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_graph_that_changes_while_it_is_looked_at(
    repack: Repack, graph: Path, monkeypatch: pytest.MonkeyPatch, check_mode: bool
) -> None:
    summary = changing(graph_repack.Summary, lambda: graph.write_bytes(OLD[:-1]))
    monkeypatch.setattr(graph_repack, "Summary", summary)
    assert "was changed by another process meanwhile" in failure(repack(_ansible_check_mode=check_mode))
    untouched(graph, OLD[:-1])


def interpreter(place: Path, tensorflow: str) -> str:
    """Make an interpreter that has a module of that name."""
    (place / "tensorflow.py").write_text(textwrap.dedent(tensorflow))
    script = place / "python3"
    script.write_text(f'#!/bin/sh\nPYTHONPATH={place} exec {sys.executable} "$@"\n')
    script.chmod(0o755)
    return str(script)


# What can go wrong with a TensorFlow that is there -> what is said of it.
BROKEN = {
    "failed": "raise ImportError('libcudart.so.9.0: cannot open shared object file')",
    "crashed": "import os; os.abort()",
    "timed_out": "import time; time.sleep(60)",
}


@pytest.mark.parametrize("status", BROKEN)
def test_a_tensorflow_that_cannot_be_asked_is_no_obstacle(
    repack: Repack, graph: Path, tmp_path: Path, status: str
) -> None:
    result = repack(executable=interpreter(tmp_path, BROKEN[status]), timeout=5)
    assert graph.read_bytes() == NEW
    said = result["verification"]["tensorflow"]
    assert (said["status"], said["imported"], said["constants_equal"]) == (status, None, None)
    assert said["error"]
    if status == "failed":
        assert said["error"] == "libcudart.so.9.0: cannot open shared object file"


@pytest.mark.parametrize("end", ["os._exit(0)", "os.abort()"])
def test_a_tensorflow_that_sees_a_difference_stops_it(repack: Repack, graph: Path, tmp_path: Path, end: str) -> None:
    answer = '{"version": "1.12.0", "status": "ok", "constants_equal": false, "outputs_equal": null, "error": null}'
    said = f"import os, sys; sys.stdout.write({MARKER!r} + {answer!r} + chr(10)); sys.stdout.flush(); {end}"
    message = failure(repack(executable=interpreter(tmp_path, said)))
    assert "was not changed, because TensorFlow 1.12.0 reads a different graph" in message
    untouched(graph)


def test_a_board_without_memory_does_not_ask_tensorflow(
    repack: Repack, graph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.verify_tensorflow.available_memory",
        lambda: 1000,
    )
    said = repack(executable=interpreter(tmp_path, "import os; os.abort()"))["verification"]["tensorflow"]
    assert said["status"] == "too_large"
    assert "1000 bytes of memory are available" in said["error"]
