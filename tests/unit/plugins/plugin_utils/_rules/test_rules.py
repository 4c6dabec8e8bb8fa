# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules: read from a file, merged, compiled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.expressions import Expression
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import (
    board_rules,
    make_rule,
    merge,
    read_rules,
    shipped_rules,
)

BACKEND: dict[str, Any] = {
    "title": "The backend is fast.",
    "query": "module.backend",
    "when": "module.status == 'ok'",
    "equals": "cpp",
    "remedy": {"text": "Provision it."},
}
VERSION = {"title": "The version is right.", "query": "module.version", "equals": {"query": "expected.python_version"}}


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "rules.yml"
    path.write_text(
        "backend:\n  title: The backend is fast.\n  query: module.backend\n  equals: cpp\n"
        "version:\n  title: The version is right.\n  query: module.version\n  matches: ^3\n  severity: info\n"
    )
    return str(path)


def test_a_rule_is_compiled() -> None:
    rule = make_rule("backend", BACKEND)
    assert (rule.name, rule.title, rule.comparison, rule.operand) == ("backend", BACKEND["title"], "equals", "cpp")
    assert (rule.query.text, rule.when and rule.when.text) == (BACKEND["query"], BACKEND["when"])
    assert rule.severity == "error"
    assert rule.remedy == {"text": "Provision it.", "command": None}


def test_an_operand_can_be_an_expression() -> None:
    operand = make_rule("version", VERSION).operand
    assert isinstance(operand, Expression)
    assert operand.roots == {"expected"}
    assert make_rule("x", VERSION | {"equals": {"query": "a", "b": 1}}).operand == {"query": "a", "b": 1}


def test_what_a_rule_can_do_without() -> None:
    rule = make_rule("version", VERSION | {"severity": "info", "when": None, "remedy": None})
    assert (rule.when, rule.remedy, rule.severity) == (None, None, "info")


def test_later_layers_change_single_fields() -> None:
    merged = merge([{"backend": BACKEND}, {"backend": {"severity": "info"}}, {"version": VERSION}])
    assert merged == {"backend": BACKEND | {"severity": "info"}, "version": VERSION}
    assert "severity" not in BACKEND


@pytest.mark.parametrize("comparison", [{"one_of": ["cpp", "upb"]}, {"equals": "upb"}, {"equals": None}])
def test_a_comparison_takes_the_place_of_the_other_one(comparison: dict[str, Any]) -> None:
    merged = merge([{"backend": BACKEND}, {"backend": comparison}])["backend"]
    assert {key: merged[key] for key in merged if key in ("equals", "one_of")} == comparison


def test_null_takes_a_field_away() -> None:
    merged = merge([{"backend": BACKEND}, {"backend": {"when": None, "remedy": None}}])
    rule = make_rule("backend", merged["backend"])
    assert (rule.when, rule.remedy) == (None, None)


def test_the_rules_of_a_board(file: str) -> None:
    shipped = shipped_rules(file)[1]
    assert [rule.name for rule in shipped] == ["backend", "version"]
    assert board_rules(file, [{}, {}]) is shipped
    changed = board_rules(file, [{"mine": VERSION}, {"backend": {"equals": "upb"}}])
    assert [(rule.name, rule.operand) for rule in changed[:2]] == [("backend", "upb"), ("version", "^3")]
    assert changed[1] is shipped[1]
    assert changed[2] == make_rule("mine", VERSION)


def test_a_file_is_read_once(file: str) -> None:
    shipped = shipped_rules(file)
    Path(file).unlink()
    assert shipped_rules(file) is shipped


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a: [", "The rules in PATH are not valid YAML (while parsing a flow node"),
        ("- a", "In PATH, the rules are a list, not a mapping: give a mapping from the id of a rule to the rule."),
        ("", "In PATH, the rules are nothing, not a mapping: give"),
        ("fast: {query: module}", "In PATH, the rule fast has no title and no comparison: complete it."),
        ("fast: {colour: 1}\nslow: {size: 1}", "In PATH, the rule slow has the unknown field size: there are"),
    ],
)
def test_a_file_with_faults_is_refused(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(content)
    with pytest.raises(ValueError) as caught:
        read_rules(str(path))
    assert sentence.replace("PATH", str(path)) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["none.yml", "."])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be read .*: give a file that can"):
        read_rules(str(tmp_path / name))


def test_a_file_of_bytes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ValueError, match="are not valid YAML"):
        read_rules(str(tmp_path / "rules.yml"))
