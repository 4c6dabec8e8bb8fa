# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The new as a whole or the old exactly, with real pip, real dpkg and real kills."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.installation import installation_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE, PATTERNS, owners, packages
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import preparation
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.lock import board_lock
from ansible_collections.jetfleet.protobuf.tests.support.artefacts import (
    MACHINE,
    MODULE,
    binary,
    make_wheel,
    wrong_artefacts,
)
from ansible_collections.jetfleet.protobuf.tests.support.chance import KILLS, moments
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.transactions import FakeBoard
from ansible_collections.jetfleet.protobuf.tests.support.waiting import wait_for

OLD, NEW = "3.19.6", "3.20.3"
LIBRARY = {"lib/libprotobuf.so.31": binary(b"new library"), "include/google/protobuf/any.h": b"new header"}

Maker = Callable[..., FakeBoard]


@pytest.fixture
def make(tmp_path: Path, installations: Installations, monkeypatch: pytest.MonkeyPatch) -> Maker:
    def maker(before: str | None = OLD) -> FakeBoard:
        board = FakeBoard(tmp_path / "board", installations, before)
        monkeypatch.setenv("DPKG_ADMINDIR", str(board.packages.admin))
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("SUDO_USER", raising=False)
        return board

    return maker


@pytest.fixture
def board(make: Maker) -> FakeBoard:
    return make()


def left_behind(board: FakeBoard) -> set[str]:
    """Return what a managed board keeps."""
    folder = Path(board.layout.folder)
    assert not [path for path in folder.rglob("*") if path.lstat().st_mode & 0o022 and not path.is_symlink()]
    return {path.name for path in folder.iterdir()}


def test_install_and_remove(board: FakeBoard) -> None:
    (board.prefix / "lib/libprotobuf.so.31").write_bytes(b"made by hand")
    before = board.tree()
    package = board.package("3.20.3+jetfleet.1", LIBRARY)
    result = board.present(board.options(NEW, package=package, constraint=True))
    assert (result["failed"], result["changed"], result["rolled_back"]) == (False, True, False), result
    module = result["ansible_facts"]["jetfleet"]["module"]
    assert (module["version"], module["backend"], module["metadata"]["missing_files"]) == (NEW, "cpp", [])
    assert (board.prefix / "lib/libprotobuf.so.31").read_bytes() == LIBRARY["lib/libprotobuf.so.31"]
    assert left_behind(board) == {"lock", "state.json", "original", "packages", "constraints.txt"}
    state = json.loads(Path(board.layout.state).read_text())
    assert (state["schema"], state["python_version"], state["constraint"]) == (1, NEW, True)
    assert state["package"] == {"name": PACKAGE, "version": "3.20.3+jetfleet.1"}
    assert stat.S_IMODE(os.stat(board.layout.original).st_mode) == 0o700
    removed = board.absent()
    assert removed["changed"] is True, removed
    assert board.tree() == before
    assert not Path(board.layout.folder).exists()
    assert board.absent()["changed"] is False


def installation(board: FakeBoard) -> dict[str, Any]:
    found: dict[str, Any] = installation_facts(packages(PATTERNS), dict.fromkeys, board.layout)
    return found


def test_packages_of_the_distribution_are_noted(board: FakeBoard) -> None:
    library = board.root / "usr/lib/libprotobuf.so.10"
    board.packages.install("libprotobuf10", "3.0.0", {library: b"library"})
    board.present(
        board.options(OLD, package=board.package("3.19.6+jetfleet.1", {"lib/libprotobuf.so.30": binary(b"old")}))
    )
    state = json.loads(Path(board.layout.state).read_text())
    assert state["distribution_packages"] == ["libprotobuf10"]
    assert installation(board)["missing_packages"] == []
    library.unlink()
    assert installation(board)["missing_packages"] == ["libprotobuf10"]
    subprocess.run([*board.layout.dpkg, "--purge", "libprotobuf10"], check=True, capture_output=True)
    # What is done for another reason does not make the board forget.
    board.present(board.options(OLD, wheel=None, constraint=True))
    assert installation(board)["missing_packages"] == ["libprotobuf10"]


