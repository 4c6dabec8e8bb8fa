# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions: what is refused without data, what they ask a document for, and what they give."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jmespath
import pytest
import yaml
from ansible_collections.jetfleet.protobuf.plugins.modules import protobuf_facts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.expressions import (
    ALWAYS,
    SUBSETS,
    compile_expression,
    evaluate,
    is_true,
)
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import RULES
from hypothesis import given
from hypothesis import strategies as st


def refusal(text: str) -> str:
    with pytest.raises(ValueError) as caught:
        compile_expression(text)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert ": " in sentence
    return sentence


@pytest.mark.parametrize(
    ("text", "position", "marked"),
    [
        ("module.backend = 'cpp'", 16, "module.backend HERE-->= 'cpp'"),
        ("module.copies[?active", 22, "module.copies[?activeHERE-->"),
        ("module..backend", 8, "module.HERE-->.backend"),
        ("module.backend 'cpp'", 16, "module.backend HERE-->'cpp'"),
        ('module == `"1`', 11, 'module == HERE-->`"1`'),
        ("module[?a\n  ||]", 15, "module[?a ||HERE-->]"),
    ],
)
def test_a_fault_of_syntax_is_shown_where_it_is(text: str, position: int, marked: str) -> None:
    assert refusal(text) == f"is not valid JMESPath at position {position} ({marked}): correct it there"


def test_nothing_is_no_expression() -> None:
    assert refusal(" ") == "is empty: give a JMESPath expression"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "lenght(libraries)",
            "calls lenght(), which is not a function of JMESPath (lenght(libraries)): did you mean length",
        ),
        ("libraries[].xyz(@)", "there are abs, avg, ceil,"),
        ("length(libraries, protoc)", "calls length() with the wrong number of arguments"),
        ("contains(libraries)", "(contains(libraries)): give it 2"),
        ("not_null()", "(not_null()): give it at least 1"),
        ("sort_by(libraries, path)", "(sort_by(libraries, path)): give it an expression, as &path, as argument 2"),
        ("length(&libraries)", "give it a value, without &, as argument 1"),
        ("libraries[?length(path, soname)]", "calls length() with the wrong number"),
        ("protoc[?contains(path)] | [0]", "calls contains() with the wrong number"),
        ("{a: max_by(libraries, &lenght(path))}", "calls lenght()"),
    ],
)
def test_calls_that_fail_whatever_the_data_are_refused(text: str, sentence: str) -> None:
    assert sentence in refusal(text)


@pytest.mark.parametrize("text", ["merge(board, python, module)", "not_null(module, `[]`)", "map(&path, protoc)"])
def test_calls_that_can_succeed_are_not_refused(text: str) -> None:
    assert compile_expression(text).text == text


@pytest.mark.parametrize("text", ["!module.backend", "!libraries[?lite]", "!libraries[]", "!packages.*"])
def test_a_negation_that_cannot_be_meant_is_refused(text: str) -> None:
    """!a.b is (!a).b, which is always null."""
    assert "write !(a.b) instead of !a.b" in refusal(text)
    assert jmespath.search(text, {"module": {}, "libraries": [], "packages": {}}) is None


@pytest.mark.parametrize(
    "text", ["!(module.backend)", "!module", "libraries[?!lite && !(a.b)]", "!module || !python", "!libraries[0]"]
)
def test_other_negations_are_not_refused(text: str) -> None:
    assert compile_expression(text).text == text


def test_a_name_that_no_board_has_is_refused() -> None:
    assert refusal("modul.backend").endswith(
        "asks for modul, which is not a fact of a board (modul.backend): did you mean module"
    )
    assert "there are board, calibration, cost, development, environment," in refusal("xyz")


@pytest.mark.parametrize(
    ("text", "roots"),
    [
        ("module.backend", {"module"}),
        ('"module"."python"', {"module"}),
        ("module.copies[?active && python == 'x'].location | [0]", {"module"}),
        ("@.module.python", {"module"}),
        ("@ | python", {"python"}),
        ("(@ || module).python", {"module", "python"}),
        ("module.[python, protoc]", {"module"}),
        ("[module.x, python.y]", {"module", "python"}),
        ("{a: module.x, b: expected.version}", {"module", "expected"}),
        ("packages.*.missing_files[]", {"packages"}),
        ("*.status", set()),
        ("libraries[*].module", {"libraries"}),
        ("libraries[].module", {"libraries"}),
        ("libraries[0:2].module", {"libraries"}),
        ("libraries[-1].module", {"libraries"}),
        ("sort_by(libraries, &module)", {"libraries"}),
        ("contains(expected.opencv_fail_on, opencv.verdict)", {"expected", "opencv"}),
        ("!(module.x) && python.y == protoc[0].version || `1`", {"module", "python", "protoc"}),
        ("module.x == expected.version", {"module", "expected"}),
        ("join('', [environment[0].file])", {"environment"}),
        ('`{"module": 1}`.module', set()),
        ("keys(@)", set()),
    ],
)
def test_what_an_expression_asks_the_document_for(text: str, roots: set[str]) -> None:
    assert compile_expression(text).roots == roots


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("length(module.version)", "gives null to length(), which takes string, array or object: guard it"),
        ("module.backend > `3`", "fails ("),
        ("module.copies[::0]", "fails (slice step cannot be zero)"),
    ],
)
def test_what_cannot_be_evaluated_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        evaluate(compile_expression(text), {"module": {"backend": "cpp", "copies": [1]}})


@pytest.mark.parametrize("value", [0, 0.0, "x", [0], {"a": None}, True])
def test_what_is_true(value: Any) -> None:
    assert is_true(value)
    assert jmespath.search("a && `1`", {"a": value}) == 1


@pytest.mark.parametrize("value", [None, False, "", [], {}])
def test_what_is_not_true(value: Any) -> None:
    assert not is_true(value)
    assert jmespath.search("a || `1`", {"a": value}) == 1


def test_the_names_are_those_that_the_facts_module_documents() -> None:
    documented = yaml.safe_load(protobuf_facts.RETURN)["ansible_facts"]["contains"]["jetfleet"]["contains"]
    subsets = {
        name: re.findall(r"V\((\w+)\)", fact["returned"])[0] for name, fact in documented.items() if name not in ALWAYS
    }
    assert subsets == SUBSETS


SHIPPED = [
    text
    for rule in yaml.safe_load(Path(RULES).read_text()).values()
    for text in (rule["query"], rule.get("when", "module"))
]


# What JMESPath used to allow: `ok` for 'ok'.
@pytest.mark.filterwarnings("ignore:deprecated string literal syntax")
@given(
    st.sampled_from(SHIPPED),
    st.integers(0, 300),
    st.integers(0, 300),
    st.text("ab.[]?*(){}'\"`&|!@=<,:0 1-\\", max_size=3),
)
def test_whatever_is_written_is_compiled_or_refused_with_one_sentence(
    text: str, start: int, end: int, put: str
) -> None:
    damaged = text[:start] + put + text[end:]
    try:
        compiled = compile_expression(damaged)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        assert compiled.roots <= {*SUBSETS, *ALWAYS}
