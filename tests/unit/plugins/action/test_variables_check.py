# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin variables_check in real plays on localhost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import RULES
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play

HOSTS = "board.invalid"
CHECK: dict[str, Any] = {
    # None of the hosts answers: whoever connected to one would fail.
    "hosts": HOSTS,
    "gather_facts": False,
    "tasks": [
        {
            "name": "Check",
            "jetfleet.protobuf.variables_check": {
                "boards": "{{ checked_pattern | default('boards') }}",
                "hosts": "{{ checked_hosts | default(groups['all']) }}",
                "rules": "{{ checked_rules | default(omit) }}",
            },
        }
    ],
}
NEW = {"title": "The version is right.", "query": "module.version", "equals": "3.6.0"}


def checked(folder: Path, boards: dict[str, Any], of_play: dict[str, Any] | None = None, **options: Any) -> Played:
    dead = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    hosts = {name: dead | variables for name, variables in boards.items()}
    return play(folder, [CHECK | {"vars": {"checked_rules": RULES} | (of_play or {})}], boards=hosts, **options)


def message(folder: Path, boards: dict[str, Any], **options: Any) -> str:
    """Return the sentences that the check fails with."""
    played = checked(folder, boards, **options)
    assert played.exit_status == 2
    assert "[WARNING]" not in played.output
    return str(played.result("Check", HOSTS)["msg"])


def test_rules_that_can_be_meant_pass(tmp_path: Path) -> None:
    boards = {
        "nano-1": {"jetfleet_drift_rules": {"tensorflow": {"severity": "error"}}},
        "nano-2": {
            "needs": "platform",
            "jetfleet_drift_host_rules": {"mine": NEW | {"title": "{{ inventory_hostname }}"}},
            "jetfleet_drift_host_exemptions": {"mine": {"reason": "{{ needs }}", "expires": "2026-12-31"}},
        },
        "nano-3": {},
    }
    played = checked(tmp_path, boards)
    result = played.result("Check", HOSTS)
    assert (result["boards"], result["changed"], "msg" in result) == (["nano-1", "nano-2", "nano-3"], False, False)
    assert played.exit_status == 0


def test_all_faults_are_told_at_once_with_their_hosts(tmp_path: Path) -> None:
    broken = {"backend": {"query": "module.backend = 'cpp'"}}
    boards = {
        "nano-1": {"jetfleet_drift_rules": broken},
        "nano-2": {
            "jetfleet_drift_rules": broken,
            "jetfleet_drift_exemptions": {"bakend": {"reason": "x", "expires": "soon"}},
        },
        "nano-3": {"fruit": "apple", "jetfleet_drift_group_rules": "{{ fruit }}"},
    }
    expected = [
        "In jetfleet_drift_rules of nano-1 and 1 more host, the query of the rule backend is not valid JMESPath at position 16 "
        "(module.backend HERE-->= 'cpp'): correct it there.",
        "In jetfleet_drift_exemptions of nano-2, the rule bakend is exempted and does not exist: did you mean backend.",
        "In jetfleet_drift_exemptions of nano-2, the exemption of bakend expires on soon, which is not a date: write it as 2026-12-31.",
        "In jetfleet_drift_group_rules of nano-3, the rules are a string, not a mapping: "
        "give a mapping from the id of a rule to the rule.",
    ]
    assert message(tmp_path, boards) == " ".join(expected)


def test_everything_else_is_reported_in_the_same_message(tmp_path: Path) -> None:
    boards = {"nano-1": {"jetfleet_grafs": []}, "nano-2": {"jetfleet_grafs": [], "libprotobuf_verson": "3.6.0"}}
    boards |= {"nano-3": {"libprotobuf_build_jobs": "all"}, "nano-4": {"rollout_strategy": "x", "survey_url": "y"}}
    assert message(tmp_path, boards, of_play={"jetfleet_artefact_source": "url", "checked_rules": "{{ omit }}"}) == (
        "jetfleet_grafs of nano-1 and 1 more host is not a variable of this collection: did you mean jetfleet_graphs. "
        "libprotobuf_verson of nano-2 is not a variable of this collection: did you mean libprotobuf_version. "
        "In jetfleet_artefact_url of nano-1 and 3 more hosts, the address is empty and jetfleet_artefact_source is url: "
        "set it to the address of a copy of the artefact store. "
        "In libprotobuf_build_jobs of nano-3, all is not a whole number: give the most compilers that may run at once, "
        "or 0 for as many as the cores and the memory allow."
    )


def test_a_run_without_boards_is_an_error(tmp_path: Path) -> None:
    assert message(tmp_path, {"nano-1": {}}, of_play={"checked_pattern": "jetsons,!broken"}) == (
        "No board in this run: the pattern jetsons,!broken (variable jetfleet_boards) matches no host; "
        "the inventory has the groups boards."
    )


def test_boards_that_limit_leaves_out_are_an_error_too(tmp_path: Path) -> None:
    assert message(tmp_path, {"nano-1": {}}, of_play={"checked_hosts": [HOSTS]}) == (
        "No board in this run: the pattern boards (variable jetfleet_boards) matches hosts of the inventory, "
        "and --limit leaves all of them out: name one of them there."
    )


def test_missing_packages_are_reported_at_once(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    without_rules = {"checked_rules": "{{ omit }}"}
    names = ["jmespath", "junitparser", "tabulate"]
    (hidden / "sitecustomize.py").write_text(f"import sys\nsys.modules.update(dict.fromkeys({names}))\n")
    assert message(tmp_path, {"nano-1": {}}, of_play=without_rules, environment={"PYTHONPATH": str(hidden)}) == (
        f"The controller's Python {sys.executable} lacks the packages jmespath, junitparser and tabulate: "
        f"run '{sys.executable} -m pip install jmespath junitparser tabulate'."
    )


def test_rules_that_cannot_be_read(tmp_path: Path) -> None:
    assert message(tmp_path, {"nano-1": {}}, of_play={"checked_rules": "/nowhere/rules.yml"}) == (
        "The rules in /nowhere/rules.yml cannot be read (No such file or directory): give a file that can."
    )
