# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file's name stands for the old bytes or for the new ones, and nothing else is left or touched."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import hashlib
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import replacement as system_replacement
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal

NAME = "model.pb"
BACKUP = re.compile(r"model\.pb\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~")
HIDDEN = ".jetfleet-" + hashlib.sha256(NAME.encode()).hexdigest()[:16] + "-"


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    path = tmp_path / "models" / NAME
    path.parent.mkdir()
    path.write_bytes(b"old")
    return path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Any]:
    with path.open("rb") as stream:
        replacement = system_replacement.Replacement(str(path), stream)
        try:
            yield replacement
        finally:
            replacement.discard()


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Put back what a replacement does to the signals of its process."""
    with system_replacement.ended_by_signals():
        yield


def replace(path: Path, backup: bool = True) -> str | None:
    with replacing(path) as replacement, replacement.open(3) as out:
        out.write(b"new")
        out.flush()
        name: str | None = replacement.commit(backup)
        return name


def names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


def test_the_old_file_is_the_backup(graph: Path) -> None:
    inode = graph.stat().st_ino
    backup = replace(graph)
    assert backup and BACKUP.fullmatch(Path(backup).name)
    assert (graph.read_bytes(), Path(backup).read_bytes()) == (b"new", b"old")
    # No second copy was made of it.
    assert Path(backup).stat().st_ino == inode
    assert len(names(graph)) == 2


def test_no_backup(graph: Path) -> None:
    assert replace(graph, backup=False) is None
    assert (graph.read_bytes(), names(graph)) == (b"new", [NAME])


def test_a_file_system_without_hard_links(graph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    graph.chmod(0o640)
    monkeypatch.setattr(os, "link", refuse)
    backup = replace(graph)
    assert backup
    assert (graph.read_bytes(), Path(backup).read_bytes()) == (b"new", b"old")
    assert Path(backup).stat().st_mode & 0o7777 == 0o640
    assert len(names(graph)) == 2


def test_owner_mode_and_attributes_stay(graph: Path) -> None:
    os.setxattr(graph, "user.origin", b"training run 7")
    graph.chmod(0o2640)
    if os.geteuid() == 0:
        os.chown(graph, 1234, 4321)
        graph.chmod(0o2640)
    before = graph.stat()
    replace(graph)
    after = graph.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert os.getxattr(graph, "user.origin") == b"training run 7"


def test_the_hidden_name_is_new_each_time(graph: Path) -> None:
    seen = set()
    for _round in range(3):
        with replacing(graph) as replacement, replacement.open(3):
            hidden = [name for name in names(graph) if name != NAME]
            assert re.fullmatch(re.escape(HIDDEN) + "[0-9a-f]{16}", hidden[0])
            seen |= set(hidden)
        assert names(graph) == [NAME]
    assert len(seen) == 3


def test_leftovers_are_removed_and_nothing_else(graph: Path, tmp_path: Path) -> None:
    folder = graph.parent
    (folder / (HIDDEN + "0123456789abcdef")).write_bytes(b"half of")
    unneeded = folder / f"{NAME}.77.2026-01-02@03:04:05~"
    os.link(graph, unneeded)
    others = {
        HIDDEN + "0123456789abcdeg": b"no name of ours",
        ".jetfleet-0000000000000000-0123456789abcdef": b"beside another file",
        f"{NAME}.78.2026-01-02@03:04:05~": b"a backup",
        f"{NAME}~": b"an editor's backup",
    }
    for name, content in others.items():
        (folder / name).write_bytes(content)
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    os.link(victim, folder / (HIDDEN + "1111111111111111"))
    (folder / (HIDDEN + "2222222222222222")).symlink_to(victim)
    (folder / (HIDDEN + "3333333333333333")).mkdir()
    kept = {HIDDEN + "1" * 16, HIDDEN + "2" * 16, HIDDEN + "3" * 16}
    with replacing(graph):
        pass
    assert set(names(graph)) == {NAME, *others, *kept}
    assert {name: (folder / name).read_bytes() for name in others} == others
    assert (victim.read_bytes(), graph.read_bytes()) == (b"precious", b"old")


def test_two_runs_do_not_meet(graph: Path) -> None:
    with graph.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(Refusal, match="Another run is replacing"), replacing(graph):
            pass
    replace(graph)


@pytest.mark.parametrize("change", ["content", "file"])
def test_a_file_that_changed_meanwhile_stays(graph: Path, change: str) -> None:
    with replacing(graph) as replacement, replacement.open(3) as out:
        out.write(b"new")
        if change == "file":
            graph.unlink()
        graph.write_bytes(b"newer")
        with pytest.raises(Refusal, match="changed by another process"):
            replacement.commit(True)
    assert (graph.read_bytes(), names(graph)) == (b"newer", [NAME])


def test_a_link_in_the_place_of_the_new_file_leads_nowhere(graph: Path, tmp_path: Path) -> None:
    """Whoever owns the folder must not get another file written or given away by root."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    victim.chmod(0o600)
    graph.chmod(0o666)
    real = os.open

    def swap(path: str, flags: int, *arguments: Any, **options: Any) -> int:
        descriptor = real(path, flags, *arguments, **options)
        if os.path.basename(path).startswith(HIDDEN):
            os.unlink(path)
            os.symlink(victim, path)
        return descriptor

    with pytest.MonkeyPatch.context() as patch, replacing(graph) as replacement:
        patch.setattr(os, "open", swap)
        with replacement.open(3) as out:
            out.write(b"new")
    assert (victim.read_bytes(), victim.stat().st_mode & 0o777) == (b"precious", 0o600)


