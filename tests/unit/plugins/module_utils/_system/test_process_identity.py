# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that runs as another user than this process, under every Python of a board."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import acting_as, become
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.scratch import scratch_directory
from ansible_collections.jetfleet.protobuf.tests.support.board_code import importable, run_board_code
from ansible_collections.jetfleet.protobuf.tests.support.pythons import REQUIRED
from ansible_collections.jetfleet.protobuf.tests.support.waiting import wait_for

# Who is not root can run nothing as another user.
ROOT = os.getuid() == 0
USER = (4321, 1234) if ROOT else (os.getuid(), os.getgid())
# The kernel's own list: real, effective and saved id, and that for files.
IDS = ["sed", "-n", "s/^[UG]id:\\t//p", "/proc/self/status"]
EXPECTED = "".join("\t".join([str(number)] * 4) + "\n" for number in USER)


def in_child(function: Callable[[], Any]) -> Any:
    """Return what a function returns in a process of its own."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        try:
            os.write(writer, json.dumps(function()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.wait()
    with open(reader) as stream:
        return json.load(stream)


@pytest.mark.parametrize("acting", [None, USER])
def test_a_program_gives_up_root_for_good(acting: tuple[int, int] | None) -> None:
    if acting is None:
        assert run_process(IDS, 10, {}, USER)["stdout"] == EXPECTED
        return
    with acting_as(*acting):
        # Even where nobody asked for it: it could become root again.
        assert run_process(IDS, 10, {})["stdout"] == run_process(IDS, 10, {}, USER)["stdout"] == EXPECTED


def test_the_user_of_a_program_of_this_process_stays() -> None:
    expected = "".join("\t".join([str(number)] * 4) + "\n" for number in (os.getuid(), os.getgid()))
    assert run_process(IDS, 10, {})["stdout"] == expected


UNDER_EVERY_PYTHON = """
import json, os, sys
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import identity, process, scratch

user, ids, place = json.loads(sys.argv[1])
with identity.acting_as(*user):
    open(os.path.join(place, "made"), "w").close()
    acting = process.run_process(ids, 10, {})["stdout"]
with scratch.scratch_directory(user) as folder:
    command = ["touch", folder + "/made"]
    touched = process.run_process(command, 10, identity.environment_of(user[0]), user)["status"]
killed = process.run_process(["sleep", "60"], 0.5, {}, user)["status"]
print(json.dumps([acting, process.run_process(ids, 10, {}, user, True)["stdout"], touched, killed, os.path.exists(folder),
    process.run_process(["/nothing/here"], 10, {}, user)["status"], os.geteuid(), os.getegid()]))
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user reaches and may write to."""
    folder = Path(tempfile.mkdtemp(prefix="jetfleet-test-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("version", REQUIRED)
def test_under_every_python(tmp_path: Path, place: Path, version: str) -> None:
    given = json.dumps([USER, IDS, str(place)])
    found = json.loads(run_board_code(importable(tmp_path), version, "C", UNDER_EVERY_PYTHON, given))
    assert found == [EXPECTED, EXPECTED, "ok", "timed_out", False, "not_found", os.getuid(), os.getgid()]
    assert ((place / "made").stat().st_uid, (place / "made").stat().st_gid) == USER


def test_a_process_that_must_not_change_its_user() -> None:
    def start() -> Any:
        become(*USER)
        ended = run_process(["true"], 10, {}, (0, 0))
        return [ended["status"], ended["cause"]]

    assert in_child(start) == ["not_started", "this process must not change its user"]


def test_a_program_of_another_user_dies_with_its_parent(place: Path) -> None:
    noted = place / "pid"
    command = ["sh", "-c", f"echo $$ > {noted}; exec sleep 600"]
    parent = os.fork()
    if parent == 0:
        try:
            run_process(command, 600, dict(os.environ), USER, dies_with_parent=True)
        finally:
            os._exit(0)
    wait_for(lambda: noted.exists() and bool(noted.read_text().strip()))
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    wait_for(lambda: not Path(f"/proc/{noted.read_text().strip()}/cmdline").exists())


def test_what_a_user_links_to_is_not_removed_with_his_folder(place: Path) -> None:
    (place / "kept").touch()
    with scratch_directory(USER) as folder:
        assert (os.stat(folder).st_uid, os.stat(folder).st_gid) == USER
        os.symlink(place, Path(folder) / "link")
        (Path(folder) / "of-root").touch()
    assert (place / "kept").exists() and not Path(folder).exists()


def test_a_folder_of_a_user_is_where_he_reaches_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with scratch_directory(USER) as folder:
        assert run_process(["touch", f"{folder}/made"], 10, dict(os.environ), USER)["status"] == "ok"
    with scratch_directory((os.getuid(), os.getgid())) as folder:
        assert Path(folder).parent == tmp_path
    # Where none can be made, nothing can be written to what is named instead.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not/there"))
    with scratch_directory((os.getuid(), os.getgid())) as folder:
        assert run_process(["mkdir", "-p", folder], 10, dict(os.environ))["status"] == "failed"
