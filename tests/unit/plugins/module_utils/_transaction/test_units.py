# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of a real systemd are named after a change, restarted when asked, and go back with the board."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import Layout
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.proc import boot_id
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.systemd import Systemd, running_systemd
from ansible_collections.jetfleet.protobuf.tests.support.transactions import FakeBoard
from ansible_collections.jetfleet.protobuf.tests.support.waiting import wait_for

OLD, NEW = "3.19.6", "3.20.3"
UNIT = "detector.service"
# Parses with protobuf, and says with which.
DETECTOR = """
import sys, time
import google.protobuf
from google.protobuf.struct_pb2 import Struct
version = google.protobuf.__version__
with open(sys.argv[1], "a") as stream:
    stream.write(version + "\\n")
{fault}
while True:
    Struct.FromString(b"")
    time.sleep(0.05)
"""
# As a program that a new release breaks.
BREAKS = f"if version == '{NEW}': time.sleep(0.3); sys.exit('the detector needs protobuf {OLD}')"
# The end of a run between the restart and the commit.
KILLED = """
import os
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import commit
commit.commit = lambda layout, state: os._exit(9)
"""


class Service:
    """A detector that systemd runs."""

    def __init__(self, systemd: Systemd, board: FakeBoard, name: str) -> None:
        self.systemd, self.board, self.name = systemd, board, name
        self.log = board.root / f"{name}.log"

    def install(self, fault: str = "", kind: str = "") -> Service:
        """Make it run."""
        program = self.board.root / f"{self.name}.py"
        program.write_text(DETECTOR.format(fault=fault))
        self.systemd.add(self.name, f"[Service]\n{kind}\nExecStart={self.board.python} -B {program} {self.log}\n")
        self.systemd.run("start", self.name)
        wait_for(lambda: self.log.exists())
        return self

    @property
    def versions(self) -> list[str]:
        """The protobuf of each start so far."""
        return self.log.read_text().split()

    @property
    def state(self) -> str:
        return self.systemd.run("is-active", self.name)


@pytest.fixture(scope="module")
def systemd() -> Iterator[Systemd]:
    with running_systemd() as running:
        yield running


@pytest.fixture
def board(tmp_path: Path, installations: Installations, systemd: Systemd, monkeypatch: pytest.MonkeyPatch) -> FakeBoard:
    made = FakeBoard(tmp_path, installations, OLD)
    monkeypatch.setenv("DPKG_ADMINDIR", str(made.packages.admin))
    made.places |= {"systemctl": systemd.systemctl, "journalctl": systemd.journalctl, "systemd": systemd.booted}
    made.places["proc"] = f"/proc/{systemd.pid}/root/proc"
    made.layout = Layout(**made.places)
    return made


@pytest.fixture
def service(systemd: Systemd, board: FakeBoard) -> Iterator[Callable[..., Service]]:
    made = []

    def install(name: str = UNIT, **options: str) -> Service:
        made.append(Service(systemd, board, name).install(**options))
        return made[-1]

    yield install
    for item in made:
        systemd.run("stop", item.name)
        (systemd.units / item.name).unlink()
    systemd.run("daemon-reload")


def test_a_service_is_named_and_never_restarted_unasked(board: FakeBoard, service: Callable[..., Service]) -> None:
    detector = service()
    result = board.present(board.options(NEW))
    assert result["failed"] is False, result
    (found,) = result["restart_needed"]
    assert (found["unit"], found["user"], found["reason"]) == (UNIT, "root", "replaced")
    assert [Path(path).name.partition(".")[0] for path in found["files"]] == ["_api_implementation", "_message"]
    assert f"{UNIT}.py" in found["command"]
    assert detector.versions == [OLD]


def test_a_service_is_restarted_when_asked(board: FakeBoard, service: Callable[..., Service]) -> None:
    first, second = service("first.service"), service("second.service")
    result = board.present(board.options(NEW, restart_units=["second.service", "first.service"]))
    assert (result["failed"], result["restart_needed"], result["failed_units"]) == (False, [], []), result
    assert first.versions == second.versions == [OLD, NEW]
    began = [
        item.systemd.run("show", "--property=ActiveEnterTimestampMonotonic", "--value", item.name)
        for item in (second, first)
    ]
    # One after the other, each as long as it has to stay up.
    assert int(began[0]) + 1_000_000 <= int(began[1])
    # Where nothing changes, nothing is restarted.
    changed = board.layout.read_state()["module_changed"]
    assert changed["boot_id"] == boot_id()
    nothing = {"wheel": None, "restart_units": ["first.service"]}
    assert board.present(board.options(NEW, **nothing))["changed"] is False
    assert board.present(board.options(NEW, **nothing, constraint=True))["changed"] is True
    assert first.versions == [OLD, NEW]
    assert board.layout.read_state()["module_changed"] == changed
    # What was there before is noticed by a removal, too.
    result = board.absent(restart_units=["first.service"])
    assert first.versions == [OLD, NEW, OLD]
    assert [item["unit"] for item in result["restart_needed"]] == ["second.service"]
    assert board.absent(restart_units=["first.service"])["changed"] is False
    assert first.versions == [OLD, NEW, OLD]


