# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A board whose clock is wrong: its owner is told, and what would fail for dates is refused before anything is changed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.clock import TOLERANCE
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED, fast_nano, no_fault, slow_nano

HTTPS = "https://mirror.example.com/jetfleet"
# The mapping "extensions" is that of no real wheel.
STORED: Any = {"files": {}, "extensions": {}}


def showing(facts: Any, clock: float, offset: float | None) -> Any:
    """Return the facts of a board whose clock is off."""
    facts["board"] |= {"clock": clock, "clock_offset_seconds": offset}
    return facts


def in_1970(facts: Any) -> Any:
    return showing(facts, 180.5, -1796083020.0)


def plan(facts: Any, address: str = "", **desired: str) -> Any:
    return make_plan(facts, DESIRED | desired, lambda _key: STORED, no_fault, address)


CAUSE = "The clock of the board is 56 years behind the controller's (it says 1970-01-01 00:03 UTC)"
REMEDY = "set it with 'sudo timedatectl set-ntp true' there, or with 'sudo date --set' where it reaches no time server."


def test_the_owner_is_told_and_the_board_provisioned() -> None:
    planned = plan(in_1970(slow_nano()))
    assert planned["notices"] == [f"{CAUSE}: {REMEDY}"]
    assert planned["refusals"] == []


@pytest.mark.parametrize("offset", [None, 0, TOLERANCE, -TOLERANCE])
def test_a_clock_that_may_be_right_is_not_mentioned(offset: float | None) -> None:
    planned = plan(showing(slow_nano(), 1796083200, offset), HTTPS)
    assert planned["notices"] == planned["refusals"] == planned["build_refusals"] == []


@pytest.mark.parametrize(
    ("offset", "words"), [(TOLERANCE + 60.0, "3 minutes ahead of"), (-TOLERANCE - 0.5, "2 minutes behind")]
)
def test_minutes_are_told_too(offset: float, words: str) -> None:
    (notice,) = plan(showing(slow_nano(), 1796083200, offset))["notices"]
    assert notice.startswith(
        f"The clock of the board is {words} the controller's (it says 2026-12-01 00:00 UTC): set it"
    )


def test_a_download_over_tls_is_refused() -> None:
    planned = plan(in_1970(slow_nano()), HTTPS)
    sentence = f"{CAUSE}, so a download from {HTTPS} would fail for the dates of its certificate: {REMEDY}"
    assert planned["refusals"] == [sentence]
    # The clock is mentioned once.
    assert planned["notices"] == []


def test_a_download_without_tls_is_not() -> None:
    assert plan(in_1970(slow_nano()), "http://mirror.example.com/jetfleet")["refusals"] == []


def test_a_board_that_downloads_nothing_is_not_refused() -> None:
    converged = fast_nano(plan(slow_nano())["digest"])
    planned = plan(in_1970(converged), HTTPS)
    assert (planned["refusals"], planned["actions"]) == ([], [])
    assert len(planned["notices"]) == 1


def lacks_pip(facts: Any) -> Any:
    del facts["python"]["packages"]["pip"]
    return facts


def test_lists_of_packages_from_the_future_are_refused() -> None:
    (refusal,) = plan(in_1970(lacks_pip(slow_nano())))["refusals"]
    assert refusal == f"{CAUSE}, and apt-get refuses lists of packages from the future: {REMEDY}"
    assert plan(showing(lacks_pip(slow_nano()), 1796083200, 7200.0))["refusals"] == []


def test_a_host_with_a_wrong_clock_does_not_compile() -> None:
    (refusal,) = plan(in_1970(slow_nano()))["build_refusals"]
    assert refusal.startswith("The clock of this host is 56 years behind the controller's")
    assert refusal.endswith(f"and configure and make compare the times of files with it: {REMEDY}")
    # PyPI's wheel is compiled by nobody.
    assert plan(in_1970(slow_nano()), wheel="pypi")["build_refusals"] == []


def test_facts_that_somebody_else_made_are_told_with_what_can_be_said() -> None:
    (notice,) = plan(showing(slow_nano(), 2.0**53, 2.0**53))["notices"]
    assert "is 285426781 years ahead of the controller's (it says no date): set it" in notice
