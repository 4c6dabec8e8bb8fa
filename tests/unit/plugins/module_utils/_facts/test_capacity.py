# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A board that has nothing to spare is not asked for a proof, and one sentence says what it lacks."""

from __future__ import annotations

import os

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts import capacity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.capacity import (
    Capacity,
    heat,
    load_shortage,
    memory_shortage,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.memory import MEBIBYTE
from hypothesis import given
from hypothesis import strategies as st

NANO = [("CPU-therm", 97.5, 97.0), ("GPU-therm", 60.0, 97.0)]


def test_sentences() -> None:
    assert memory_shortage(210 * MEBIBYTE, 128, "the import", 600) == (
        "the board has 210 MB free and the import needs 600, with 128 left to others: "
        "survey it while less runs on it, or lower jetfleet_memory_reserve."
    )
    assert load_shortage(3.8, 4, 0.9) == (
        "the load of the board is 3.80 on 4 cores, and jetfleet_max_load allows 0.9 for each: "
        "survey it while less runs on it, or raise that."
    )
    assert heat(NANO, 0) == "CPU-therm of the board has 97.5 degrees Celsius and throttles at 97: let it cool down."
    assert heat(NANO[1:], 55) == (
        "GPU-therm of the board has 60.0 degrees Celsius, and jetfleet_max_temperature is 55: let it cool down."
    )


@given(st.integers(0, 2**40), st.integers(0, 10**5), st.floats(0, 10**6))
def test_memory_is_short_where_less_than_need_and_reserve_is_free(free: int, reserve: int, need: float) -> None:
    short = memory_shortage(free, reserve, "the import", need)
    assert (short is not None) == (free < (reserve + need) * MEBIBYTE)
    assert memory_shortage(None, reserve, "the import", need) is None


@given(st.floats(0, 1000), st.integers(1, 64), st.floats(0, 100))
def test_load_counts_for_each_core(load: float, cores: int, most: float) -> None:
    assert (load_shortage(load, cores, most) is not None) == (0 < most * cores < load)


@given(st.floats(-50, 150), st.floats(1, 150), st.floats(0, 150))
def test_a_limit_of_the_user_replaces_that_of_the_board(now: float, throttling: float, most: float) -> None:
    assert (heat([("zone", now, throttling)], most) is not None) == (now >= (most or throttling))
    assert heat([], most) is None


def test_the_first_thing_that_is_short_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "available_memory", lambda: 700 * MEBIBYTE)
    monkeypatch.setattr(capacity, "throttling_zones", lambda: NANO)
    monkeypatch.setattr(capacity, "usable_cores", lambda: 4)
    monkeypatch.setattr(os, "getloadavg", lambda: (3.8, 0.0, 0.0))
    assert "700 MB" in str(Capacity(128, 0.9, 0).shortage("the import", 600))
    assert "load" in str(Capacity(100, 0.9, 0).shortage("the import", 600))
    assert "CPU-therm" in str(Capacity(100, 0.96, 0).shortage("the import", 600))
    assert Capacity(100, 0, 98).shortage("the import", 600) is None
