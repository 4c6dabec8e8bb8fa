# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that are too much for Python or for the time there is: refused as they are written, or not evaluated for that board alone."""

from __future__ import annotations

import gc
import json
import re
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules import evaluation
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.comparisons import (
    COMPARISONS,
    holds,
    operand_fault,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.cpu_limit import cpu_limit
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.evaluation import evaluate_rule
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.expressions import compile_expression, evaluate
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rule_validation import layer_faults
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import make_rule
from ansible_collections.jetfleet.protobuf.tests.support.hostile_facts import known_lies
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture(autouse=True)
def no_garbage_collection() -> Iterator[None]:
    """hypothesis has the collector call it, where what a clock raises is swallowed."""
    gc.disable()
    yield
    gc.enable()


TERMS = {
    "or": " || ".join(["module"] * 900),
    "and": " && ".join(["board.is_root"] * 900),
    "pipe": " | ".join(["@"] * 900),
    "comparison": "(" * 200 + "module" + " == 'x')" * 200,
    "brackets": "(" * 500 + "module" + ")" * 500,
    "lists": "[" * 500 + "module" + "]" * 500,
    "mappings": "{a: " * 500 + "module" + "}" * 500,
    "negations": "!" * 900 + "module",
    "calls": "not_null(" * 500 + "module" + ")" * 500,
    "filters": "libraries" + "[?path" * 300 + "]" * 300,
    "projections": "libraries" + "[*]" * 900,
    "long": "module." + "a" * 20_000,
}


@pytest.mark.parametrize("kind", TERMS)
def test_an_expression_that_is_too_deep_is_refused_with_one_sentence(kind: str) -> None:
    with pytest.raises(ValueError, match="split the rule into several") as caught:
        compile_expression(TERMS[kind])
    assert len(str(caught.value)) < 200


@pytest.mark.fuzz
@given(
    st.lists(
        st.sampled_from(["(", "[", "!", "module", "]", ")", " || ", ".a", "[0]", "{a: ", "}", "[?", "not_null("]),
        max_size=400,
    ).map("".join)
)
def test_any_expression_is_compiled_and_evaluated_or_refused(text: str) -> None:
    try:
        compiled = compile_expression(text)
        evaluate(compiled, {"module": {"a": [1]}})
    except ValueError as error:
        assert len(str(error).splitlines()) == 1


def rule(**changes: Any) -> Any:
    return make_rule("own", {"title": "Own.", "query": "module.version", "matches": "x"} | changes)


def result(value: Any, **changes: Any) -> Any:
    return evaluate_rule(rule(**changes), {"module": {"version": value}, "libraries": [{"path": "x"}] * 3000})


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(a|aa)+$", "(.*a){20}$", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_a_pattern_that_matches_in_many_ways_ends(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "CPU_SECONDS", 0.05)
    found = result("a" * 40 + "!", matches=pattern)
    assert found.outcome == "not_evaluated"
    assert found.reason.startswith("The rule takes more than 0.05 s for the facts of this board: ")
    # Other boards and other rules are not concerned.
    assert result("a", matches=pattern).outcome in ("compliant", "finding")
    assert result("x").outcome == "compliant"


def test_a_pattern_out_of_the_facts_ends_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "CPU_SECONDS", 0.05)
    found = evaluate_rule(
        rule(query="module.version", matches={"query": "module.backend"}),
        {"module": {"version": "a" * 40 + "!", "backend": "(a+)+$"}},
    )
    assert found.outcome == "not_evaluated"


def test_an_expression_that_looks_at_much_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "CPU_SECONDS", 0.001)
    found = result("x", query="libraries[*].[path, path, path, path, path, path, path, path][]")
    assert found.outcome == "not_evaluated"


def test_the_clock_is_taken_off_again() -> None:
    with cpu_limit(5):
        assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0
    with pytest.raises(TimeoutError), cpu_limit(0.02):
        re.search("(a+)+$", "a" * 40 + "!")
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0


def test_waiting_does_not_count() -> None:
    with cpu_limit(0.05):
        time.sleep(0.2)


def test_a_thread_has_no_limit() -> None:
    ended = []

    def run() -> None:
        with cpu_limit(0.001):
            ended.append(sum(range(10**6)))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert ended


@pytest.mark.parametrize("version", ["1" * 5000, "1." * 3000 + "1", "1" * 10**6, "1!" + "9" * 4999])
def test_a_version_that_is_none_satisfies_nothing(version: str) -> None:
    assert not holds("satisfies", version, ">=1")
    fault = operand_fault("satisfies", f">={version}")
    assert fault is not None
    assert fault.startswith("names no versions (>=1")
    assert len(fault) < 200


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("nan")], {"a": 2**64}, 10**4000])
@pytest.mark.parametrize("comparison", ["equals", "one_of", "at_most", "at_least"])
def test_what_json_has_no_place_for_is_refused(comparison: str, value: Any) -> None:
    operand = [value] if comparison == "one_of" else value
    faults = layer_faults({"own": {"title": "Own.", "query": "module", comparison: operand}})
    assert len(faults) == 1
    assert comparison in faults[0]


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999", "9" * 5000])
def test_a_number_out_of_a_text_is_one_of_json_or_none(text: str) -> None:
    found = result(text, query="to_number(module.version)", matches="x")
    assert found.outcome == "not_evaluated"
    assert "gives a number that no report can hold" in found.reason


@pytest.mark.fuzz
@given(
    known_lies(),
    st.sampled_from(COMPARISONS),
    known_lies(),
    st.sampled_from(["module.version", "to_number(module.version)", "[module.version]", "length(module.version)", "@"]),
)
def test_any_value_and_any_comparison_have_a_result_that_json_can_hold(
    value: Any, comparison: str, operand: Any, query: str
) -> None:
    definition = {"title": "Own.", "query": query, comparison: operand}
    if not layer_faults({"own": definition}):
        found = evaluate_rule(make_rule("own", definition), {"module": {"version": value}})
        json.dumps([found.actual, found.expected], allow_nan=False)
