# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of boards and facts of callers: what is refused, what is left out, and what stays as it is."""

from __future__ import annotations

import math
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.board_result import (
    FactsAnswer,
    TransactionAnswer,
    board_result,
    checked_facts,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.build import Job
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import compliant_board, graph, prediction
from hypothesis import given
from hypothesis import strategies as st

FACTS = compliant_board()
DEEP: Any = []
for _level in range(3000):
    DEEP = [DEEP]


def answer(facts: Any, **others: Any) -> dict[str, Any]:
    return board_result({"changed": False, "ansible_facts": {"jetfleet": facts}, **others}, FactsAnswer)


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({"graphs": [graph(bytes="many")]}, "graphs[0].bytes is a string, not a whole number"),
        ({"graphs": [graph(), graph(nodes=True)]}, "graphs[1].nodes is a boolean, not a whole number"),
        ({"graphs": [graph(prediction=prediction(math.inf))]}, "graphs[0].prediction.seconds is inf, not a number"),
        ({"graphs": [graph(prediction=prediction(math.nan))]}, "graphs[0].prediction.seconds is nan, not a number"),
        ({"graphs": [graph(bytes=10**400)]}, "graphs[0].bytes is not between"),
        ({"graphs": {}}, "graphs is a mapping, not a list"),
        ({"load_time": FACTS["load_time"] | {"seconds": {"median": "x"}}}, "load_time.seconds.min is missing"),
        ({"module": FACTS["module"] | {"backend": 7}}, "module.backend is a number, not a string"),
        (
            {"module": FACTS["module"] | {"backend": "x" * 70000}},
            "module.backend has 70000 characters, which is more than 65536",
        ),
        (
            {"module": FACTS["module"] | {"mapped": ["x"] * 20000}},
            "module.mapped has 20000 entries, which is more than 10000",
        ),
        ({"module": FACTS["module"] | {"file": "\udc80"}}, "module.file has a half of a surrogate pair"),
        ({"module": None}, "module is nothing, not a mapping"),
        ({"packages": {"\x1b[31m": {}}}, "packages.\N{REPLACEMENT CHARACTER}[31m.version is missing"),
        ({"python": FACTS["python"] | {"packages": DEEP}}, "it is nested too deep"),
        ([], "ansible_facts.jetfleet is a list, not a mapping"),
        ({"libraries": [{"path": "x" * 60000}] * 100}, "which is more than 4194304"),
    ],
)
def test_what_does_not_fit_is_one_sentence_with_the_field(facts: Any, fault: str) -> None:
    result = answer(facts)
    assert (result["failed"], result["changed"]) == (True, False)
    assert fault in result["msg"]
    assert "look at what the board runs instead" in result["msg"]
    assert result["msg"].isprintable()
    assert "ansible_facts" not in result


def test_facts_of_a_cache_are_checked_like_those_of_a_board() -> None:
    assert checked_facts(FACTS) == FACTS
    with pytest.raises(
        ValueError, match=r"\(in the facts, graphs\[0\]\.bytes is a string, not a whole number\): gather them again"
    ):
        checked_facts({"graphs": [graph(bytes="many")]})


def test_an_answer_without_facts_is_none() -> None:
    answers: list[Any] = [{}, {"changed": True}, {"ansible_facts": {}}, {"ansible_facts": 7}, {"ansible_facts": None}]
    for found in answers:
        assert board_result(found, FactsAnswer)["failed"]


def test_true_facts_stay_as_they_are() -> None:
    assert answer(FACTS)["ansible_facts"] == {"jetfleet": FACTS}


def test_variables_that_a_board_sets_beside_its_facts_are_left_out() -> None:
    """Ansible makes variables of all facts, which win over those of the inventory."""
    found: Any = {"jetfleet": {**FACTS, "more": math.nan}, "jetfleet_plan": 7, "jetfleet_allowed_signers": ""}
    result = board_result({"ansible_facts": found, "add_host": {}, "ansible_stats": 7, "invocation": 7}, FactsAnswer)
    assert result == {"changed": False, "ansible_facts": {"jetfleet": FACTS}}


def test_a_failure_keeps_what_its_sentence_is_made_of() -> None:
    found = {
        "failed": True,
        "msg": "MODULE FAILURE\nSee stdout/stderr",
        "module_stderr": "x\n" * 10**6,
        "module_stdout": 7,
        "rc": 1,
        "rolled_back": True,
        "reason": "slow",
        "warnings": ["\x1b[31m", 7, "x"],
        "deprecations": [{"msg": "\x9b", "version": None, "date": 7}, 7],
        "_ansible_parsed": False,
    }
    result = board_result(found, TransactionAnswer)
    assert result["msg"] == "MODULE FAILURE See stdout/stderr"
    assert len(result["module_stderr"]) < 200_000
    assert "module_stdout" not in result
    assert (result["rc"], result["rolled_back"], result["reason"]) == (1, True, "slow")
    assert result["warnings"] == ["\N{REPLACEMENT CHARACTER}[31m", "x"]
    assert result["deprecations"] == [{"msg": "\N{REPLACEMENT CHARACTER}", "version": None}]
    assert result["_ansible_parsed"] is False


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        ({}, "status is missing"),
        ({"status": "running"}, "log is missing"),
        ({"status": "running", "log": "x", "step": "3"}, "step is a string"),
        ({"status": "running", "log": "x", "elapsed": math.nan}, "elapsed is a number, not a whole number"),
        ({"status": ["running"], "log": "x"}, "status is a list"),
    ],
)
def test_a_builder_is_not_believed_either(found: dict[str, Any], fault: str) -> None:
    assert fault in board_result(found, Job)["msg"]


@pytest.mark.fuzz
@given(
    st.dictionaries(
        st.sampled_from(["failed", "changed", "msg", "rc", "warnings", "ansible_facts", "status", "log"]),
        st.none() | st.text() | st.lists(st.text()) | st.floats(),
    )
)
def test_any_answer_gives_a_result(found: dict[str, Any]) -> None:
    for kind in (FactsAnswer, TransactionAnswer, Job):
        result = board_result(found, kind)
        assert isinstance(result["changed"], bool)
        assert not result.get("failed") or "msg" not in result or result["msg"].isprintable()