def test_wrong_modes_are_cured_or_put_back(board: FakeBoard) -> None:
    options = board.options(NEW, package=board.package("3.20.3+jetfleet.1", LIBRARY))
    assert not board.present(options)["failed"]
    assert installation(board)["wrong_modes"] == []
    headers, module = board.prefix / "include/google/protobuf", board.site / "google/protobuf"
    # Where somebody else's file lies, pip leaves the folder as it is.
    (module / "strangers.py").write_text("")
    for path in (headers, headers / "any.h", module, module / "message.py"):
        path.chmod(0o777)
    before = {path: entry for path, entry in board.tree().items() if path.startswith(str(board.site))}
    assert len(installation(board)["wrong_modes"]) == 4
    assert board.present(options | {"package": None, "expected": {"python_version": "9"}})["rolled_back"]
    assert {path: entry for path, entry in board.tree().items() if path.startswith(str(board.site))} == before
    assert not board.present(options)["failed"]
    assert installation(board)["wrong_modes"] == []
    assert [stat.S_IMODE(path.stat().st_mode) for path in (headers, module)] == [0o755, 0o755]


def test_unhealthy_is_rolled_back_exactly(board: FakeBoard) -> None:
    (board.prefix / "lib/libprotobuf.so.31").write_bytes(b"made by hand")
    (board.prefix / "lib/libprotobuf.so").symlink_to("libprotobuf.so.31")
    before = board.tree()
    adopted = [str(board.prefix / "lib/libprotobuf.so"), str(board.prefix / "lib/libprotobuf.so.31")]
    options = board.options(NEW, package=board.package("3.20.3+jetfleet.1", LIBRARY), adopt_files=adopted)
    result = board.present(options | {"constraint": True, "expected": {"python_version": NEW, "linkage": "shared"}})
    assert (result["failed"], result["changed"], result["rolled_back"]) == (True, False, True)
    assert result["reason"] == "The linkage of protobuf is static instead of shared: build the artefact again."
    assert result["msg"].endswith(f"build the artefact again; the board was put back to protobuf {OLD} (backend cpp).")
    assert result["ansible_facts"]["jetfleet"]["packages"] == {}
    assert board.tree() == before
    assert not Path(board.layout.folder).exists()


def test_rolled_back_to_our_own_older_release(board: FakeBoard) -> None:
    old = board.package("3.19.6+jetfleet.1", {"lib/libprotobuf.so.30": binary(b"old")})
    assert board.present(board.options(OLD, package=old, constraint=True))["changed"]
    before, state = board.tree(), Path(board.layout.state).read_bytes()
    new = board.package("3.20.3+jetfleet.1", LIBRARY)
    result = board.present(board.options(NEW, package=new, expected={"python_version": "1", "linkage": None}))
    assert result["rolled_back"], result
    assert board.tree() == before
    assert Path(board.layout.state).read_bytes() == state
    assert os.listdir(board.layout.packages) == [f"{PACKAGE}_3.19.6+jetfleet.1.deb"]
    packages = result["ansible_facts"]["jetfleet"]["packages"]
    assert packages[PACKAGE]["version"] == "3.19.6+jetfleet.1"


@pytest.mark.parametrize("before", [OLD, None])
def test_failure_of_pip_changes_nothing(make: Maker, before: str | None) -> None:
    board = make(before)
    tree = board.tree()
    options = board.options(NEW, package=board.package("3.20.3+jetfleet.1", LIBRARY))
    wheel = board.root / f"protobuf-{NEW}-cp39-cp39-linux_{MACHINE}.whl"
    make_wheel(wheel, {f"{MODULE}.cpython-39-{MACHINE}-linux-gnu.so": binary()}, wheel_version="9.0")
    options["wheel"] = board.file(wheel, NEW)
    with pytest.raises(Refusal, match=rf"^pip could not install {wheel.name} \(ERROR: protobuf has an invalid wheel"):
        board.present(options)
    assert board.tree() == tree and not os.path.exists(board.layout.folder)


