# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of variables that are not valid are refused before a board is connected to, by every playbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import RULES
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play

CHECK = {
    "hosts": "boards",
    "gather_facts": False,
    "tasks": [
        {
            "name": "Check",
            "ansible.builtin.import_role": {"name": "jetfleet.protobuf.survey", "tasks_from": "check.yml"},
        }
    ],
}
DRIFT_CHECK = {
    "hosts": "boards",
    "gather_facts": False,
    "tasks": [
        {
            "name": "Check",
            "jetfleet.protobuf.variables_check": {
                "boards": "boards",
                "hosts": "{{ groups['boards'] }}",
                "rules": RULES,
            },
            "run_once": True,
        },
    ],
}
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


@pytest.mark.parametrize(("check", "task"), [(CHECK, "Check | Validate all variables"), (DRIFT_CHECK, "Check")])
def test_what_is_not_valid_is_refused(tmp_path: Path, check: dict[str, Any], task: str) -> None:
    played = checked(tmp_path, check)
    assert played.exit_status == 2
    (result,) = played.results[task].values()
    sentences = [f"In {text}" for text in result["msg"].split("In ")[1:]]
    of_graphs = [text.split()[3].rstrip(",") for text in sentences if text.startswith("In jetfleet_graphs ")]
    assert of_graphs == [*WRONG]
    assert (
        "In jetfleet_graphs of relative, b.pb is not an absolute path: give the path of a model file on the board."
        in result["msg"]
    )
    of_jobs = [text.split()[3].rstrip(",") for text in sentences if text.startswith("In libprotobuf_build_jobs ")]
    assert of_jobs == ["jobs_negative", "jobs_word", "jobs_half"]
    assert len(sentences) == len(of_graphs + of_jobs)
