# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The comparisons of rules: what each can be compared with, and whether it holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, get_args

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.words import kind_of, shown
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import Comparison

try:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    HAS_PACKAGING = True
except ImportError:
    HAS_PACKAGING = False


# Characters. Python makes no number of some thousand digits.
_LONGEST_VERSION = 200
_LONGEST_SPECIFIERS = 1000
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)


def operand_fault(comparison: str, operand: Any) -> str | None:
    """Return why nothing can be compared with an operand, as 'is a list, not a number: give a number', or None."""
    return _COMPARISONS[comparison][0](operand)


def holds(comparison: str, actual: Any, operand: Any) -> bool:
    """Return whether the comparison holds; operand has no fault."""
    return _COMPARISONS[comparison][1](actual, operand)


def _none(_operand: Any) -> None:
    """Find no fault: equals takes any JSON."""


def _list_fault(operand: Any) -> str | None:
    return None if isinstance(operand, list) else f"is {kind_of(operand)}, not a list: give a list"


def _number_fault(operand: Any) -> str | None:
    return None if _is_number(operand) else f"is {kind_of(operand)}, not a number: give a number"


def _pattern_fault(operand: Any) -> str | None:
    if not isinstance(operand, str):
        return f"is {kind_of(operand)}, not a string: give a regular expression"
    try:
        re.compile(operand)
    except (re.error, RecursionError, OverflowError) as error:
        return f"is not a valid regular expression ({shown(operand)}, {error}): correct it"
    return None


def _specifier_fault(operand: Any) -> str | None:
    if not isinstance(operand, str):
        return f"is {kind_of(operand)}, not a string: give version specifiers, as >=3.6,<4"
    try:
        if len(operand) > _LONGEST_SPECIFIERS:
            raise InvalidSpecifier
        _specifiers(operand)
    except InvalidSpecifier:
        return f"names no versions ({shown(operand)}): give version specifiers, as >=3.6,<4"
    return None


def _same(left: Any, right: Any) -> bool:
    """Return whether two values are the same JSON; to Python, 1 and true are."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    return bool(left == right)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _satisfies(actual: Any, operand: str) -> bool:
    if not isinstance(actual, str) or len(actual) > _LONGEST_VERSION:
        return False
    try:
        version = Version(actual)
    except InvalidVersion:
        return False
    # As for pip, a pre-release that is installed counts.
    return _specifiers(operand).contains(version, prereleases=True)


@cache
def _specifiers(text: str) -> SpecifierSet:
    return SpecifierSet(text)


_COMPARISONS: dict[str, tuple[Callable[[Any], str | None], Callable[[Any, Any], bool]]] = {
    "equals": (_none, _same),
    "one_of": (_list_fault, lambda actual, operand: any(_same(actual, one) for one in operand)),
    "matches": (
        _pattern_fault,
        lambda actual, operand: isinstance(actual, str) and re.search(operand, actual) is not None,
    ),
    "at_most": (_number_fault, lambda actual, operand: _is_number(actual) and actual <= operand),
    "at_least": (_number_fault, lambda actual, operand: _is_number(actual) and actual >= operand),
    "satisfies": (_specifier_fault, _satisfies),
}