def test_no_room_is_said_before_anything_is_written(graph: Path) -> None:
    with replacing(graph) as replacement:
        with pytest.raises(Refusal, match="MB free and .* MB are needed"):
            replacement.open(1 << 62)
        assert names(graph) == [NAME]


def test_a_backup_that_is_there_is_not_replaced(graph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda _form: "2026-01-02@03:04:05~")
    there = graph.parent / f"{NAME}.{os.getpid()}.2026-01-02@03:04:05~"
    there.write_bytes(b"precious")
    with pytest.raises(Refusal, match="exists already"):
        replace(graph)
    assert (graph.read_bytes(), there.read_bytes()) == (b"old", b"precious")
    assert len(names(graph)) == 2


def test_a_rename_that_fails_leaves_no_backup(graph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(OSError, match="Input/output"):
        replace(graph)
    assert (graph.read_bytes(), names(graph)) == (b"old", [NAME])


def as_somebody_else(act: Callable[[], None]) -> str:
    """Do it in a process that is not root's, and return the words of what went wrong."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            # Its entries in /proc are its own again, as after a program's start.
            ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
        try:
            act()
        except BaseException as error:
            os.write(writer, str(error).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as answer:
        return answer.read()


def test_a_folder_that_nobody_may_write_to() -> None:
    with contextlib.ExitStack() as stack:
        graph = reachable(stack)
        graph.parent.chmod(0o555)
        stack.callback(graph.parent.chmod, 0o755)
        assert "Permission denied" in as_somebody_else(lambda: print(replace(graph)))
        assert (graph.read_bytes(), names(graph)) == (b"old", [NAME])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_not_taken_over() -> None:
    with contextlib.ExitStack() as stack:
        graph = reachable(stack)
        graph.parent.chmod(0o777)
        graph.chmod(0o644)
        assert "run this as its owner or as root" in as_somebody_else(lambda: print(replace(graph)))
        assert (graph.read_bytes(), names(graph), graph.stat().st_uid) == (b"old", [NAME], 0)


def reachable(stack: contextlib.ExitStack) -> Path:
    """Make a graph in a folder that every user can enter."""
    graph = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "models" / NAME
    graph.parent.parent.chmod(0o755)
    graph.parent.mkdir()
    graph.write_bytes(b"old")
    return graph


def test_signals_end_the_work_and_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(system_replacement.Ended, match="signal 15"), system_replacement.ended_by_signals():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_signal_that_python_drops_is_not_forgotten() -> None:
    class Callback:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0)

    with pytest.MonkeyPatch.context() as patch, system_replacement.ended_by_signals() as check:
        patch.setattr(sys, "unraisablehook", lambda _dropped: None)
        check()
        callback = Callback()
        del callback
        with pytest.raises(system_replacement.Ended, match="signal 15"):
            check()
