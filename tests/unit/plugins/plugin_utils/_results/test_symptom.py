# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A symptom has a sentence for whatever its pattern matches."""

from __future__ import annotations

import re

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.become_symptoms import BECOME, BECOME_LAST
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.board_symptoms import BOARD, ENDED
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.connection import connection_failure
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.connection_symptoms import CONNECTION
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.failures import failure_sentence
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.symptom import Symptom, lines_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LAST = [*BECOME, *BECOME_LAST, *BOARD, *ENDED]


def texts(symptom: Symptom) -> st.SearchStrategy[str]:
    return st.from_regex(re.compile(symptom.pattern, re.MULTILINE))


@pytest.mark.parametrize("symptom", CONNECTION, ids=[symptom.name for symptom in CONNECTION])
@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_ssh_says(symptom: Symptom, data: st.DataObject) -> None:
    text = data.draw(texts(symptom))
    for message in (text, f"{text}\nConnection closed by UNKNOWN port 65535"):
        found = connection_failure(message, True)
        assert found is None or found.sentence.endswith(".")
        assert failure_sentence({"unreachable": True, "msg": message}).endswith(".")


@pytest.mark.parametrize("symptom", LAST, ids=[symptom.name for symptom in LAST])
@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_sudo_and_shells_say(symptom: Symptom, data: st.DataObject) -> None:
    text = data.draw(texts(symptom))
    sentence = failure_sentence({"failed": True, "msg": "MODULE FAILURE", "module_stderr": text})
    assert len(sentence.splitlines()) <= 1
    assert sentence.endswith(".")


def test_a_quote_has_a_limit() -> None:
    symptom = Symptom("x", r"^said: (?P<said>.+)$", "It said {said}", "stop it")
    match = symptom.match(f"said: {'x' * 500}")
    assert match
    assert symptom.sentence(match, {}) == f"It said {'x' * 200} ...: stop it."


def test_both_ends_of_a_long_text_are_kept() -> None:
    lines = lines_of("first\n" + "middle\n" * 100_000 + "last")
    assert (lines[0], lines[-1]) == ("first", "last")
    assert len(lines) <= 300
    assert lines_of("x" * 1_000_000)[0] == "x" * 500
    assert lines_of(" a \r\n\r\n b\r") == ["a", "b"]
