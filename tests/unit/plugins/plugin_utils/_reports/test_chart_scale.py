# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scale that load times are drawn on."""

from __future__ import annotations

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.chart_scale import scale
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([3, 4.2], (0, 1, 2, 3, 4, 5)),
        ([9.9], (0, 2, 4, 6, 8, 10)),
        ([0.105, 0.3], (0, 0.1, 0.2, 0.3)),
        ([0.02, 0.0011], (0, 0.005, 0.01, 0.015, 0.02)),
        ([], (0, 0.2, 0.4, 0.6, 0.8, 1)),
        ([0], (0, 0.2, 0.4, 0.6, 0.8, 1)),
    ],
)
def test_times_of_one_size_are_linear(values: list[float], ticks: tuple[float, ...]) -> None:
    made = scale(values)
    assert not made.logarithmic
    assert made.ticks == ticks
    assert [made.per_cent(share * made.end) for share in (0, 0.25, 1)] == [0, 25, 100]


def test_times_of_many_sizes_are_logarithmic() -> None:
    made = scale([0.1, 12.4])
    assert made.logarithmic
    assert list(made.ticks) == [0.1, 1, 10]
    first, second, third = map(made.per_cent, made.ticks)
    assert second - first == pytest.approx(third - second, abs=0.02)
    assert first > 10
    assert made.per_cent(0) == 0


@given(st.lists(st.floats(min_value=1e-7, max_value=1e5), min_size=1))
def test_every_time_lies_on_the_scale_and_the_smallest_can_be_seen(values: list[float]) -> None:
    made = scale(values)
    places = [made.per_cent(value) for value in sorted(values)]
    assert 2 < places[0] <= places[-1] <= 100
    assert places == sorted(places)
    assert 1 <= len(made.ticks) <= 14
    assert all(0 <= made.per_cent(tick) <= 100 for tick in made.ticks)
