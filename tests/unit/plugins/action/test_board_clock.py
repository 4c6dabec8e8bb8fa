# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A board whose clock is wrong, in real plays on localhost: Python, which Ansible runs there, is told another time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import DESIRED, RULES
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play

SUBSETS = {"gather_subset": ["board", "python", "module", "libraries", "packages", "installation"]}
BEHIND = 7200


def tasks(folder: Path) -> list[dict[str, Any]]:
    behind = {"environment": {"PYTHONPATH": str(folder)}}
    return [
        {"name": "Right", "jetfleet.protobuf.protobuf_facts": {"gather_subset": ["board"]}},
        {"name": "Gather", "jetfleet.protobuf.protobuf_facts": {"gather_subset": ["board"]}, **behind},
        {
            "name": "Plan",
            "jetfleet.protobuf.protobuf_plan": {"facts_options": SUBSETS, "desired": DESIRED, "store": "/nowhere"},
            **behind,
        },
        {
            "name": "Assess",
            "jetfleet.protobuf.drift_assess": {"facts": SUBSETS, "desired": DESIRED, "rules": RULES},
            **behind,
        },
    ]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("clock")
    (folder / "sitecustomize.py").write_text(f"import time\nreal = time.time\ntime.time = lambda: real() - {BEHIND}\n")
    return play(folder, [{"hosts": "localhost", "gather_facts": False, "tasks": tasks(folder)}])


def offset(played: Played, task: str) -> float:
    found: float = played.result(task, "localhost")["ansible_facts"]["jetfleet"]["board"]["clock_offset_seconds"]
    return found


def test_the_clock_of_the_controller_is_right(played: Played) -> None:
    assert offset(played, "Right") == 0


@pytest.mark.parametrize("task", ["Gather", "Plan"])
def test_a_clock_that_is_behind_is_seen_by_the_controller(played: Played, task: str) -> None:
    found = offset(played, task)
    # It was read some seconds after the task began.
    assert -BEHIND <= found < -BEHIND + 60


def test_the_survey_tells_it(played: Played) -> None:
    (notice,) = (text for text in played.result("Plan", "localhost")["notices"] if "clock" in text)
    assert notice.startswith("The clock of the board is 119 minutes behind the controller's (it says 20")


def test_drift_finds_it(played: Played) -> None:
    rules = played.result("Assess", "localhost")["assessment"]["rules"]
    (rule,) = (rule for rule in rules if rule["rule"] == "clock")
    assert rule["outcome"] == "finding"
    assert rule["actual"].startswith("119 minutes behind the controller's (it says 20")
    assert rule["remedy"]["command"] == 'ssh localhost "sudo date --set=@$(date +%s)"'
