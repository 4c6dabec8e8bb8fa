# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of many hosts: each once, with its variable, one host and the number of the others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules import validation
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.settings import Fault
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.validation import (
    VARIABLES,
    Layer,
    find_faults,
    sentences,
)

SHIPPED = {"backend": {"title": "x", "query": "module.backend", "equals": "cpp"}}
NEW = {"title": "x", "query": "module.version", "equals": "3.6.0"}
ENTRY = {"reason": "Not yet.", "expires": "2026-12-31"}


def found(rules: list[Any], exemptions: list[Any]) -> list[Fault]:
    return find_faults(
        SHIPPED,
        [Layer(f"rules-{number}", layer) for number, layer in enumerate(rules)],
        [Layer(f"exemptions-{number}", layer) for number, layer in enumerate(exemptions)],
    )


def texts(**values: Any) -> tuple[str, ...]:
    return tuple(json.dumps(values.get(name, unset)) for name, unset in VARIABLES.items())


def test_nothing_is_wrong_with_rules_that_can_be_meant() -> None:
    rules = [{"mine": NEW}, {"mine": {"severity": "info"}}, {"backend": {"equals": "upb"}}]
    assert found(rules, [{"mine": ENTRY}, {"backend": ENTRY}]) == []


def test_a_fault_is_told_of_the_variable_that_has_it() -> None:
    faults = found([{"backend": {"severity": "x"}}, {"bakend": {"severity": "info"}}], [{}, {"mine": ENTRY}])
    assert [fault.name for fault in faults] == ["rules-0", "rules-1", "exemptions-1"]
    assert faults[1].text.endswith("complete it, or did you mean backend")


def test_a_rule_with_a_fault_is_there_all_the_same() -> None:
    (fault,) = found([{"mine": "x"}], [{"mine": ENTRY}])
    assert fault == Fault(
        "rules-0", "the rule mine is a string, not a mapping: give it a query, a comparison and a title"
    )


def test_variables_that_are_no_mappings() -> None:
    faults = found(["x", {"mine": {"severity": "info"}}], [[]])
    assert [fault.name for fault in faults] == ["rules-0", "rules-1", "exemptions-0"]


def test_hosts_with_the_same_fault_share_a_sentence() -> None:
    broken = texts(jetfleet_drift_host_rules={"backend": {"severity": "x"}})
    other = texts(jetfleet_drift_host_rules={"backend": {"severity": "x"}}, jetfleet_drift_exemptions={"x": ENTRY})
    told = sentences(SHIPPED, [("a", texts()), ("b", broken), ("c", other), ("d", broken)])
    assert told == [
        "In jetfleet_drift_host_rules of b and 2 more hosts, the severity of the rule backend is x: choose error, warning or info.",
        "In jetfleet_drift_exemptions of c, the rule x is exempted and does not exist: there are backend.",
    ]
    assert sentences(SHIPPED, [("b", broken), ("d", broken)])[0].startswith(
        "In jetfleet_drift_host_rules of b and 1 more host, "
    )


def test_model_files_are_checked_with_the_rules() -> None:
    hosts = [("a", texts(jetfleet_graphs="/a.pb")), ("b", texts(jetfleet_graphs=["a.pb"])), ("c", texts())]
    assert sentences(SHIPPED, hosts) == [
        "In jetfleet_graphs of a, the model files are a string, not a list: give a list of absolute paths on the board.",
        "In jetfleet_graphs of b, a.pb is not an absolute path: give the path of a model file on the board.",
    ]


def test_the_same_variables_are_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    check = validation.find_faults

    def counted(*arguments: Any) -> list[Fault]:
        seen.append(arguments)
        return check(*arguments)

    monkeypatch.setattr(validation, "find_faults", counted)
    hosts = [(f"board-{number}", texts(jetfleet_drift_rules={"backend": {"severity": "x"}})) for number in range(1000)]
    (sentence,) = sentences(SHIPPED, hosts)
    assert sentence.startswith("In jetfleet_drift_rules of board-0 and 999 more hosts, ")
    assert len(seen) == 1
