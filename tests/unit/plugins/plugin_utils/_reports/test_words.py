# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values, expectations and times in words."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.words import (
    age_words,
    comparison_words,
    remedy_words,
    value_words,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import (
    counted,
    duration_words,
    moment_words,
    offset_words,
    one_line,
    three_digits,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        ([], "none"),
        ({}, "none"),
        ("", '""'),
        ("cpp", "cpp"),
        (True, "true"),
        (5.0, "5"),
        (5.25, "5.25"),
        (0, "0"),
        (["a", 1, None], "a, 1, nothing"),
        ([{"mode": "0666"}], '[{"mode": "0666"}]'),
        ({"naïve": [1]}, '{"naïve": [1]}'),
        ("two\nlines", "two lines"),
        ("\x1b[31mred\x00", "\ufffd[31mred\ufffd"),
    ],
)
def test_values_are_written_as_people_write_them(value: Any, words: str) -> None:
    assert value_words(value) == words


@given(st.text())
def test_any_text_becomes_one_line_that_can_be_printed(text: str) -> None:
    assert one_line(text).isprintable()


@pytest.mark.parametrize(
    ("comparison", "expected", "words"),
    [
        ("equals", "cpp", "expected cpp, found upb"),
        ("one_of", ["a", "b"], "expected one of a, b, found upb"),
        ("matches", "^c", "expected a match of ^c, found upb"),
        ("at_most", 5.0, "expected at most 5, found upb"),
        ("at_least", 5, "expected at least 5, found upb"),
        ("satisfies", ">=3.6", "expected a version that satisfies >=3.6, found upb"),
    ],
)
def test_every_comparison_has_its_words(comparison: str, expected: Any, words: str) -> None:
    found: Any = {"comparison": comparison, "expected": expected, "actual": "upb"}
    assert comparison_words(found) == words


@pytest.mark.parametrize(
    ("remedy", "words"),
    [
        (None, ""),
        ({"text": "Provision it.", "command": None}, "Provision it"),
        ({"text": "Provision it:", "command": "ansible-playbook x"}, "Provision it: ansible-playbook x"),
    ],
)
def test_a_remedy_ends_with_its_command(remedy: Any, words: str) -> None:
    assert remedy_words(remedy) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (123.4, "123 s"),
        (12.44, "12.4 s"),
        (1, "1 s"),
        (0.9996, "1000 ms"),
        (0.105, "105 ms"),
        (0.00159, "1.59 ms"),
        (0.000042, "42 µs"),
        (0, "0 µs"),
        (100000, "100000 s"),
    ],
)
def test_durations_have_a_unit_and_three_digits(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_seconds_have_three_digits_and_no_exponent() -> None:
    assert [three_digits(value) for value in (12.3456, 0.0000123456, 98765.4)] == ["12.3", "0.0000123", "98800"]


@pytest.mark.parametrize(
    ("since", "words"),
    [
        ("2026-11-09T02:00:00Z", "14 days"),
        ("2026-11-21T02:00:00Z", "2 days"),
        ("2026-11-21T02:00:01Z", "47 hours"),
        ("2026-11-23T01:00:00Z", "1 hour"),
        ("2026-11-23T01:00:01Z", "59 minutes"),
        ("2026-11-23T01:59:01Z", "this run"),
        ("2026-11-23T02:00:00Z", "this run"),
        # The clock of the controller was put back.
        ("2026-11-24T02:00:00Z", "this run"),
    ],
)
def test_ages_are_rounded_down(since: str, words: str) -> None:
    assert age_words(since, "2026-11-23T02:00:00Z") == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1796083020, "56 years behind"),
        (63113904, "2 years ahead of"),
        (63113903, "730 days ahead of"),
        (172799.9, "47 hours ahead of"),
        (-7200, "2 hours behind"),
        (-7199, "119 minutes behind"),
        (180.4, "3 minutes ahead of"),
        (119.9, "119 seconds ahead of"),
        (-1, "1 second behind"),
    ],
)
def test_offsets_of_clocks_are_rounded_down(seconds: float, words: str) -> None:
    assert offset_words(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1970-01-01 00:00 UTC"),
        (180.9, "1970-01-01 00:03 UTC"),
        (-1, "1969-12-31 23:59 UTC"),
        (1796083200.5, "2026-12-01 00:00 UTC"),
        (253402300799, "9999-12-31 23:59 UTC"),
        (253402300800, None),
        (2**53, None),
        (-(2**53), None),
    ],
)
def test_moments_are_dates_of_the_calendar(seconds: float, words: str | None) -> None:
    assert moment_words(seconds) == words


def test_one_is_no_plural() -> None:
    assert [counted(number, "board") for number in (0, 1, 2)] == ["0 boards", "1 board", "2 boards"]
