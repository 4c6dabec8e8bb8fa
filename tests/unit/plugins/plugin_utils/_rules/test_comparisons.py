# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparisons of rules, with what holds, what does not, and what nothing can be compared with."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.comparisons import (
    COMPARISONS,
    holds,
    operand_fault,
)

HOLD = [
    ("equals", "cpp", "cpp"),
    ("equals", None, None),
    ("equals", 5, 5.0),
    ("equals", [1, {"a": [True]}], [1, {"a": [True]}]),
    ("one_of", "cpp", ["python", "cpp"]),
    ("one_of", True, [True]),
    ("matches", "libprotobuf.so.16", r"\.so\.\d+$"),
    ("at_most", 5, 5),
    ("at_most", 0.01, 5),
    ("at_least", 5, 5),
    ("at_least", 6.5, 5),
    ("satisfies", "3.6.1", ">=3.6.1"),
    ("satisfies", "4.21.12", "<5,>=3.19.6"),
    ("satisfies", "3.20.0rc2", ">=3.6"),
    ("satisfies", "3.6.0", ""),
]
BROKEN = [
    ("equals", "cpp", "python"),
    ("equals", None, "cpp"),
    ("equals", 1, True),
    ("equals", [0], [False]),
    ("equals", [1], [1, 2]),
    ("equals", [1, 2], [1]),
    ("equals", {"a": 1}, {"a": True}),
    ("equals", {"a": 1, "b": 2}, {"a": 1}),
    ("equals", "1", 1),
    ("one_of", "upb", ["python", "cpp"]),
    ("one_of", 1, [True]),
    ("one_of", None, []),
    ("matches", "libprotobuf.so", r"\.so\.\d+$"),
    ("matches", None, "."),
    ("matches", 3, "3"),
    ("at_most", 5.01, 5),
    ("at_most", None, 5),
    ("at_most", "timed_out", 5),
    ("at_most", True, 5),
    ("at_least", 4.99, 5),
    ("at_least", "9", 5),
    ("satisfies", "3.6.0", ">=3.6.1"),
    ("satisfies", "unknown", ""),
    ("satisfies", None, ">=3.6.1"),
    ("satisfies", 3, ">=2"),
]


@pytest.mark.parametrize(("comparison", "actual", "operand"), HOLD)
def test_what_holds(comparison: str, actual: Any, operand: Any) -> None:
    assert operand_fault(comparison, operand) is None
    assert holds(comparison, actual, operand)


@pytest.mark.parametrize(("comparison", "actual", "operand"), BROKEN)
def test_what_does_not_hold(comparison: str, actual: Any, operand: Any) -> None:
    assert operand_fault(comparison, operand) is None
    assert not holds(comparison, actual, operand)


def test_every_comparison_is_tried_both_ways() -> None:
    assert {case[0] for case in HOLD} == {case[0] for case in BROKEN} == {*COMPARISONS}


@pytest.mark.parametrize(
    ("comparison", "operand", "fault"),
    [
        ("one_of", "cpp", "is a string, not a list: give a list"),
        ("one_of", None, "is nothing, not a list: give a list"),
        ("matches", 3, "is a number, not a string: give a regular expression"),
        (
            "matches",
            "(",
            "is not a valid regular expression ((, missing ), unterminated subpattern at position 0): correct it",
        ),
        ("at_most", "5", "is a string, not a number: give a number"),
        ("at_least", True, "is a boolean, not a number: give a number"),
        ("satisfies", 3.6, "is a number, not a string: give version specifiers, as >=3.6,<4"),
        ("satisfies", "3.6", "names no versions (3.6): give version specifiers, as >=3.6,<4"),
    ],
)
def test_what_nothing_can_be_compared_with(comparison: str, operand: Any, fault: str) -> None:
    assert operand_fault(comparison, operand) == fault
