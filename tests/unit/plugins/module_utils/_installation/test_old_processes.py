# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real processes that still use a protobuf that was replaced are found, and no others are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.old_processes import (
    processes_facts,
    this_moment,
)
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations

IMPORTS = "from google.protobuf.pyext import _message; print('ready', flush=True); input()"
LOADS = "import ctypes, sys; ctypes.CDLL(sys.argv[1]); print('ready', flush=True); input()"
SCRIPT = """
import json
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.old_processes import processes_facts
print(json.dumps(processes_facts({state})))
"""


@pytest.fixture
def start() -> Iterator[Any]:
    """Start processes that run until the end of the test; return the pid of one that is ready."""
    started = []

    def run(*command: str | Path, **environment: str) -> int:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **environment}, text=True
        )
        started.append(process)
        assert process.stdout and process.stdout.readline() == "ready\n"
        return process.pid

    yield run
    for process in started:
        process.communicate("\n")


@pytest.fixture
def python(installations: Installations) -> Path:
    return installations.copy("3.9", "protobuf==3.20.3", "six==1.16.0")


@pytest.fixture
def extension(installations: Installations, python: Path) -> Path:
    (found,) = installations.site_packages(python).glob("google/protobuf/pyext/_message*.so")
    return found


def replace(path: Path) -> None:
    """Replace a file as installers do."""
    new = path.with_name("new")
    shutil.copy2(path, new)
    new.rename(path)


def entry(pid: int, state: Any = None) -> Any:
    return next((item for item in processes_facts(state)["old"] if item["pid"] == pid), None)


def test_an_extension_that_was_replaced(start: Any, python: Path, extension: Path) -> None:
    pid = start(python, "-c", IMPORTS, "--token=hunter2")
    assert entry(pid) is None
    replace(extension)
    found = entry(pid)
    assert (found["reason"], found["files"], found["user"]) == ("replaced", [str(extension)], "root")
    assert found["command"].endswith(" --token=***")
    # A process that began since then has the new one.
    assert entry(start(python, "-c", IMPORTS)) is None


def test_an_extension_that_was_removed(start: Any, python: Path, extension: Path) -> None:
    pid = start(python, "-c", IMPORTS)
    extension.unlink()
    assert entry(pid)["reason"] == "replaced"


def test_a_library_that_was_replaced(start: Any, tmp_path: Path, installations: Installations) -> None:
    library = tmp_path / "libprotobuf.so.16.0.0"
    other = tmp_path / "libmyprotobuf.so"
    installations.compile("int one;", library)
    installations.compile("int one;", other)
    users = [start(sys.executable, "-c", LOADS, path) for path in (library, other)]
    replace(library)
    replace(other)
    assert entry(users[0])["files"] == [str(library)]
    # Whose name only looks like it.
    assert entry(users[1]) is None


def test_an_extension_that_was_imported_while_it_was_staged(start: Any, python: Path, extension: Path) -> None:
    """What is imported during a switch has the new files already, under names that are gone later."""
    staged = extension.parents[3] / f".jetfleet-{'0a' * 8}"
    target = staged / extension.relative_to("/")
    target.parent.mkdir(parents=True)
    shutil.copy2(extension, target)
    pid = start(
        python, "-c", "import ctypes, sys; ctypes.CDLL(sys.argv[1]); print('ready', flush=True); input()", target
    )
    extension.unlink()
    extension.hardlink_to(target)
    shutil.rmtree(staged)
    assert " (deleted)" in Path(f"/proc/{pid}/maps").read_text()
    assert entry(pid) is None
    # Until the next change.
    replace(extension)
    assert entry(pid)["files"] == [str(extension)]


def test_tensorflow_that_began_before_the_change(
    start: Any, tmp_path: Path, python: Path, installations: Installations
) -> None:
    """A pure protobuf leaves no trace of its own, but TensorFlow imports one in any case."""
    library = tmp_path / "_pywrap_tensorflow_internal.so"
    installations.compile("int one;", library)
    load = LOADS.replace("input()", "sys.stdin.readline()")
    pid = start(python, "-c", load, library)
    other = start(sys.executable, "-c", load, library)
    state = {"executable": str(python), "module_changed": this_moment()}
    assert entry(pid) is None
    assert entry(pid, {**state, "module_changed": None}) is None
    later = {**state, "module_changed": {**state["module_changed"], "uptime": state["module_changed"]["uptime"] + 1}}
    found = entry(pid, later)
    assert (found["reason"], found["files"]) == ("older", [])
    # Another interpreter, which has a protobuf of its own.
    assert entry(other, later) is None
    # The board has been started since then.
    assert entry(pid, {**later, "module_changed": {**later["module_changed"], "boot_id": "another"}}) is None
    # It began after the change.
    earlier = {**state, "module_changed": {**state["module_changed"], "uptime": 1.0}}
    assert entry(pid, earlier) is None


def test_the_looking_process_itself_is_none_of_them(tmp_path: Path, installations: Installations) -> None:
    library = tmp_path / "libprotobuf.so.16.0.0"
    installations.compile("int one;", library)
    look = "import ctypes, os, sys; ctypes.CDLL(sys.argv[1]); os.unlink(sys.argv[1]); print(os.getpid());"
    script = look + SCRIPT.format(state=None)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script, str(library)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.splitlines()
    assert int(printed[0]) not in [item["pid"] for item in json.loads(printed[1])["old"]]


def test_processes_that_end_meanwhile(tmp_path: Path) -> None:
    """A folder of a process without its files, as the kernel shows one that ends."""
    (tmp_path / "1").mkdir()
    (tmp_path / "1/stat").write_text("1 (init) S 0 1 1 0 -1 0 " + "0 " * 40)
    (tmp_path / "77").mkdir()
    (tmp_path / "78").mkdir()
    (tmp_path / "78/stat").write_text("78 (python3) S 1 1 1 0 -1 0 " + "0 " * 40)
    assert processes_facts(None, str(tmp_path)) == {"complete": True, "hint": None, "old": []}


def as_nobody(script: str, *prepared: str) -> Any:
    """Return what a script prints that runs as nobody."""
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-c", script]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([*prepared, *command], check=True, capture_output=True, text=True, env=environment)
    return json.loads(ended.stdout)


@pytest.mark.parametrize(("hidepid", "complete"), [(2, False), (1, False), (0, True)])
def test_a_proc_that_hides_processes(hidepid: int, complete: bool) -> None:
    # The shell stays as the first process, which is root's.
    mount = [
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "sh",
        "-c",
        f'mount -t proc -o hidepid={hidepid} proc /proc && "$@"; true',
    ]
    found = as_nobody(SCRIPT.format(state=None), *mount, "sh")
    assert found["complete"] is complete
    hint = "The processes of other users are hidden from nobody (hidepid): run with --become to see who still uses the old protobuf."
    assert found["hint"] == (None if complete else hint)


@pytest.mark.parametrize(("seconds", "complete"), [(3600, False), (-(10**9), True)])
def test_processes_of_others_matter_if_they_began_before_the_change(seconds: int, complete: bool) -> None:
    moment = this_moment()
    state = {"executable": None, "module_changed": {**moment, "uptime": moment["uptime"] + seconds}}
    found = as_nobody(SCRIPT.format(state=state))
    assert found["complete"] is complete
    assert complete or found["hint"].startswith(
        "The processes of other users are hidden from nobody: run with --become"
    )
