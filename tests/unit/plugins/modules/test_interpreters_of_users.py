# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root starts the interpreter of a user as that user: what he installed there runs at each start."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.gather import SUBSETS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.load_graph import workload_bytes
from ansible_collections.jetfleet.protobuf.tests.support.capacities import OPTIONS
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.transactions import FakeBoard
from ansible_collections.jetfleet.protobuf.tests.support.user_environment import OWNER, UserEnvironment, owners_only
from ansible_collections.jetfleet.protobuf.tests.unit.conftest import RunModule

ROOT = os.getuid() == 0
BACKEND = "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"
# Processes that each subset starts; the interpreter is described once for all of them.
STARTS = {"python": 1, "module": 2, "tools": 2, "opencv": 6, "load_time": 3, "graphs": 3}


@pytest.fixture(scope="module")
def shared(installations: Installations) -> Iterator[UserEnvironment]:
    """The environment of a user with protobuf, pip, and something that looks like OpenCV and TensorFlow."""
    root = Path(tempfile.mkdtemp(prefix="jetfleet-test-"))
    root.chmod(0o755)
    environment = UserEnvironment(root, installations, "3.9", "protobuf==3.20.3", "six==1.16.0")
    environment.add("cv2/__init__.py", "raise ImportError('no numpy')\n")
    environment.add("cv2/cv2.abi3.so", "")
    environment.give(OWNER.pw_uid, OWNER.pw_gid)
    yield environment
    shutil.rmtree(root)


@pytest.fixture
def user(shared: UserEnvironment, monkeypatch: pytest.MonkeyPatch) -> UserEnvironment:
    """That environment, and a process that has what sudo or a play sets for root."""
    monkeypatch.delenv(BACKEND, raising=False)
    for name in ("SUDO_USER", "PYTHONSTARTUP", "PYTHONUSERBASE", "TMPDIR", "XDG_CACHE_HOME", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, "/root/of-root")
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(shared.libraries))
    shared.starts()
    return shared


@pytest.fixture
def graph(user: UserEnvironment) -> Path:
    path = user.log.parent / "graph.pb"
    path.write_bytes(workload_bytes("float_val", 1000))
    path.chmod(0o644)
    return path


def gather(run_module: RunModule, python: Path | str, *subsets: str, **options: Any) -> dict[str, Any]:
    given = {"values": 1000, "runs": 1, "timeout": 60} | OPTIONS | options
    result = run_module("protobuf_facts", executable=str(python), gather_subset=list(subsets), **given)
    facts: dict[str, Any] = result["ansible_facts"]["jetfleet"]
    return facts


@pytest.mark.parametrize("subset", SUBSETS)
def test_every_subset_starts_it_as_its_owner(
    run_module: RunModule, user: UserEnvironment, graph: Path, subset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BACKEND, "cpp")
    facts = gather(run_module, user.python, subset, graphs=[str(graph)], compare_backends=True)
    starts = user.starts()
    assert len(starts) == STARTS.get(subset, 0)
    assert owners_only(starts) or not starts
    assert not ROOT or "/root/of-root" not in [value for start in starts for value in start.environment.values()]
    found = facts[subset][0] if subset == "graphs" else facts[subset]
    assert "status" not in found or found["status"] == "ok", found
    if subset == "tools":
        assert found["pip"]["status"] == "ok", found


def test_all_subsets_at_once(run_module: RunModule, user: UserEnvironment, graph: Path) -> None:
    facts = gather(run_module, user.python, "all", graph=str(graph), graphs=[str(graph)])
    assert owners_only(user.starts())
    assert (facts["module"]["backend"], facts["python"]["purelib"]) == ("cpp", str(user.site))
    assert (facts["load_time"]["status"], facts["python"]["owner"]) == ("ok", OWNER.pw_name)


