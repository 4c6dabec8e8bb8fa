# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin drift_check in real plays on localhost."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.action.drift_check import _Variables
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules import validation
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import shipped_rules
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import RULES
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play

CHECK: dict[str, Any] = {
    # There is no host of that name, and none of the boards answers: whoever connected to one would fail.
    "hosts": "board.invalid",
    "gather_facts": False,
    "tasks": [
        {
            "name": "Check",
            "jetfleet.protobuf.drift_check": {"rules": RULES, "hosts": "{{ groups['boards'] }}"},
        }
    ],
}
NEW = {"title": "The version is right.", "query": "module.version", "equals": "3.6.0"}


def checked(folder: Path, boards: dict[str, Any], **options: Any) -> Played:
    dead = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    return play(folder, [CHECK], boards={name: dead | variables for name, variables in boards.items()}, **options)


def test_rules_that_can_be_meant_pass(tmp_path: Path) -> None:
    boards = {
        "nano-1": {"drift_rules": {"tensorflow": {"severity": "error"}}},
        "nano-2": {
            "needs": "platform",
            "drift_host_rules": {"mine": NEW | {"title": "{{ inventory_hostname }}"}},
            "drift_host_exemptions": {"mine": {"reason": "{{ needs }}", "expires": "2026-12-31"}},
        },
        "nano-3": {},
    }
    played = checked(tmp_path, boards)
    result = played.result("Check", "board.invalid")
    assert (result["faults"], result["changed"], "msg" in result) == ([], False, False)
    assert played.exit_status == 0


def test_all_faults_are_told_at_once_with_their_hosts(tmp_path: Path) -> None:
    broken = {"backend": {"query": "module.backend = 'cpp'"}}
    boards = {
        "nano-1": {"drift_rules": broken},
        "nano-2": {"drift_rules": broken, "drift_exemptions": {"bakend": {"reason": "x", "expires": "soon"}}},
        "nano-3": {"fruit": "apple", "drift_group_rules": "{{ fruit }}"},
    }
    played = checked(tmp_path, boards)
    result = played.result("Check", "board.invalid")
    assert result["faults"] == [
        "In drift_rules of nano-1 and 1 more host, the query of the rule backend is no JMESPath at position 16 "
        "(module.backend HERE-->= 'cpp'): correct it there.",
        "In drift_exemptions of nano-2, the rule bakend is exempted and does not exist: did you mean backend.",
        "In drift_exemptions of nano-2, the exemption of bakend expires on soon, which is no day: write it as 2026-12-31.",
        "In drift_group_rules of nano-3, the rules are a string and no mapping: "
        "give a mapping from the id of a rule to the rule.",
    ]
    assert result["msg"] == " ".join(result["faults"])
    assert played.exit_status == 2


def test_without_jmespath_there_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "shadow"
    broken.mkdir()
    (broken / "jmespath.py").write_text("raise ImportError('not here')\n")
    played = checked(tmp_path, {"nano-1": {}}, environment={"PYTHONPATH": str(broken)})
    assert played.exit_status == 2
    assert played.result("Check", "board.invalid")["msg"] == (
        "drift_check needs the Python packages jmespath and packaging on the controller: "
        "install them with 'pip install jmespath packaging'."
    )


class Hostvars:
    """Variables as Ansible hands them out: raw ones, and templated ones on request."""

    def __init__(self, raw: dict[str, Any], templated: dict[str, Any] | None = None) -> None:
        self.raw, self.templated = raw, templated or {}

    def raw_get(self, host: str) -> Any:
        return self.raw[host]

    def __getitem__(self, host: str) -> Any:
        return self.templated[host]


def faults(hostvars: Hostvars) -> list[str]:
    definitions = shipped_rules(os.path.realpath(RULES))[0]
    return validation.sentences(definitions, _Variables(hostvars).of(list(hostvars.raw)))


def test_a_date_of_yaml_is_a_day() -> None:
    exemptions = {"backend": {"reason": "x", "expires": datetime.date(2026, 12, 31)}}
    assert faults(Hostvars({"nano-1": {"drift_exemptions": exemptions}})) == []


def test_only_what_has_templates_is_templated() -> None:
    raw = {name: {"drift_rules": "{{ mine }}"} for name in ("nano-1", "nano-2")}
    templated = {"nano-1": {"drift_rules": {"mine": NEW}}, "nano-2": {"drift_rules": {"mine": {}}}}
    (fault,) = faults(Hostvars(raw, templated))
    assert fault.startswith("In drift_rules of nano-2, the rule mine has no title")


def test_a_key_that_is_no_string_is_refused() -> None:
    rules = {datetime.date(2026, 12, 31): NEW}
    with pytest.raises(ValueError, match="In drift_rules of nano-1, a key is not a string: put quotes around it"):
        faults(Hostvars({"nano-1": {"drift_rules": rules}}))
