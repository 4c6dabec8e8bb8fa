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
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import original as system_original
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import replacement as system_replacement
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import signals
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.tests.support.mounts import mounted

NAME = "model.pb"
BACKUP = re.compile(r"model\.pb\.\d+\.\d{4}-\d\d-\d\d@\d\d-\d\d-\d\d~")
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
    with signals.ended_by_signals():
        yield


def replace(path: Path, backup: bool = True) -> str | None:
    with replacing(path) as replacement, replacement.open(3, backup) as out:
        out.write(b"new")
        out.flush()
        name: str | None = replacement.commit()
        return name


def names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


@pytest.fixture(params=["exchange", "rename"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take both ways to replace a file: what is not here is a kernel or a file system that cannot exchange names."""
    if request.param == "rename":
        monkeypatch.setattr(system_replacement, "exchange", lambda *_paths: False)


@pytest.mark.usefixtures("way")
def test_the_old_file_is_the_backup(graph: Path) -> None:
    inode = graph.stat().st_ino
    backup = replace(graph)
    assert backup and BACKUP.fullmatch(Path(backup).name)
    assert (graph.read_bytes(), Path(backup).read_bytes()) == (b"new", b"old")
    # No second copy was made of it.
    assert Path(backup).stat().st_ino == inode
    assert len(names(graph)) == 2


@pytest.mark.usefixtures("way")
def test_no_backup(graph: Path) -> None:
    assert replace(graph, backup=False) is None
    assert (graph.read_bytes(), names(graph)) == (b"new", [NAME])


def refuse(*_arguments: Any) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


def test_a_file_system_without_hard_links(graph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph.chmod(0o640)
    before = graph.stat()
    monkeypatch.setattr(system_replacement, "exchange", lambda *_paths: False)
    monkeypatch.setattr(os, "link", refuse)
    backup = replace(graph)
    assert backup
    assert (graph.read_bytes(), Path(backup).read_bytes()) == (b"new", b"old")
    after = Path(backup).stat()
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert len(names(graph)) == 2


@pytest.mark.usefixtures("way")
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
        with replacing(graph) as replacement, replacement.open(3, True):
            hidden = [name for name in names(graph) if name != NAME]
            assert re.fullmatch(re.escape(HIDDEN) + "[0-9a-f]{16}", hidden[0])
            seen |= set(hidden)
        assert names(graph) == [NAME]
    assert len(seen) == 3


def test_leftovers_are_removed_and_nothing_else(graph: Path, tmp_path: Path) -> None:
    folder = graph.parent
    (folder / (HIDDEN + "0123456789abcdef")).write_bytes(b"half of")
    unneeded = folder / f"{NAME}.77.2026-01-02@03-04-05~"
    os.link(graph, unneeded)
    others = {
        HIDDEN + "0123456789abcdeg": b"no name of ours",
        ".jetfleet-0000000000000000-0123456789abcdef": b"beside another file",
        f"{NAME}.78.2026-01-02@03-04-05~": b"a backup",
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


def rewrite(path: Path) -> None:
    """As rsync --inplace --times does: another content of the same size and with the same time."""
    before = path.stat()
    path.write_bytes(b"own")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def another_file(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"own")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.rename(path)


def a_link_to_the_file(path: Path) -> None:
    path.rename(path.parent.parent / NAME)
    path.symlink_to(path.parent.parent / NAME)


# What others do with the file meanwhile.
CHANGES: dict[str, Callable[[Path], object]] = {
    "in place": rewrite,
    "longer": lambda path: path.write_bytes(b"own words"),
    "another file": another_file,
    "a link": a_link_to_the_file,
    "mode": lambda path: path.chmod(0o600),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changed_meanwhile_stays(graph: Path, change: str) -> None:
    with replacing(graph) as replacement, replacement.open(3, True) as out:
        out.write(b"new")
        CHANGES[change](graph)
        found = os.path.lexists(graph) and graph.read_bytes()
        with pytest.raises(Refusal, match="was changed by another process meanwhile: run again"):
            replacement.commit()
    assert (os.path.lexists(graph) and graph.read_bytes()) == found
    assert names(graph) == ([] if change == "gone" else [NAME])
    assert graph.is_symlink() == (change == "a link")


@pytest.mark.parametrize("backup", [True, False])
@pytest.mark.parametrize("change", ["longer", "another file", "a link"])
def test_a_file_that_changed_at_the_very_last_moment_stays(
    graph: Path, monkeypatch: pytest.MonkeyPatch, change: str, backup: bool
) -> None:
    """The kernel runs somebody else between the last comparison and the exchange."""
    # Without a lease, as on NFS: see below for what a lease is good for.
    monkeypatch.setattr(system_original.Original, "_lease", lambda _self: False)
    real = system_replacement.exchange
    calls: list[str] = []

    def late(first: str, second: str) -> bool:
        if not calls:
            CHANGES[change](graph)
        calls.append(first)
        done: bool = real(first, second)
        return done

    monkeypatch.setattr(system_replacement, "exchange", late)
    with pytest.raises(Refusal, match="was changed by another process meanwhile: run again"):
        replace(graph, backup)
    assert len(calls) == 2
    content = {"longer": b"own words", "another file": b"own", "a link": b"old"}[change]
    assert (graph.read_bytes(), names(graph)) == (content, [NAME])
    assert graph.is_symlink() == (change == "a link")


# Opens a file to change it in place, says so, and keeps its time.
WRITER = """
import os, sys
before = os.stat(sys.argv[1])
print("opening", flush=True)
with open(sys.argv[1], "r+b") as stream:
    stream.write(b"own")
os.utime(sys.argv[1], ns=(before.st_atime_ns, before.st_mtime_ns))
"""


def test_who_writes_while_the_names_are_exchanged_waits_and_then_writes_to_the_file(
    graph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    check = system_original.Original.check

    def late(self: Any, linked: bool = False) -> None:
        check(self, linked)
        if self._leased:
            writer = subprocess.Popen([sys.executable, "-c", WRITER, str(graph)], stdout=subprocess.PIPE)
            assert writer.stdout is not None and writer.stdout.readline() == b"opening\n"
            while fcntl.fcntl(self.stream.fileno(), fcntl.F_GETLEASE) == fcntl.F_RDLCK:
                time.sleep(0.001)
            started.append(writer)

    monkeypatch.setattr(system_original.Original, "check", late)
    with pytest.raises(Refusal, match="was changed by another process meanwhile: run again"):
        replace(graph)
    for writer in started:
        writer.communicate()
    assert [writer.returncode for writer in started] == [0]
    assert (graph.read_bytes(), names(graph)) == (b"own", [NAME])


@pytest.mark.usefixtures("way")
def test_a_file_that_somebody_is_writing_to_stays(graph: Path) -> None:
    with graph.open("r+b"), pytest.raises(Refusal, match="is open for writing: let that process finish"):
        replace(graph)
    assert (graph.read_bytes(), names(graph)) == (b"old", [NAME])
    replace(graph)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_change_in_the_same_moment_as_the_one_before_is_seen(tmp_path: Path) -> None:
    """The clock of a file system has steps: two changes in one step leave the same time."""
    # Since Linux 6.13 most file systems make the steps as small as necessary, but not this one.
    with mounted(tmp_path / "memory", "-t", "ramfs", "none") as memory:
        path = memory / NAME
        path.write_bytes(b"old")
        for _round in range(20):
            rewrite(path)
            with path.open("rb") as stream:
                original = system_original.Original(str(path), stream)
                assert stream.read() == b"own"
                path.write_bytes(b"old")
                os.utime(path, ns=(original.facts.st_atime_ns, original.facts.st_mtime_ns))
                with pytest.raises(Refusal, match="was changed"):
                    original.check()


def test_no_other_run_begins_before_the_end(graph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = system_replacement.exchange

    def then(first: str, second: str) -> bool:
        done: bool = real(first, second)
        with pytest.raises(Refusal, match="Another run is replacing"), replacing(graph):
            pass
        return done

    monkeypatch.setattr(system_replacement, "exchange", then)
    assert replace(graph)
    assert graph.read_bytes() == b"new"


def test_what_a_killed_run_had_exchanged_becomes_a_backup(graph: Path) -> None:
    """Under the name of the new file, which has its inode in it, is another file."""
    moved = graph.with_name(HIDDEN + "0123456789abcdef-1")
    moved.write_bytes(b"older")
    unneeded = graph.with_name(HIDDEN + "0000000000000000")
    unneeded.write_bytes(b"new")
    unneeded.rename(f"{unneeded}-{unneeded.stat().st_ino}")
    with replacing(graph):
        pass
    backup, model = sorted(graph.parent.iterdir(), key=lambda path: -len(path.name))
    assert BACKUP.fullmatch(backup.name)
    assert (backup.read_bytes(), model.read_bytes()) == (b"older", b"old")


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
        with replacement.open(3, True) as out:
            out.write(b"new")
    assert (victim.read_bytes(), victim.stat().st_mode & 0o777) == (b"precious", 0o600)


def test_no_room_is_said_before_anything_is_written(graph: Path) -> None:
    with replacing(graph) as replacement:
        with pytest.raises(Refusal, match="MB free and .* MB are needed"):
            replacement.open(1 << 62, True)
        assert names(graph) == [NAME]


@pytest.mark.usefixtures("way")
def test_a_backup_that_is_there_is_not_replaced(graph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1767323045.0)
    stamps = [time.strftime("%Y-%m-%d@%H-%M-%S~", time.localtime(time.time() + later)) for later in range(3)]
    there = [graph.with_name(f"{NAME}.{os.getpid()}.{stamp}") for stamp in stamps]
    for path in there[:2]:
        path.write_bytes(b"precious")
    assert replace(graph) == str(there[2])
    assert [path.read_bytes() for path in (graph, *there)] == [b"new", b"precious", b"precious", b"old"]
    assert len(names(graph)) == 4


@pytest.mark.usefixtures("way")
def test_a_rename_that_fails_leaves_no_backup(graph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.rename

    def fail(old: str, new: str) -> None:
        if os.path.basename(new).startswith(HIDDEN):
            return real(old, new)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "rename", fail)
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
    with pytest.raises(signals.Ended, match="signal 15"), signals.ended_by_signals():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_signal_that_python_drops_is_not_forgotten() -> None:
    class Callback:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0)

    with pytest.MonkeyPatch.context() as patch, signals.ended_by_signals() as check:
        patch.setattr(sys, "unraisablehook", lambda _dropped: None)
        check()
        callback = Callback()
        del callback
        with pytest.raises(signals.Ended, match="signal 15"):
            check()
