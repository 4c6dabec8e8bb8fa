# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin drift_assess in real plays on localhost, with the facts of this very machine."""

from __future__ import annotations

import datetime
import importlib
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.action import drift_assess
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import board_rules, shipped_rules
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import DESIRED, RULES
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play

SUBSETS = {"gather_subset": ["board", "python", "module", "libraries", "packages", "installation"]}
ALWAYS = {
    "title": "This is always broken.",
    "query": "board.architecture",
    "equals": None,
    "remedy": {"text": "Look at {host}.", "command": "ssh {host} {executable}"},
}
TOOLS = {"title": "A tool is missing.", "query": "tools.missing", "equals": ["none"]}
EXEMPTIONS = {
    # As YAML has it without quotes.
    "later": {"reason": "It is {{ inventory_hostname }}.", "expires": datetime.date(2999, 12, 31)},
    "over": {"reason": "It was needed.", "expires": "2020-01-01"},
}
EARLIER = {"over": {"reason": "It is another one.", "expires": datetime.date(2999, 12, 31)}}


def survey(name: str, **options: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {"rules": RULES, "desired": DESIRED, "facts": SUBSETS, **options}
    return {"name": name, "jetfleet.protobuf.drift_assess": arguments, "ignore_errors": True}


def surveyed(folder: Path, tasks: list[dict[str, Any]], hosts: str = "localhost", **options: Any) -> Played:
    return play(folder, [{"hosts": hosts, "gather_facts": False, "tasks": tasks}], **options)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One run with all that needs a board that answers."""
    mine = [{"now": ALWAYS, "later": ALWAYS, "over": ALWAYS}, {"now": {"severity": "warning"}}, {}]
    tasks = [
        survey("Mine", custom_rules=mine, exemptions=[EARLIER, "{{ own | to_json }}", {}])
        | {"vars": {"own": EXEMPTIONS}},
        {
            "name": "By name",
            "vars": {
                "own": {"now": ALWAYS, "later": ALWAYS, "over": ALWAYS},
                "none": {},
                "exemptions": EXEMPTIONS,
                "wanted": DESIRED | {"version": "{{ v }}"},
            }
            | {"v": DESIRED["version"], "read": SUBSETS},
            "jetfleet.protobuf.drift_assess": {
                "from_variables": {
                    "custom_rules": ["own", "none"],
                    "exemptions": ["exemptions"],
                    "desired": "wanted",
                    "facts": "read",
                },
            },
            "ignore_errors": True,
        },
        survey("Tools", facts={"gather_subset": ["all", "!opencv", "!load_time"]}, custom_rules=[{"now": TOOLS}]),
        survey("Twice", from_variables={"rules": "own"}),
        survey("No option", from_variables={"colour": "inventory_hostname"}),
        survey("No mapping", from_variables=["rules"]),
        survey("Options", facts={"timeout": -1}),
        survey("Subsets", facts={"gather_subset": ["module"]}),
        survey("Version", desired=DESIRED | {"version": "3.5.0"}),
    ]
    return surveyed(tmp_path_factory.mktemp("survey"), tasks)


def rule(played: Played, name: str) -> dict[str, Any]:
    (found,) = [entry for entry in played.result("Mine", "localhost")["assessment"]["rules"] if entry["rule"] == name]
    return dict(found)


def test_the_result_is_an_assessment_and_nothing_else(played: Played) -> None:
    result = played.result("Mine", "localhost")
    assert {name for name in result if not name.startswith("_")} <= {
        "changed",
        "assessment",
        "warnings",
        "deprecations",
    }
    assert result["changed"] is False
    assert result["assessment"]["status"] == "drift"
    assert result["assessment"]["board"]["architecture"] in ("amd64", "arm64")
    names = [entry["rule"] for entry in result["assessment"]["rules"]]
    assert names == [shipped.name for shipped in shipped_rules(os.path.realpath(RULES))[1]] + ["later", "now", "over"]


def test_a_finding_has_its_remedy_filled_in(played: Played) -> None:
    found = rule(played, "now")
    assert (found["outcome"], found["severity"], found["expected"]) == ("finding", "warning", None)
    assert found["remedy"] == {"text": "Look at localhost.", "command": "ssh localhost /usr/bin/python3"}


def test_exemptions_hold_until_their_day(played: Played) -> None:
    later = rule(played, "later")
    assert (later["outcome"], later["reason"], later["expires"]) == ("exempted", "It is localhost.", "2999-12-31")
    assert rule(played, "over")["reason"] == "The exemption (It was needed) has expired on 2020-01-01."


def test_options_can_be_given_as_names_of_variables(played: Played) -> None:
    own = [
        (entry["rule"], entry["outcome"])
        for entry in played.result("By name", "localhost")["assessment"]["rules"]
        if entry["rule"] in ("later", "now", "over")
    ]
    assert own == [("later", "exempted"), ("now", "finding"), ("over", "finding")]


def test_tools_are_looked_at_where_a_rule_asks_for_them(played: Played) -> None:
    (found,) = [entry for entry in played.result("Tools", "localhost")["assessment"]["rules"] if entry["rule"] == "now"]
    assert (found["outcome"], found["actual"]) == ("finding", [])


@pytest.mark.parametrize(
    ("custom", "subset", "asked"),
    [
        ({}, ["all"], ["all", "!tools"]),
        ({}, ["!opencv"], ["!opencv", "!tools"]),
        ({"now": TOOLS}, ["all"], ["all"]),
        ({"now": {**ALWAYS, "when": "tools.pip"}}, ["all"], ["all"]),
        ({"now": {**ALWAYS, "equals": {"query": "tools.missing"}}}, ["all"], ["all"]),
        ({}, ["python", "tools"], ["python", "tools"]),
        ({}, None, None),
    ],
)
def test_tools_that_no_rule_asks_for_are_left_out(custom: Any, subset: Any, asked: Any) -> None:
    rules = board_rules(os.path.realpath(RULES), [custom])
    assert drift_assess._needed({"gather_subset": subset, "timeout": 9}, rules) == {
        "gather_subset": asked,
        "timeout": 9,
    }


def test_what_was_not_gathered_is_not_evaluated(played: Played) -> None:
    assert rule(played, "opencv")["reason"] == "The subset opencv of the facts was not gathered."


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        ("Twice", "rules is given by itself and in from_variables: give it once."),
        (
            "No option",
            "Unsupported parameters for (ansible_collections.jetfleet.protobuf.plugins.action.drift_assess) module: colour.",
        ),
        ("No mapping", "argument 'from_variables' is of type <class 'list'> and we were unable to convert to dict"),
        ("Options", "timeout is -1: give a number greater than 0."),
        ("Subsets", "The facts lack board, python, environment, libraries, packages, installation: gather"),
        ("Version", "protobuf 3.5.0 is not supported: choose a release from 3.6.0 to 3.21.12."),
    ],
)
def test_a_survey_that_fails_says_why_in_one_sentence(played: Played, task: str, sentence: str) -> None:
    result = played.result(task, "localhost")
    assert result["msg"].startswith(sentence)
    assert "\n" not in result["msg"]
    assert "assessment" not in result


def test_wrong_rules_are_refused_before_the_board_is_connected_to(tmp_path: Path) -> None:
    boards = {"dead": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}}
    exemptions = [{"bakend": {"reason": "x", "expires": "2026-12-31"}}]
    tasks = [
        survey("Rules", custom_rules=[{"backend": {"severity": "x"}}], exemptions=exemptions),
        survey("Exemptions", exemptions=[{"backend": {"reason": "x", "expires": "soon"}}]),
        survey("File", rules="/nowhere/rules.yml"),
        survey("Dead") | {"ignore_unreachable": True},
    ]
    played = surveyed(tmp_path, tasks, "boards", boards=boards)
    assert played.result("Rules", "dead")["msg"] == (
        "In custom_rules, the severity of the rule backend is x: choose error, warning or info. "
        "In exemptions, the rule bakend is exempted and does not exist: did you mean backend."
    )
    assert "of backend expires on soon, which is not a date" in played.result("Exemptions", "dead")["msg"]
    assert "/nowhere/rules.yml cannot be read (No such file or directory)" in played.result("File", "dead")["msg"]
    assert played.result("Dead", "dead")["unreachable"]


def test_without_jmespath_there_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "shadow"
    broken.mkdir()
    (broken / "jmespath.py").write_text("raise ImportError('not here')\n")
    played = surveyed(tmp_path, [survey("Survey")], environment={"PYTHONPATH": str(broken)})
    assert played.result("Survey", "localhost")["msg"] == (
        f"The controller's Python {sys.executable} lacks the package jmespath: "
        f"run '{sys.executable} -m pip install jmespath'."
    )


def test_the_shipped_rules_are_read_when_the_plugin_is_imported() -> None:
    """Ansible imports it in the process that forks the workers, so that no worker has to read them."""
    shipped_rules.cache_clear()
    importlib.reload(drift_assess)
    assert shipped_rules.cache_info().currsize == 1
    shipped_rules(os.path.realpath(RULES))
    assert shipped_rules.cache_info().hits == 1
