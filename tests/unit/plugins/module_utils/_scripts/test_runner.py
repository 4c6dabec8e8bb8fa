# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A child process may do what it likes: it is told, it is bounded, and nothing of it is left."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import import_protobuf, runner
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import child_source, run_child
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.shared import MARKER
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import LIMIT
from ansible_collections.jetfleet.protobuf.tests.support.pythons import find_python, need_python

ANSWER = f"""
import json, os, sys
sys.stdout.write("noise" + chr(10) + {MARKER!r} + json.dumps({{
    "arguments": json.loads(sys.argv[1]), "directory": os.getcwd(), "environment": dict(os.environ),
    "stdin": sys.stdin.read(),
}}) + chr(10))
sys.stdout.flush()
"""
NAME = "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"


def run(source: str, timeout: float = 30, environment: dict[str, str | None] | None = None) -> dict[str, Any]:
    result: dict[str, Any] = run_child(sys.executable, source, {"a": [1, "\u00e4"]}, timeout, environment)
    return result


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.13"])
def test_answer(version: str) -> None:
    child = run_child(str(need_python(version)), ANSWER, {"a": [1, "\u00e4"]}, 30)
    assert (child["status"], child["exit_code"], child["signal"], child["error"]) == ("ok", 0, None, None)
    assert child["result"]["arguments"] == {"a": [1, "\u00e4"]}
    assert (child["result"]["directory"], child["result"]["stdin"]) == ("/", "")


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "cpp")
    monkeypatch.setenv(f"{NAME}_VERSION", "2")
    monkeypatch.setenv("SOMETHING", "else")
    environment = run(ANSWER, environment={"SOMETHING": None, "ADDED": "x"})["result"]["environment"]
    assert NAME not in environment and f"{NAME}_VERSION" not in environment and "SOMETHING" not in environment
    assert (environment["ADDED"], environment["PYTHONDONTWRITEBYTECODE"]) == ("x", "1")
    assert run(ANSWER, environment={NAME: "python"})["result"]["environment"][NAME] == "python"


def test_directory_for_eggs_is_gone() -> None:
    place = run(ANSWER + "open(os.environ['PYTHON_EGG_CACHE'] + '/x', 'w')")["result"]["environment"][
        "PYTHON_EGG_CACHE"
    ]
    assert not os.path.exists(place)


def test_no_room_for_eggs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nothing")
    child = run(ANSWER)
    assert (child["status"], child["result"]["environment"]["PYTHON_EGG_CACHE"]) == ("ok", "/dev/null/jetfleet")


def test_crash_keeps_what_was_told_before() -> None:
    child = run(ANSWER + f"sys.stdout.write({MARKER!r} + '{{'); sys.stdout.flush(); os.kill(os.getpid(), 11)")
    assert (child["status"], child["exit_code"], child["signal"]) == ("crashed", None, 11)
    assert child["result"]["directory"] == "/"
    assert "SIGSEGV" in child["error"]


def test_crash_leaves_no_core_file() -> None:
    child = run(f"import json, resource\nprint({MARKER!r} + json.dumps(resource.getrlimit(resource.RLIMIT_CORE)))")
    assert child["result"][0] <= 1


def test_killed_for_memory() -> None:
    assert "lack of memory" in run("import os; os.kill(os.getpid(), 9)")["error"]


@pytest.mark.parametrize(
    "before", ["", "import os; os.close(1); os.close(2)\n", "import sys\nsys.stdout.write('x' * 10**7)\n"]
)
def test_hang_is_ended_with_all_its_processes(tmp_path: Path, before: str) -> None:
    started = time.monotonic()
    source = f"{before}import subprocess, time\np = subprocess.Popen(['sleep', '600'])\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(p.pid))\ntime.sleep(600)"
    child = run(source, timeout=2)
    assert child["status"] == "timed_out" and "after 2 s" in child["error"]
    assert time.monotonic() - started < 10
    assert_gone(int((tmp_path / "pid").read_text()))


def test_grandchild_that_keeps_the_pipes_open(tmp_path: Path) -> None:
    source = f"import subprocess\np = subprocess.Popen(['sleep', '600'])\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(p.pid))"
    child = run(ANSWER + source, timeout=30)
    assert child["status"] == "ok"
    assert_gone(int((tmp_path / "pid").read_text()))


def assert_gone(process: int) -> None:
    """Wait until a killed process has no command line any more: it is dead, reaped or not."""
    command = Path(f"/proc/{process}/cmdline")
    deadline = time.monotonic() + 5
    while command.exists() and command.read_bytes() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not command.exists() or not command.read_bytes()


def test_failures() -> None:
    assert "ValueError: boo" in run("raise ValueError('boo')")["error"]
    assert "it gave no reason" in run("pass")["error"]
    child = run("import sys; sys.stderr.write('x' * 10**6); sys.exit(3)")
    assert (child["status"], child["exit_code"], len(child["stderr"])) == ("failed", 3, LIMIT)
    assert len(child["error"]) < 600


def test_a_shim_without_its_python_is_told_by_its_first_line(tmp_path: Path, fixtures: Path) -> None:
    shim = tmp_path / "python3.6"
    shim.write_text(f"#!/bin/sh\ncat {fixtures / 'tool_outputs/pyenv-2.3-shim.txt'} >&2\nexit 127\n")
    shim.chmod(0o755)
    error = run_child(str(shim), ANSWER, {}, 5)["error"]
    assert error == (
        f"The process under {shim} ended with exit code 127 (pyenv: python3.6: command not found): repair that interpreter."
    )


def test_what_cannot_be_started(tmp_path: Path) -> None:
    missing = run_child(str(tmp_path / "python"), ANSWER, {}, 5)
    assert (missing["status"], missing["result"]) == ("not_found", None)
    assert str(tmp_path / "python") in missing["error"]
    (tmp_path / "python").touch()
    refused = run_child(str(tmp_path / "python"), ANSWER, {}, 5)
    assert refused["status"] == "failed" and "Permission denied" in refused["error"]


def test_source_of_a_sibling() -> None:
    assert "def run_child(" in child_source(runner)
    assert find_python("9.9") is None


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("e = ImportError('undefined symbol:\\n  _ZN6'); e.add_note('Error while loading'); raise e", "ImportError: undefined symbol: _ZN6"),
        ("compile('x = (', 'm.py', 'exec')", "SyntaxError: '(' was never closed"),
        ("raise SystemExit", "SystemExit"),
    ],
)  # fmt: skip
def test_why_protobuf_cannot_be_imported_is_the_exception(script: str, reason: str) -> None:
    names: dict[str, Any] = {}
    exec(child_source(import_protobuf), names)
    try:
        exec(script)
    except BaseException:
        assert names["reason"]() == reason