@pytest.fixture
def add(user: UserEnvironment) -> Iterator[Callable[[str, str], Path]]:
    """Add files to the environment until the test ends."""
    added = []

    def write(name: str, source: str) -> Path:
        added.append(user.add(name, source))
        return added[-1]

    yield write
    for path in added:
        path.unlink()


def test_an_interpreter_of_root_is_started_as_before(run_module: RunModule, user: UserEnvironment) -> None:
    user.give(os.getuid(), os.getgid())
    try:
        facts = gather(run_module, user.python, "python", "module", "tools")
        starts = user.starts()
    finally:
        user.give(OWNER.pw_uid, OWNER.pw_gid)
    assert (facts["module"]["status"], facts["tools"]["pip"]["status"]) == ("ok", "ok")
    assert [start.uids for start in starts] == [[os.getuid()] * 3] * 2
    # pip is run without its configuration, and the other one with all that a play has set.
    assert starts[0].environment["PIP_INDEX_URL"] == starts[0].environment["PYTHONUSERBASE"] == "/root/of-root"


def test_a_graph_that_only_root_may_read_is_not_measured(
    run_module: RunModule, user: UserEnvironment, graph: Path
) -> None:
    graph.chmod(0o600)
    facts = gather(run_module, user.python, "load_time", "graphs", graph=str(graph), graphs=[str(graph)])
    if not ROOT:
        return
    assert facts["load_time"]["status"] == "graph_unreadable"
    expected = f"{graph} cannot be read (Permission denied): make it readable for {OWNER.pw_name}."
    assert facts["load_time"]["error"] == expected
    # What is in it is read here, and predicted from graphs that the child makes itself.
    assert facts["graphs"][0]["prediction"]["backend"] == "cpp"
    assert owners_only(user.starts())


@pytest.mark.parametrize(("mode", "readable"), [(0o644, True), (0o600, False)])
def test_graphs_are_compared_as_the_owner(
    run_module: RunModule,
    user: UserEnvironment,
    graph: Path,
    add: Callable[[str, str], Path],
    mode: int,
    readable: bool,
) -> None:
    add("tensorflow/__init__.py", "__version__ = '0'\nraise ImportError('not this one')\n")
    graph.chmod(mode)
    result = run_module("graph_repack", path=str(graph), executable=str(user.python), backup=False)
    assert (result["changed"], result["verification"]["tensors"]) == (True, 1), result
    assert owners_only(user.starts())
    error = result["verification"]["tensorflow"]["error"]
    assert result["verification"]["tensorflow"]["status"] == "failed"
    expected = (
        f"TensorFlow was not run, because {user.python} runs as {OWNER.pw_name} and cannot read {graph} "
        "(Permission denied): make it readable for that user."
    )
    assert (error == expected) is (ROOT and not readable), error


LIE = "import sysconfig; sysconfig.get_paths = lambda *a, f=sysconfig.get_paths, **k: dict(f(*a, **k), purelib={purelib!r})\n"


def test_an_owner_does_not_choose_where_root_installs(
    run_module: RunModule, user: UserEnvironment, add: Callable[[str, str], Path]
) -> None:
    purelib = "/usr/lib/python3/dist-packages"
    add("lie.pth", LIE.format(purelib=purelib))
    facts = gather(run_module, user.python, "python", "module", "tools")
    if not ROOT:
        return
    expected = (
        f"{user.python} was started as {OWNER.pw_name}, but its packages are in {purelib}, which belongs to root: "
        "name the interpreter of root itself and not what leads to it."
    )
    assert (facts["python"]["status"], facts["python"]["error"]) == ("failed", expected)
    assert (facts["module"]["status"], facts["module"]["error"]) == ("not_probed", expected)
    assert facts["tools"]["pip"]["status"] == "not_probed"