@pytest.mark.parametrize("kind", ["", "Restart=always\nRestartSec=0", "Restart=always\nRestartSec=60"])
def test_a_service_that_does_not_stay_up_takes_the_board_back(
    board: FakeBoard, service: Callable[..., Service], kind: str
) -> None:
    other, detector = service("other.service"), service(kind=kind, fault=BREAKS)
    before = board.tree()
    result = board.present(board.options(NEW, restart_units=["other.service", UNIT]))
    assert (result["failed"], result["rolled_back"], result["changed"]) == (True, True, False)
    assert result["reason"].startswith(f"{UNIT} did not stay active for 1 s after its restart (it is ")
    assert result["reason"].endswith(f": the detector needs protobuf {OLD})")
    assert result["msg"] == f"{result['reason']}; the board was put back to protobuf {OLD} (backend cpp)."
    assert board.tree() == before
    assert other.versions == [OLD, NEW, OLD]
    assert (detector.versions[0], detector.versions[1], detector.versions[-1]) == (OLD, NEW, OLD)
    assert (detector.state, other.state, result["restart_needed"]) == ("active", "active", [])


def test_a_service_that_cannot_even_be_started(board: FakeBoard, service: Callable[..., Service]) -> None:
    detector = service(kind="ExecStartPre=-/bin/true")
    detector.systemd.add(UNIT, "[Service]\nExecStart=/nowhere\n")
    result = board.present(board.options(NEW, restart_units=[UNIT]))
    assert result["rolled_back"] is True
    # What it was put back to does not help it, which is said as well.
    (fault,) = result["failed_units"]
    assert result["msg"].endswith(f"; the board was put back to protobuf {OLD} (backend cpp); {fault}.")


def test_what_ends_by_itself_has_done_its_work(board: FakeBoard, systemd: Systemd) -> None:
    note = board.root / "note"
    systemd.add("once.service", f"[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo done >> {note}'\n")
    assert board.present(board.options(NEW, restart_units=["once.service"]))["failed"] is False
    assert note.read_text() == "done\n"
    systemd.add("once.service", f"[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo done >> {note}; exit 3'\n")
    result = board.absent(restart_units=["once.service"])
    assert result["reason"].startswith(
        "once.service did not stay active for 1 s after its restart (it is failed and its result exit-code: "
    )
    assert board.layout.read_state()


NO_NAME = "in restart_units is no name of a unit: give one such as detector.service."
REFUSED = {
    "detecter.service": "The unit detecter.service in restart_units does not exist on this board: correct the name, or name the unit "
    "for the boards that have it only.",
    "masked.service": "The unit masked.service in restart_units is masked: unmask it, or take it out of the list.",
    "broken.service": "The unit broken.service in restart_units cannot be loaded (bad-setting): repair its unit file.",
    "camera@.service": "The unit camera@.service in restart_units cannot be loaded (no answer): repair its unit file.",
    **{name: f"{name!r} {NO_NAME}" for name in ("detector", "--force.service", "a*.service", "a.service; reboot", "")},
}


def test_a_unit_that_cannot_be_restarted_is_refused(
    board: FakeBoard, service: Callable[..., Service], systemd: Systemd
) -> None:
    detector = service()
    (systemd.units / "masked.service").symlink_to("/dev/null")
    systemd.add("broken.service", "[Service]\nExecStart=\n")
    before = board.tree()
    for name, sentence in REFUSED.items():
        with pytest.raises(Refusal) as refused:
            board.present(board.options(NEW, restart_units=[UNIT, name]))
        assert str(refused.value) == sentence
    assert (board.tree(), detector.versions) == (before, [OLD])
    assert not Path(board.layout.folder).exists()


def test_a_board_without_systemd_is_refused(board: FakeBoard) -> None:
    board.layout.systemd = str(board.root / "run/systemd/system")
    with pytest.raises(
        Refusal, match=f"This board runs without systemd, and {UNIT} cannot be restarted: empty restart_units."
    ):
        board.present(board.options(NEW, restart_units=[UNIT]))
    assert board.present(board.options(NEW))["failed"] is False


@pytest.mark.parametrize("again", [{}, {"restart_units": [UNIT]}])
def test_a_killed_run_is_finished_with_its_units(board: FakeBoard, service: Callable[..., Service], again: Any) -> None:
    detector = service()
    options = board.options(NEW, restart_units=[UNIT])
    board.start("present", options, KILLED).communicate()
    assert board.layout.interrupted()
    result = board.present(board.options(NEW, **again))
    assert (result["failed"], result["restart_needed"]) == (False, []), result
    assert (detector.versions[0], detector.versions[-1], detector.state) == (OLD, NEW, "active")
    assert not board.layout.interrupted()


def test_a_killed_run_is_undone_with_its_units(board: FakeBoard, service: Callable[..., Service]) -> None:
    detector = service()
    before = board.tree(times=False)
    board.start("present", board.options(NEW, restart_units=[UNIT]), KILLED).communicate()
    assert detector.versions == [OLD, NEW]
    result = board.absent()
    assert (result["changed"], result["restart_needed"]) == (True, []), result
    assert (detector.versions, detector.state) == ([OLD, NEW, OLD], "active")
    assert board.tree(times=False) == before
