# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another process imports protobuf while a board is changed, and never fails.

There are 10 imports of each kind for each of JETFLEET_KILLS (default 3; 1000 are asked for with 100).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.chance import KILLS
from ansible_collections.jetfleet.protobuf.tests.support.import_watcher import KINDS, ImportWatcher
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.transactions import FakeBoard, Result

OLD, NEW = "3.19.6", "3.20.3"
IMPORTS = 10 * KILLS


class Transition(NamedTuple):
    """A change of a board: what does it, and what an import may find meanwhile and finds in the end."""

    name: str
    run: Callable[[], Result]
    allowed: tuple[str, ...]
    rolled_back: bool = False


@pytest.fixture
def board(tmp_path: Path, installations: Installations, monkeypatch: pytest.MonkeyPatch) -> FakeBoard:
    made = FakeBoard(tmp_path / "board", installations, OLD)
    monkeypatch.setenv("DPKG_ADMINDIR", str(made.packages.admin))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SUDO_USER", raising=False)
    return made


def transitions(board: FakeBoard) -> list[Transition]:
    """Return changes that lead back to the board of the beginning."""
    old, new = board.options(OLD), board.options(NEW)
    fails = new | {"expected": {"python_version": "9.9.9"}}
    return [
        Transition("install", lambda: board.present(new), (OLD, NEW)),
        Transition("restore", lambda: board.present(old), (NEW, OLD)),
        Transition("fail", lambda: board.present(fails), (NEW, OLD), rolled_back=True),
        Transition("upgrade", lambda: board.present(new), (OLD, NEW)),
        Transition("remove", board.absent, (NEW, OLD)),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_import_succeeds(board: FakeBoard, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    cycle = transitions(board)
    imports: Counter[str] = Counter()
    faults: dict[str, list[str]] = {one.name: [] for one in cycle}
    while min(imports[one.name] for one in cycle) < IMPORTS:
        for transition in cycle:
            with ImportWatcher(board.python, {"HOME": str(board.root)}, kind) as watcher:
                result = transition.run()
                watcher.wait_for(1)
            assert result["rolled_back"] is transition.rolled_back, result
            imports[transition.name] += watcher.seen.count
            faults[transition.name] += watcher.seen.faults(*transition.allowed)
            assert watcher.seen.last == transition.allowed[1], "the import after the end finds something else"
    counts = {one.name: f"{imports[one.name]} ({len(faults[one.name])} failed)" for one in cycle}
    with capsys.disabled():
        print(f" {kind}: {counts} ", end="")
    assert not any(faults.values()), "\n".join(fault for found in faults.values() for fault in found)
