# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever JSON one board sends, every other host's lines are the same as without it, and its own say why."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.board_result import (
    TransactionAnswer,
    board_result,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.failures import failure_sentence
from ansible_collections.jetfleet.protobuf.tests.support.boards import slow_nano
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import compliant_board
from ansible_collections.jetfleet.protobuf.tests.support.hostile_facts import LIES, MISSING, lies, lying, places
from ansible_collections.jetfleet.protobuf.tests.support.hostile_fleet import (
    assessed,
    drift_lines,
    provision_lines,
    provisioned,
    surveyed,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

fuzzed = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def answer(facts: Any) -> Any:
    return {"changed": False, "ansible_facts": {"jetfleet": facts}}


HONEST = answer(compliant_board())
SLOW = answer(slow_nano())
# Ansible itself sees to it that a result is a mapping.
PLACES = [*places(HONEST)][1:]
# Results that reports have been made of: of a refused answer, they see one sentence.
TRIED: set[Any] = set()
AFTER = {"changed": True, "rolled_back": False, "reason": None, **HONEST}


@cache
def assessments() -> Any:
    return {host: assessed(HONEST, host) for host in ("anna", "zoe")}


@cache
def provisions() -> Any:
    return {"anna": provisioned(HONEST, {}), "zoe": provisioned(SLOW, AFTER)}


@cache
def honest_lines() -> Any:
    return drift_lines(assessments()), provision_lines(provisions())


def others_are_the_same(lied: Any) -> None:
    """Check both reports with a board between two honest ones that answers this."""
    in_drift, planned, changed = assessed(lied, "liar"), surveyed(lied), board_result(lied, TransactionAnswer)
    for result in (in_drift, planned, changed):
        assert not result.get("failed") or failure_sentence(result).isprintable()
    kind = tuple(
        json.dumps(result).partition("(")[0] if result.get("failed") else object()
        for result in (in_drift, planned, changed)
    )
    if kind not in TRIED:
        TRIED.add(kind)
        reports_are_the_same(in_drift, planned, changed)


def reports_are_the_same(in_drift: Any, planned: Any, changed: Any) -> None:
    drift, provision = honest_lines()
    found = drift_lines({**assessments(), "liar": in_drift})
    assert {host: found[host] for host in drift} == drift
    assert found["liar"]
    lies = {"liar": {"jetfleet_plan": planned, "jetfleet_result": AFTER}}
    lies["fraud"] = {"jetfleet_plan": surveyed(SLOW), "jetfleet_result": changed}
    found = provision_lines(provisions() | lies)
    assert {host: found[host] for host in provision} == provision
    assert all(found[host] for host in lies)


@pytest.mark.parametrize("lie", range(len(LIES)))
def test_a_lie_in_every_field_in_turn(lie: int) -> None:
    # Each lie meets a share of the fields here, and any of them in the fuzz below.
    for place in PLACES[lie :: len(LIES)]:
        others_are_the_same(lying(HONEST, place, LIES[lie]))


@pytest.mark.fuzz
@fuzzed
@given(st.data())
def test_whatever_one_board_sends(data: st.DataObject) -> None:
    lied = HONEST
    for _lie in range(data.draw(st.integers(1, 3))):
        places_left = [*places(lied)][1:]
        if not places_left:
            break
        place = data.draw(st.sampled_from(places_left))
        lied = lying(lied, place, data.draw(lies()))
    others_are_the_same(lied)


@pytest.mark.parametrize("place", PLACES)
def test_a_field_that_is_missing_fails_that_board_alone_or_nothing(place: Any) -> None:
    others_are_the_same(lying(HONEST, place, MISSING))