def test_a_program_of_root_that_starts_the_interpreter_of_a_user(
    run_module: RunModule, user: UserEnvironment, tmp_path: Path
) -> None:
    wrapper = tmp_path / "bin/python"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nexec {user.python} "$@"\n')
    wrapper.chmod(0o755)
    module = gather(run_module, wrapper, "module")["module"]
    if not ROOT:
        return
    expected = f"{wrapper} was started as root, but its packages are in {user.site}, which belongs to {OWNER.pw_name}: "
    assert (module["status"], module["error"].startswith(expected)) == ("not_probed", True), module["error"]


def test_what_a_third_user_can_change_is_not_started(run_module: RunModule, user: UserEnvironment, graph: Path) -> None:
    if not ROOT:
        return
    os.chown(user.prefix / "bin", OWNER.pw_uid + 1000, 0)
    try:
        facts = gather(run_module, user.python, "all", graphs=[str(graph)])
        repacked = run_module("graph_repack", path=str(graph), executable=str(user.python))
    finally:
        os.chown(user.prefix / "bin", OWNER.pw_uid, OWNER.pw_gid)
    expected = (
        f"{user.python} is not started as {OWNER.pw_name}, because {OWNER.pw_uid + 1000} can "
        f"change {user.prefix}/bin: let it belong to {OWNER.pw_name} and be writable by nobody else."
    )
    assert user.starts() == []
    assert [facts[name]["status"] for name in ("python", "module", "load_time")] == ["failed", "not_probed", "failed"]
    assert [facts[name]["error"] for name in ("python", "module", "load_time")] == [expected] * 3
    assert facts["tools"]["pip"]["status"] == "not_probed"
    assert expected.rstrip(".") in facts["opencv"]["reason"]
    assert facts["graphs"][0]["error"].endswith(expected)
    assert (repacked["failed"], repacked["msg"]) == (True, expected)


def test_an_interpreter_that_its_owner_cannot_reach(run_module: RunModule, user: UserEnvironment) -> None:
    if not ROOT:
        return
    base = user.libraries.parent
    base.chmod(0o700)
    try:
        module = gather(run_module, user.python, "module")["module"]
    finally:
        base.chmod(0o755)
    assert module["error"] == (
        f"The interpreter {user.python} cannot be started by its owner {OWNER.pw_name} (Permission denied): "
        "repair it or name another executable."
    )


def test_an_owner_without_an_entry_in_passwd(run_module: RunModule, user: UserEnvironment) -> None:
    if not ROOT:
        return
    user.give(4321, 0)
    try:
        facts = gather(run_module, user.python, "module", "tools")
        starts = user.starts()
    finally:
        user.give(OWNER.pw_uid, OWNER.pw_gid)
    assert (facts["module"]["status"], facts["tools"]["pip"]["status"]) == ("ok", "ok")
    # The group of the folder is root's: that makes nobody a member of it.
    assert {(*start.uids, *start.gids, *start.groups) for start in starts} == {(4321,) * 3 + (65534,) * 4}


def test_an_installation_and_its_removal(
    user: UserEnvironment, installations: Installations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pip, and what judges its result, run as the owner; what is installed is his."""
    place = user.log.parent / "board"
    place.mkdir()
    board = FakeBoard(place, installations, None)
    monkeypatch.setenv("DPKG_ADMINDIR", str(board.packages.admin))
    board.python, board.site = user.python, user.site
    # That makes nobody a member of the group root.
    os.chown(user.site, OWNER.pw_uid, os.getgid())
    before = user.site.joinpath("google/protobuf/__init__.py").read_bytes()
    result = board.present(board.options("3.19.6"))
    assert (result["failed"], result["changed"]) == (False, True), result
    assert owners_only(user.starts())
    assert {path.stat().st_uid for path in user.site.glob("google/protobuf/**/*")} == {OWNER.pw_uid}
    removed = board.absent()
    assert (removed["failed"], removed["changed"]) == (False, True), removed
    assert owners_only(user.starts())
    assert user.site.joinpath("google/protobuf/__init__.py").read_bytes() == before
