# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of variables that cannot be meant are refused before a board is connected to: lists of model files by drift, too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import RULES
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play

CHECK = {
    "hosts": "boards",
    "gather_facts": False,
    "tasks": [
        {
            "name": "Check",
            "ansible.builtin.import_role": {"name": "jetfleet.protobuf.survey", "tasks_from": "check_variables.yml"},
        }
    ],
}
DRIFT_CHECK = {
    "hosts": "boards",
    "gather_facts": False,
    "tasks": [
        {"name": "Check", "jetfleet.protobuf.drift_check": {"rules": RULES, "hosts": "{{ groups['boards'] }}"}},
    ],
}
REFUSAL = "Refuse model files that cannot be meant"
GRAPHS: dict[str, Any] = {
    "string": "/opt/a.pb",
    "mapping": {"/opt/a.pb": 1},
    "nothing": None,
    "number": 7,
    "relative": ["/opt/a.pb", "b.pb"],
    "list": ["/opt/a.pb", "/opt/b.pb"],
    "template": ["/opt/{{ inventory_hostname }}.pb"],
    "empty": [],
}
JOBS: dict[str, Any] = {"default": 0, "two": 2, "given": "3", "negative": -1, "word": "all", "half": 0.5}
WRONG = ("string", "mapping", "nothing", "number", "relative")


def checked(folder: Path, check: dict[str, Any]) -> Played:
    """Run the check over boards of which none answers: whoever connected to one would fail with another sentence."""
    dead = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    boards = {name: dead | {"jetfleet_graphs": value} for name, value in GRAPHS.items()} | {"unset": dead}
    boards |= {f"jobs_{name}": dead | {"libprotobuf_build_jobs": value} for name, value in JOBS.items()}
    return play(folder, [check], boards=boards)


def test_survey_refuses_what_is_no_list_of_absolute_paths(tmp_path: Path) -> None:
    played = checked(tmp_path, CHECK)
    # What is skipped has no result, and nothing is ever done on success.
    results = played.results[REFUSAL]
    assert set(results) == {*WRONG}
    assert played.exit_status == 2
    assert results["relative"]["msg"] == (
        'jetfleet_graphs of relative is ["/opt/a.pb", "b.pb"]: give a list of absolute paths on the board.'
    )
    refused = played.results["Refuse a number of compilers that cannot be meant"]
    assert set(refused) == {"jobs_negative", "jobs_word", "jobs_half"}
    assert refused["jobs_word"]["msg"] == (
        "libprotobuf_build_jobs of jobs_word is all: give the most compilers that may run at once, or 0 for as many as its cores and "
        "its memory allow."
    )


def test_drift_refuses_the_same(tmp_path: Path) -> None:
    faults = checked(tmp_path, DRIFT_CHECK).result("Check", "string")["faults"]
    assert [fault.split()[3].rstrip(",") for fault in faults] == [*WRONG]