def test_site_packages_that_were_not_there_go_again(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian has no dist-packages in /usr/local before pip installs something there."""
    board = make(None)
    fresh = board.site.with_name("dist-packages")
    monkeypatch.setattr(preparation, "look_at", looking_at(fresh, preparation.look_at))
    with pytest.raises(Refusal, match=f"pip does not install protobuf-{NEW}.* to {fresh}: remove the settings"):
        board.present(board.options(NEW))
    assert not fresh.exists()


def looking_at(purelib: Path, look_at: Callable[..., Any]) -> Callable[..., Any]:
    """Return a look at a board whose module belongs into another folder."""

    def look(*arguments: Any) -> Any:
        board = look_at(*arguments)
        return board._replace(interpreter=board.interpreter | {"purelib": str(purelib)})

    return look


def test_failure_of_dpkg_is_rolled_back(board: FakeBoard) -> None:
    before = board.tree()
    package = board.package("3.20.3+jetfleet.1", LIBRARY, {"preinst": "exit 1"})
    result = board.present(board.options(NEW, package=package))
    assert result["rolled_back"]
    assert result["msg"].startswith("dpkg --install failed (dpkg: error processing archive")
    assert board.tree() == before


def test_files_of_another_package_are_not_replaced(board: FakeBoard) -> None:
    board.packages.install("other", "1", {board.prefix / "lib/libprotobuf.so.31": b"of another package"})
    before = board.tree()
    with pytest.raises(
        Refusal, match=r"libprotobuf\.so\.31 belongs to the package other, and .* has it, too: remove other"
    ):
        board.present(board.options(NEW, package=board.package("3.20.3+jetfleet.1", LIBRARY)))
    assert board.tree() == before


@pytest.mark.parametrize("version", [OLD, NEW])
def test_metadata_that_a_killed_pip_had_not_completed_is_replaced(board: FakeBoard, version: str) -> None:
    (board.site / f"protobuf-{OLD}.dist-info/RECORD").unlink()
    (board.site / f"protobuf-{OLD}.dist-info").rename(board.site / f"protobuf-{version}.dist-info")
    before = board.tree()
    assert board.present(board.options(NEW, expected={"python_version": "x", "linkage": None}))["rolled_back"]
    assert board.tree() == before
    result = board.present(board.options(NEW))
    assert not result["failed"], result
    assert [path.parent.name for path in board.site.glob("protobuf-*/RECORD")] == [f"protobuf-{NEW}.dist-info"]


def test_the_list_that_a_killed_pip_was_writing_goes(board: FakeBoard) -> None:
    assert not board.present(board.options(NEW))["failed"]
    before = board.tree(times=False)
    (board.site / f"protobuf-{NEW}.dist-info/RECORDcpbp7rd3.tmp").write_text("google/__init__.py,,")
    assert not board.present(board.options(NEW))["failed"]
    assert board.tree(times=False) == before


def test_what_a_killed_pip_was_compiling_goes(board: FakeBoard) -> None:
    place = board.site / "google/protobuf/__pycache__"
    unfinished = place / "message.cpython-39.pyc.140484019404592"
    unfinished.touch()
    assert not board.present(board.options(NEW))["failed"]
    assert not unfinished.exists()
    assert (place / "message.cpython-39.pyc").exists()


@pytest.fixture
def linker_status(board: FakeBoard) -> Callable[[], str]:
    """Have dpkg know libc-bin as one whose trigger was killed, and return what tells its status."""
    board.packages.install("libc-bin", "2.31", {board.root / "usr/share/libc-bin": b""})
    known = board.packages.admin / "status"
    before, name, after = known.read_text().partition("Package: libc-bin\n")
    known.write_text(before + name + after.replace("install ok installed", "install ok half-configured", 1))
    return lambda: str(packages(["libc-bin"])["libc-bin"]["status"])


def test_dpkg_ends_what_it_was_killed_in_before_it_installs(board: FakeBoard, linker_status: Callable[[], str]) -> None:
    result = board.present(board.options(NEW, package=board.package("3.20.3+jetfleet.1", LIBRARY)))
    assert not result["failed"], result
    assert linker_status() == "installed"


def test_dpkg_ends_what_it_was_killed_in_with_a_finished_run(
    finished: FakeBoard, linker_status: Callable[[], str]
) -> None:
    assert not finished.present(finished.options(NEW, wheel=None))["failed"]
    assert linker_status() == "installed"


def test_dpkg_ends_what_it_was_killed_in_when_a_run_is_undone(
    finished: FakeBoard, linker_status: Callable[[], str]
) -> None:
    assert finished.absent()["changed"]
    assert linker_status() == "installed"


@pytest.fixture
def outlived(board: FakeBoard) -> Iterator[FakeBoard]:
    """A board whose run was killed, while dpkg goes on for a second."""
    places = {name: board.root / name for name in ("begun", "go_on")}
    scripts = {"preinst": "touch {begun}; while [ ! -e {go_on} ]; do sleep 0.05; done".format(**places)}
    process = board.start("present", board.options(NEW, package=board.package("3.20.3+jetfleet.1", LIBRARY, scripts)))
    wait_for(places["begun"].exists, 60)
    process.kill()
    process.communicate()
    timer = threading.Timer(1, places["go_on"].touch)
    timer.start()
    yield board
    timer.join()


def wait_for_dpkg(board: FakeBoard) -> None:
    take_lock = [*board.layout.dpkg, "--set-selections"]
    wait_for(lambda: not subprocess.run(take_lock, stdin=subprocess.DEVNULL, capture_output=True).returncode, 60)


def test_removal_waits_for_a_dpkg_that_outlived_a_killed_run(outlived: FakeBoard) -> None:
    removed = outlived.absent()
    wait_for_dpkg(outlived)
    assert (removed["failed"], removed["changed"]) == (False, True), removed
    assert not list(outlived.prefix.rglob("libprotobuf*"))
    assert packages([PACKAGE]) == {}


def test_run_about_other_files_waits_for_a_dpkg_that_outlived_a_killed_run(outlived: FakeBoard) -> None:
    other = outlived.package("3.20.3+jetfleet.2", {"lib/libprotobuf.so.31.0": binary(b"other library")})
    result = outlived.present(outlived.options(NEW, package=other))
    wait_for_dpkg(outlived)
    assert not result["failed"], result
    assert [path.name for path in outlived.prefix.rglob("*") if path.is_file()] == ["libprotobuf.so.31.0"]


FIRST, SECOND, OTHER = (f"3.19.6+jetfleet.{number}" for number in (1, 2, 3))
# Kills dpkg, and the run that waits for it, the first time that dpkg calls the maintainer script so.
KILL_BOTH = 'test "$1" != {call} -o -e {flag} || {{ touch {flag}; kill -9 $(ps -o ppid= -p $PPID) $PPID; }}'


class Killed(NamedTuple):
    """A board whose run was killed, and dpkg with it."""

    board: FakeBoard
    original: dict[str, tuple[Any, ...]]
    options: dict[str, Any]


@pytest.fixture
def killed(board: FakeBoard, request: pytest.FixtureRequest) -> Killed:
    """Kill while dpkg runs that maintainer script of the first package, or of the second over the first."""
    name, call, action = request.param
    flag = board.root / "killed"
    scripts = {name: KILL_BOTH.format(call=call, flag=flag)}
    (board.prefix / "lib/libprotobuf.so.31").write_bytes(b"made by hand")
    original = board.tree()
    of_first = action == "absent" or (call == "upgrade" and name != "preinst")
    first = board.options(OLD, wheel=None, package=board.package(FIRST, LIBRARY, scripts if of_first else None))
    second = board.options(OLD, wheel=None, package=board.package(SECOND, LIBRARY, None if of_first else scripts))
    if of_first or call == "upgrade":
        assert not board.present(first)["failed"]
    process = board.start(action, first if action == "absent" else second)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert flag.exists()
    return Killed(board, original, second)


MOMENTS = [
    ("preinst", "install", "present"),
    ("postinst", "configure", "present"),
    ("prerm", "upgrade", "present"),
    ("preinst", "upgrade", "present"),
    ("postrm", "upgrade", "present"),
    ("prerm", "remove", "absent"),
    ("postrm", "remove", "absent"),
    ("postrm", "purge", "absent"),
]
after_every_kill = pytest.mark.parametrize("killed", MOMENTS, indirect=True, ids=" ".join)


@after_every_kill
def test_kill_of_run_and_dpkg_and_the_same_run_again(killed: Killed) -> None:
    board, original, options = killed
    result = board.present(options)
    assert not result["failed"], result
    assert packages([PACKAGE])[PACKAGE]["version"] == SECOND
    assert {name: (board.prefix / name).read_bytes() for name in files_of(board)} == LIBRARY
    assert left_behind(board) == {"lock", "state.json", "original", "packages"}
    assert board.absent()["changed"]
    assert board.tree() == original


@after_every_kill
def test_kill_of_run_and_dpkg_and_a_removal(killed: Killed) -> None:
    board, original, _options = killed
    removed = board.absent()
    assert (removed["failed"], removed["changed"]) == (False, True), removed
    assert packages([PACKAGE]) == {}
    assert board.tree() == original


@after_every_kill
def test_kill_of_run_and_dpkg_and_a_run_about_other_files(killed: Killed) -> None:
    board, original, options = killed
    name = "lib/libprotobuf.so.31.0"
    result = board.present(options | {"package": board.package(OTHER, {name: binary(b"other library")})})
    assert not result["failed"], result
    assert packages([PACKAGE])[PACKAGE]["version"] == OTHER
    assert [file for file in files_of(board) if (board.prefix / file).read_bytes() != b"made by hand"] == [name]
    assert board.absent()["changed"]
    assert board.tree() == original


# The kernel kills a process that writes more to a file than its limit; other files that dpkg writes are smaller.
HALF = 1024 * 1024


@pytest.fixture
def half_unpacked(board: FakeBoard) -> Killed:
    """Kill dpkg while it writes the files of the first package, and then the run, before it can notice."""
    original = board.tree()
    flag = board.root / "killed"
    pause_run = "kill -STOP $(ps -o ppid= -p $PPID)"
    once = f"test -e {flag} || {{ touch {flag}; {pause_run}; prlimit --pid $PPID --fsize={HALF}; }}"
    whole = {"lib/libprotobuf.so.31": binary(bytes(2 * HALF))}
    options = board.options(OLD, wheel=None, package=board.package(FIRST, whole, {"preinst": once}))
    process = board.start("present", options)
    unpacked = board.prefix / "lib/libprotobuf.so.31.dpkg-new"
    try:
        wait_for(lambda: flag.exists() and unpacked.exists() and unpacked.stat().st_size == HALF, 60)
    finally:
        process.kill()
        process.communicate()
    wait_for_dpkg(board)
    assert list(board.prefix.rglob("*.dpkg-new"))
    return Killed(board, original, options)


def test_what_a_killed_dpkg_unpacked_was_not_made_by_hand(half_unpacked: Killed) -> None:
    board = half_unpacked.board
    assert packages([PACKAGE])[PACKAGE]["status"] == "half-installed"
    assert installation(board)["handmade"] == []


class Disk:
    """What was in the folder of the collection (None: there was none), and hidden in site-packages, when that was last flushed."""

    def __init__(self, board: FakeBoard) -> None:
        self._board = board
        self._flush = os.fsync
        self.folder: list[str] | None = ["nothing was flushed"]
        self.staged = ["nothing was flushed"]

    def fsync(self, descriptor: int) -> None:
        self._flush(descriptor)
        path, folder = os.readlink(f"/proc/self/fd/{descriptor}"), self._board.layout.folder
        if path == folder or (path == os.path.dirname(folder) and not os.path.exists(folder)):
            self.folder = self.names()
        if path == str(self._board.site) and os.path.exists(self._board.layout.workplaces):
            self.staged = self.hidden()

    def names(self) -> list[str] | None:
        folder = Path(self._board.layout.folder)
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else None

    def hidden(self) -> list[str]:
        return [path.name for path in self._board.site.glob(".jetfleet-*")]


@pytest.mark.parametrize("end", ["installed", "rolled back", "removed"])
def test_the_end_is_on_the_disk_before_it_is_said(board: FakeBoard, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """What was there when a folder was last flushed is what a power cut leaves."""
    options = board.options(NEW, package=board.package("3.20.3+jetfleet.1", LIBRARY))
    if end == "rolled back":
        options["expected"] = options["expected"] | {"python_version": "9.9.9"}
    if end == "removed":
        assert not board.present(options)["failed"]
    disk = Disk(board)
    monkeypatch.setattr(os, "fsync", disk.fsync)
    result = board.absent() if end == "removed" else board.present(options)
    assert result["failed"] is (end == "rolled back"), result
    assert disk.folder == disk.names()
    assert disk.staged == disk.hidden() == []


# Kills the run where it is about to start dpkg for the given time with the given option.
BEFORE_DPKG = """
import os, signal, sys
option, left = sys.argv[4], int(sys.argv[5])
def hook(event, arguments):
    global left
    if event == "subprocess.Popen" and arguments[1][0] == "dpkg" and option in arguments[1]:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
"""


@pytest.mark.parametrize(
    ("managed", "action", "expected", "option", "time"),
    [
        (False, "present", OLD, "--install", 1),
        (True, "present", OLD, "--install", 1),
        (False, "present", "9.9.9", "--install", 1),
        (False, "present", "9.9.9", "--purge", 1),
        (True, "present", "9.9.9", "--install", 2),
        (True, "absent", OLD, "--purge", 1),
    ],
    ids=["install", "upgrade", "failing install", "rollback to nothing", "rollback", "removal"],
)
def test_what_a_killed_run_put_into_place_was_not_made_by_hand(
    board: FakeBoard, *, managed: bool, action: str, expected: str, option: str, time: int
) -> None:
    names = {"lib/libprotobuf.so.31": binary(b"first"), "lib/libprotobuf.a": b"archive"}
    first = board.options(OLD, wheel=None, package=board.package(FIRST, names))
    other = {"lib/libprotobuf.so.32": binary(b"second"), "bin/protoc": b"program", "include/google/protobuf/any.h": b""}
    second = board.options(OLD, wheel=None, package=board.package(SECOND, other))
    second["expected"] = second["expected"] | {"python_version": expected}
    if managed:
        assert not board.present(first)["failed"]
    process = board.start(action, second, BEFORE_DPKG, [option, str(time)])
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    found = installation_facts(packages(PATTERNS), owners, board.layout)
    assert (found["interrupted"], found["handmade"]) == (True, [])


def test_kill_of_run_and_unpacking_dpkg_and_the_same_run_again(half_unpacked: Killed) -> None:
    board, _original, options = half_unpacked
    assert not board.present(options)["failed"]
    assert files_of(board) == ["lib/libprotobuf.so.31"]


def test_kill_of_run_and_unpacking_dpkg_and_a_removal(half_unpacked: Killed) -> None:
    board, original, _options = half_unpacked
    assert board.absent()["changed"]
    assert (packages([PACKAGE]), board.tree()) == ({}, original)


def files_of(board: FakeBoard) -> list[str]:
    return sorted(str(path.relative_to(board.prefix)) for path in board.prefix.rglob("*") if not path.is_dir())


def test_wrong_sum_changes_nothing(board: FakeBoard) -> None:
    before = board.tree()
    options = board.options(NEW)
    sent = Path.home() / ".cache/jetfleet" / ("0" * 64) / "protobuf-3.20.3.whl"
    sent.parent.mkdir(parents=True)
    sent.write_bytes(b"flipped")
    options["wheel"] |= {"sha256": "0" * 64, "path": str(sent)}
    with pytest.raises(Refusal, match="has the SHA-256 [0-9a-f]{64} instead of 0{64}: copy it to the board again"):
        board.present(options)
    assert board.tree() == before
    assert not Path(board.layout.folder).exists()
    assert not (Path.home() / ".cache/jetfleet").exists()


def test_what_the_board_could_not_load_changes_nothing(board: FakeBoard) -> None:
    """Wheels and packages that are not for this board, sent or downloaded, with the right sum: its own facts count.

    Every third, as each takes a run: what is wrong in the others is found by the same code.
    """
    before, refused = board.tree(), 0
    for path, cause in itertools.islice(wrong_artefacts(board.root / "wrong", MACHINE), 0, None, 3):
        entry = board.file(path, "3.6.0+jetfleet.1a2b3c4d" if path.suffix == ".deb" else "3.6.0")
        if refused % 2:
            entry = {name: entry[name] for name in ("name", "version", "sha256", "bytes")}
            entry["url"] = path.as_uri()
        changes = {"package": entry, "wheel": None} if path.suffix == ".deb" else {"wheel": entry}
        with pytest.raises(Refusal) as stopped:
            board.present(board.options(NEW, **changes))
        message = str(stopped.value)
        assert message.startswith(cause)
        assert message.endswith(": delete this artefact from the store and run the playbook jetfleet.protobuf.build.")
        assert board.tree() == before
        assert not Path(board.layout.folder).exists()
        refused += 1
    assert refused > 8


def test_copies_eggs_and_stale_metadata_go(board: FakeBoard) -> None:
    egg = board.site / "protobuf-3.6.1-py3.9.egg"
    (egg / "google/protobuf").mkdir(parents=True)
    (egg / "google/protobuf/__init__.py").write_text("__version__ = '3.6.1'\n")
    other = board.site / "six.egg"
    (board.site / "easy-install.pth").write_text(f"./{egg.name}\n./{other.name}\n")
    (board.site / "protobuf-3.0.0.dist-info").mkdir()
    (board.site / "protobuf-3.0.0.dist-info/METADATA").write_text("Name: protobuf\nVersion: 3.0.0\n")
    (board.site / "google/protobuf/of_another_release.py").write_text("")
    before = board.tree()
    options = board.options(NEW, remove_copies=[str(egg)])
    assert board.present(options | {"expected": {"python_version": "x", "linkage": None}})["rolled_back"]
    assert board.tree() == before
    result = board.present(options)
    assert not result["failed"], result
    names = {path.name for path in board.site.iterdir()}
    assert {name for name in names if name.startswith("protobuf")} == {
        f"protobuf-{NEW}.dist-info",
        f"protobuf-{NEW}-py3.9-nspkg.pth",
    }
    assert (board.site / "easy-install.pth").read_text() == "./six.egg\n"
    assert not (board.site / "google/protobuf/of_another_release.py").exists()
    assert board.absent()["changed"] and board.tree() == before


def always(condition: Callable[[], bool], during: Callable[[], Any]) -> Any:
    """Return what a function returns during which a condition is tried again and again, and must never be false."""
    ended, failures = threading.Event(), []

    def watch() -> None:
        while not ended.is_set():
            if not condition():
                failures.append(time.monotonic())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        result = during()
    finally:
        ended.set()
        thread.join()
    assert not failures
    return result


def test_library_made_by_hand_is_there_at_every_instant(board: FakeBoard) -> None:
    library = board.prefix / "lib/libprotobuf.so.31"
    library.write_bytes(b"made by hand")
    options = board.options(NEW, package=board.package("3.20.3+jetfleet.1", LIBRARY), adopt_files=[str(library)])
    bad = options | {"package": board.package("3.20.3+jetfleet.2", LIBRARY), "expected": {"python_version": "9"}}
    assert always(library.exists, lambda: board.present(bad))["rolled_back"]
    assert library.read_bytes() == b"made by hand"
    assert always(library.exists, lambda: board.present(options))["changed"]
    assert library.read_bytes() == LIBRARY["lib/libprotobuf.so.31"]
    assert always(library.exists, board.absent)["changed"]
    assert library.read_bytes() == b"made by hand"
    assert packages([PACKAGE]) == {}


@pytest.mark.parametrize("how", ["--force-reinstall", "--ignore-installed"])
def test_module_that_the_user_replaced_stays(board: FakeBoard, how: str) -> None:
    package = board.package("3.20.3+jetfleet.1", LIBRARY)
    board.present(board.options(NEW, package=package))
    pip = [board.python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", how, board.wheel(OLD)["path"]]
    subprocess.run(pip, check=True, capture_output=True)
    site = {path: entry for path, entry in board.tree().items() if path.startswith(str(board.site))}
    result = board.absent()
    assert result["ansible_facts"]["jetfleet"]["module"]["version"] == OLD
    assert {path: entry for path, entry in board.tree().items() if path.startswith(str(board.site))} == site
    assert not (board.prefix / "lib/libprotobuf.so.31").exists()


def test_another_run_is_waited_for_and_named(board: FakeBoard) -> None:
    os.mkdir(board.layout.folder)
    script = (
        "import fcntl, os, sys, time\nstream = open(sys.argv[1], 'w')\nfcntl.flock(stream, fcntl.LOCK_EX)\n"
        "print(os.getpid(), file=stream, flush=True)\nprint('held', flush=True)\ntime.sleep(60)"
    )
    command = [sys.executable, "-c", script, board.layout.lock]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(Refusal) as refused:
            board.present(board.options(NEW, lock_timeout=0))
        sentence = "Another run is changing this board (process {0}): let it finish, then run again."
        assert str(refused.value) == sentence.format(holder.pid)
        holder.kill()
    assert board.present(board.options(NEW))["changed"]


def test_children_do_not_inherit_the_lock(board: FakeBoard) -> None:
    with board_lock(board.layout, 0):
        (descriptor,) = [
            int(name)
            for name in os.listdir("/proc/self/fd")
            if os.path.lexists(f"/proc/self/fd/{name}") and os.readlink(f"/proc/self/fd/{name}") == board.layout.lock
        ]
        assert fcntl.fcntl(descriptor, fcntl.F_GETFD) & fcntl.FD_CLOEXEC


def test_lock_of_a_removed_folder_is_no_lock(board: FakeBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    flock = fcntl.flock

    def removed(descriptor: int, how: int) -> None:
        monkeypatch.undo()
        flock(descriptor, how)
        os.unlink(board.layout.lock)

    monkeypatch.setattr(fcntl, "flock", removed)
    with board_lock(board.layout, 5):
        assert os.path.exists(board.layout.lock)


def test_lock_of_dpkg_is_waited_for(board: FakeBoard) -> None:
    before = board.tree()
    with open(board.packages.admin / "lock", "w") as stream:
        fcntl.lockf(stream, fcntl.LOCK_EX)
        options = board.options(NEW, package=board.package("3.20.3+jetfleet.1", LIBRARY), dpkg_lock_timeout=1)
        start = time.monotonic()
        process = board.start("present", options)
        result = json.loads(process.communicate()[0])
    assert time.monotonic() - start >= 1
    assert result["rolled_back"] and board.tree() == before
    # dpkg before 1.20 does not say which process.
    holds = rf"Another process holds the lock of apt or dpkg on the board( \(process {os.getpid()}\))?: let it finish"
    assert re.match(holds, result["reason"])


def test_one_interpreter_a_board(board: FakeBoard) -> None:
    board.present(board.options(NEW))
    other = board.options(NEW, executable="/opt/other/python")
    with pytest.raises(Refusal, match=r"is managed on this board and not that of /opt/other/python: remove it first\."):
        board.present(other)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"adopt_files": ["/etc/passwd"]}, "/etc/passwd is not below"),
        ({"pip_install": []}, "pip_install is missing"),
        ({"wheel": {"name": "../x", "path": "/x", "sha256": "0", "version": "1"}}, "is not a valid file name"),
        ({"wheel": {"name": "x", "sha256": "0", "version": "1"}}, "needs a path or a url"),
        ({"wheel": {"name": "x", "sha256": "0", "version": "1", "path": "/none/x"}}, "/none/x cannot be read"),
        ({"executable": "/none/python"}, "/none/python does not exist"),
    ],
)
def test_bad_options_change_nothing(board: FakeBoard, changes: dict[str, Any], cause: str) -> None:
    before = board.tree()
    with pytest.raises(Refusal, match=cause):
        board.present(board.options(NEW, **changes))
    assert board.tree() == before
    assert not Path(board.layout.folder).exists()


def test_full_disk_is_noticed_first(board: FakeBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    before = board.tree()
    monkeypatch.setattr(os, "statvfs", lambda path: os.statvfs_result((4096, 4096, 1, 512, 512, 0, 0, 0, 0, 255)))
    # Room for the wheel itself, and not for what is in it.
    with pytest.raises(Refusal, match="has 2 MB free and [0-9]+ MB are needed: free some space, then run again"):
        board.present(board.options(NEW))
    assert board.tree() == before


@pytest.fixture
def finished(board: FakeBoard) -> Iterator[FakeBoard]:
    """Yield a board whose run was killed after everything but the end was done."""
    process = board.start("present", board.options(NEW, package=board.package("3.20.3+jetfleet.1", LIBRARY)))
    while f"__version__ = '{NEW}'" not in (board.site / "google/protobuf/__init__.py").read_text():
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(0.1)
    process.kill()
    process.communicate()
    yield board


def test_finishing_without_files(finished: FakeBoard) -> None:
    result = finished.present(finished.options(NEW, wheel=None))
    assert (result["failed"], result["changed"]) == (False, True), result
    assert left_behind(finished) == {"lock", "state.json", "original", "packages"}
    state = json.loads(Path(finished.layout.state).read_text())
    assert (state["wheel"]["name"][:15], state["package"]["version"]) == ("protobuf-3.20.3", "3.20.3+jetfleet.1")
    assert finished.absent()["ansible_facts"]["jetfleet"]["module"]["version"] == OLD


def test_finishing_what_is_not_healthy_is_undone(finished: FakeBoard) -> None:
    expected = {"python_version": "9", "linkage": None}
    result = finished.present(finished.options(NEW, wheel=None, expected=expected))
    assert result["rolled_back"] and result["msg"].endswith(f"put back to protobuf {OLD} (backend cpp).")
    assert not Path(finished.layout.folder).exists()


def test_nothing_to_do(board: FakeBoard) -> None:
    result = board.present(board.options(OLD, wheel=None))
    assert (result["failed"], result["changed"]) == (False, False)
    assert not Path(board.layout.folder).exists()


def test_kills(board: FakeBoard, capsys: pytest.CaptureFixture[str]) -> None:
    """After a kill at any moment, one more run of the same command makes the same board as an undisturbed run."""
    (board.prefix / "lib/libprotobuf.so.31").write_bytes(b"made by hand")
    original = board.tree(times=False)
    options = board.options(NEW, package=board.package("3.20.3+jetfleet.1", LIBRARY), constraint=True)
    start = time.monotonic()
    board.present(options)
    duration = time.monotonic() - start
    installed, kept = board.tree(times=False), left_behind(board)
    outcomes = {"original": 0, "installed": 0, "between": 0}
    for number, moment in enumerate(moments("unit", 1.1 * (duration + 0.5))):
        assert board.absent()["changed"]
        assert board.tree(times=False) == original
        process = board.start("present", options)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        found = board.tree(times=False)
        outcomes["original" if found == original else "installed" if found == installed else "between"] += 1
        if number % 3 == 2:
            board.absent()
            assert board.tree(times=False) == original
        assert not board.present(options)["failed"]
        assert (board.tree(times=False), left_behind(board)) == (installed, kept)
    with capsys.disabled():
        print(f" {KILLS} kills: {outcomes} ", end="")
