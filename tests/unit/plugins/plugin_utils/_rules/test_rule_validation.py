# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that cannot be meant are named with what is wrong and what to do."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rule_validation import layer_faults, unfinished

RULE: dict[str, Any] = {
    "title": "The backend is fast.",
    "description": "More about it.",
    "query": "module.backend",
    "when": "module.status == 'ok'",
    "equals": {"query": "expected.backend"},
    "severity": "warning",
    "remedy": {"text": "Provision {host}.", "command": "ssh {host} true"},
}


def fault(change: dict[str, Any]) -> str:
    (found,) = layer_faults({"fast": RULE | change})
    assert ": " in found
    assert not found.endswith(".")
    return found


def test_a_whole_rule_has_no_fault() -> None:
    assert layer_faults({"fast": RULE}) == []


@pytest.mark.parametrize("field", ["description", "when", "remedy"])
def test_null_takes_a_field_away(field: str) -> None:
    assert layer_faults({"fast": {field: None}}) == []


@pytest.mark.parametrize("change", [{"severity": "info"}, {"equals": None}, {"equals": {"query": "a", "x": 1}}, {}])
def test_a_part_of_a_rule_has_no_fault(change: dict[str, Any]) -> None:
    assert layer_faults({"fast": change}) == []


@pytest.mark.parametrize("rules", [None, "x", [], 3])
def test_rules_that_are_no_mapping(rules: Any) -> None:
    (found,) = layer_faults(rules)
    assert found.endswith("not a mapping: give a mapping from the id of a rule to the rule")


@pytest.mark.parametrize("name", ["Fast", "fast_one", "1fast", "-fast", ""])
def test_an_id_of_other_characters(name: str) -> None:
    (found,) = layer_faults({name: RULE})
    assert found == f"the id {name} of a rule is not made of small letters, digits and hyphens: rename it"


def test_a_rule_that_is_no_mapping() -> None:
    (found,) = layer_faults({"fast": "cpp"})
    assert found == "the rule fast is a string, not a mapping: give it a query, a comparison and a title"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"querry": "module"}, "the rule fast has the unknown field querry: did you mean query"),
        ({"zzz": 1}, "the rule fast has the unknown field zzz: there are at_least, at_most, description, equals,"),
        ({"title": 3}, "the title of the rule fast is a number, not a string: give a sentence"),
        ({"title": None}, "the title of the rule fast is nothing, not a string: give a sentence"),
        ({"title": " "}, "the title of the rule fast is empty: give a sentence"),
        ({"description": ["x"]}, "the description of the rule fast is a list, not a string: give a sentence"),
        ({"query": None}, "the query of the rule fast is nothing, not a string: give a JMESPath expression"),
        (
            {"query": "module."},
            "the query of the rule fast is not valid JMESPath at position 8 (module.HERE-->): correct it there",
        ),
        ({"when": "lenght(protoc)"}, "the when of the rule fast calls lenght(), which is not a function of JMESPath"),
        ({"when": True}, "the when of the rule fast is a boolean, not a string: give a JMESPath expression"),
        (
            {"equals": {"query": "a b"}},
            "the query in equals of the rule fast is not valid JMESPath at position 3 (a HERE-->b)",
        ),
        ({"equals": {"query": 3}}, "the query in equals of the rule fast is a number, not a string: give a JMESPath"),
        ({"matches": "x"}, "the rule fast has the comparisons equals and matches: keep one"),
        ({"severity": "fatal"}, "the severity of the rule fast is fatal: choose error, warning or info"),
        ({"severity": ["info"]}, 'the severity of the rule fast is ["info"]: choose error, warning or info'),
        ({"remedy": "Do it"}, "the remedy of the rule fast is not a mapping with a text: give it a text"),
        ({"remedy": {"command": "x"}}, "the remedy of the rule fast is not a mapping with a text: give it a text"),
        (
            {"remedy": {"text": "x", "comand": "y"}},
            "the remedy of the rule fast has the unknown field comand: did you mean command",
        ),
        (
            {"remedy": {"text": "x", "command": 3}},
            "the command of the remedy of the rule fast is a number, not a string",
        ),
        ({"remedy": {"text": "{x}"}}, "the text of the remedy of the rule fast has an unknown placeholder {x}: "),
        ({"remedy": {"text": "x", "command": "a {"}}, "the command of the remedy of the rule fast has a brace without"),
    ],
)
def test_a_field_with_a_fault(change: dict[str, Any], sentence: str) -> None:
    assert fault(change).startswith(sentence)


@pytest.mark.parametrize(
    ("comparison", "operand", "sentence"),
    [
        ("one_of", "cpp", "one_of of the rule fast is a string, not a list: give a list"),
        ("matches", "(", "matches of the rule fast is not a valid regular expression ((, missing )"),
        ("at_most", "5", "at_most of the rule fast is a string, not a number: give a number"),
        ("satisfies", "x", "satisfies of the rule fast names no versions (x): give version specifiers"),
    ],
)
def test_an_operand_with_a_fault(comparison: str, operand: Any, sentence: str) -> None:
    (found,) = layer_faults({"fast": {comparison: operand}})
    assert found.startswith(sentence)


def test_all_faults_are_told_at_once() -> None:
    found = layer_faults({"fast": RULE | {"query": "", "severity": "x", "colour": 1}, "Slow": "x"})
    assert len(found) == 5


def test_a_new_rule_needs_title_query_and_comparison() -> None:
    assert unfinished(["backend"], [{"fast": RULE}, {}]) == [[], []]
    assert unfinished(["backend"], [{"fast": {"severity": "info"}}]) == [
        ["the rule fast has no title, no query and no comparison: complete it"]
    ]
    assert unfinished([], [{"fast": {"title": "x", "query": "y"}}]) == [
        ["the rule fast has no comparison: complete it"]
    ]


def test_a_rule_that_is_not_new_needs_nothing() -> None:
    assert unfinished(["backend"], [{"backend": {"severity": "info"}}]) == [[]]


def test_a_misspelt_rule_is_a_new_one_that_lacks_everything() -> None:
    ((found,),) = unfinished(["backend", "platform"], [{"bakend": {"severity": "info"}}])
    assert found.endswith(": complete it, or did you mean backend")


def test_a_later_layer_can_complete_a_rule() -> None:
    parts: list[dict[str, Any]] = [{"fast": {"title": "x"}}, {"fast": {"query": "y"}}, {"fast": {"at_most": 5}}]
    assert unfinished([], parts) == [[], [], []]
    assert unfinished([], parts[:2]) == [["the rule fast has no comparison: complete it"], []]
