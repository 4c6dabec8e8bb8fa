# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One rule over one document: the four outcomes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.evaluation import evaluate_rule
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import make_rule

RULE = {"title": "The backend is fast.", "query": "module.backend", "equals": {"query": "expected.backend"}}
DOCUMENT = {"module": {"backend": "upb", "copies": []}, "expected": {"backend": "cpp", "budget": None}}


def result(document: dict[str, Any], **change: Any) -> tuple[str, str | None, Any, Any]:
    rule = {key: value for key, value in RULE.items() if key != "equals" or not change.keys() & {"one_of", "at_most"}}
    return tuple(evaluate_rule(make_rule("fast", rule | change), document))


def test_a_rule_that_holds() -> None:
    document = DOCUMENT | {"module": {"backend": "cpp"}}
    assert result(document) == ("compliant", None, "cpp", "cpp")


def test_a_rule_that_is_broken() -> None:
    assert result(DOCUMENT) == ("finding", None, "cpp", "upb")
    assert result(DOCUMENT, one_of=["cpp", "python"]) == ("finding", None, ["cpp", "python"], "upb")
    assert result(DOCUMENT, equals=None) == ("finding", None, None, "upb")


@pytest.mark.parametrize(
    ("when", "outcome"), [("module.copies", "not_applicable"), ("`0`", "finding"), ("module", "finding")]
)
def test_when_is_true_as_jmespath_has_it(when: str, outcome: str) -> None:
    assert result(DOCUMENT, when=when)[0] == outcome


@pytest.mark.parametrize(
    ("change", "subsets"),
    [
        ({"query": "opencv.verdict"}, "subset opencv of the facts was"),
        ({"query": "environment"}, "subset python of the facts was"),
        ({"query": "[python, environment, protoc]"}, "subsets protoc and python of the facts were"),
        ({"equals": {"query": "load_time.seconds"}}, "subset load_time of the facts was"),
        ({"when": "installation.managed"}, "subset installation of the facts was"),
    ],
)
def test_what_was_not_gathered_is_not_evaluated(change: dict[str, Any], subsets: str) -> None:
    assert result(DOCUMENT, **change) == ("not_evaluated", f"The {subsets} not gathered.", None, None)


def test_what_does_not_apply_needs_no_facts() -> None:
    assert result(DOCUMENT, when="expected.budget", query="load_time.seconds")[0] == "not_applicable"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"query": "length(module.none)"}, "The query of the rule gives null to length(), which takes string"),
        ({"when": "length(module.none)"}, "The when of the rule gives null to length(), which takes string"),
        ({"equals": {"query": "keys(module.copies)"}}, "The query in equals of the rule gives array to keys(), which"),
        (
            {"at_most": {"query": "expected.budget"}},
            "What expected.budget gives is nothing, not a number: give a number.",
        ),
        (
            {"one_of": {"query": "expected.backend"}},
            "What expected.backend gives is a string, not a list: give a list.",
        ),
    ],
)
def test_what_fails_on_a_board_is_not_evaluated(change: dict[str, Any], sentence: str) -> None:
    outcome, reason, *_values = result(DOCUMENT, **change)
    assert outcome == "not_evaluated"
    assert (reason or "").startswith(sentence)
    assert (reason or "").endswith(".")
