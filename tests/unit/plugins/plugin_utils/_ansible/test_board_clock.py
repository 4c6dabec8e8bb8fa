# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the clock of a board is from the controller's: never more than it really is."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.board_clock import (
    clock_offset,
    with_clock_offset,
)
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import compliant_board
from hypothesis import given
from hypothesis import strategies as st

NOW = 1796083200.0
YEARS = 60 * 31556952.0


@given(
    off=st.floats(-NOW, YEARS),
    to_board=st.floats(0, 1000),
    back=st.floats(0, 1000),
)
def test_a_slow_connection_hides_a_difference_and_makes_none(off: float, to_board: float, back: float) -> None:
    found = clock_offset(NOW + to_board + off, NOW, NOW + to_board + back)
    assert found is not None
    # In the direction in which it is off, and short of that by what the connection took.
    assert found * off >= 0
    assert abs(off) - max(to_board, back) - 0.01 <= abs(found) <= abs(off) + 0.01


@pytest.mark.parametrize(
    ("shown", "offset"),
    [(NOW - 0.5, -0.5), (NOW, 0), (NOW + 3, 0), (NOW + 4, 0), (NOW + 5, 1), (0, -NOW), (-1, -NOW - 1)],
)
def test_the_offset_is_what_the_time_of_the_call_does_not_explain(shown: float, offset: float) -> None:
    assert clock_offset(shown, NOW, NOW + 4) == offset


@pytest.mark.parametrize("shown", [2.0**53, -(2.0**53), 253402300800.0])
def test_a_clock_that_shows_no_date_has_no_offset(shown: float) -> None:
    assert clock_offset(shown, NOW, NOW) is None


@pytest.mark.parametrize("said", [None, 0, -7.0])
def test_what_a_board_says_of_the_difference_is_not_believed(said: float | None) -> None:
    facts = compliant_board()
    facts["board"] |= {"clock": time.time() - 3600, "clock_offset_seconds": said}
    result = with_clock_offset({"changed": False, "ansible_facts": {"jetfleet": facts}}, time.time())
    board = result["ansible_facts"]["jetfleet"].pop("board")
    assert -3610 < board["clock_offset_seconds"] <= -3600
    assert result == {"changed": False, "ansible_facts": {"jetfleet": {n: v for n, v in facts.items() if n != "board"}}}


@pytest.mark.parametrize("result", [{"failed": True, "msg": "x"}, {"ansible_facts": {"jetfleet": {"protoc": []}}}])
def test_a_result_without_a_clock_stays_as_it_is(result: dict[str, Any]) -> None:
    assert with_clock_offset(result, NOW) == result
