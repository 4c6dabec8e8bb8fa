# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boards that lie: every field of the facts in turn, and any JSON in its place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

Place = tuple[str | int, ...]

# What a module can send: Python reads NaN and Infinity in JSON.
NUMBERS = (0, 1, -1, 7, 2**63, 10**400, 1.5, -2.5, 5e-324, 1e308, float("nan"), float("inf"), float("-inf"))
TEXTS = (
    "",
    "x",
    "many",
    "9" * 5000,
    "9" * 5000 + ".1",
    "1.2.3",
    "\x1b]0;owned\x07",
    "a\nb",
    "\u202e",
    "\x00",
    "\x9b",
    "{{ 7 * 7 }}",
    "\ud800",
)
LIES: tuple[Any, ...] = (
    *(None, True, False, [], {}, [None], [[]], {"a": 1}, {"": None}, [1, "x"], [{"path": "x"}]),
    *NUMBERS,
    *TEXTS,
    "x" * 100_000,
    ["x"] * 20_000,
)
MISSING = object()


def places(document: Any, place: Place = ()) -> Iterator[Place]:
    """Yield where the fields of a document are, the document itself and its mappings and lists among them."""
    yield place
    if isinstance(document, dict | list):
        for key, value in document.items() if isinstance(document, dict) else enumerate(document):
            yield from places(value, (*place, key))


def lying(document: Any, place: Place, lie: Any) -> Any:
    """Return a copy with something else at the place, or nothing for MISSING."""
    if not place:
        return {} if lie is MISSING else lie
    changed = copy.copy(document)
    if len(place) == 1 and lie is MISSING:
        del changed[place[0]]
    else:
        changed[place[0]] = lying(document[place[0]], place[1:], lie)
    return changed


def known_lies() -> st.SearchStrategy[Any]:
    """Return a strategy for LIES, by their numbers: some are too long to be printed."""
    return st.integers(0, len(LIES) - 1).map(LIES.__getitem__)


def lies() -> st.SearchStrategy[Any]:
    """Return a strategy for what stands in the place of a field."""
    scalars = known_lies() | st.text(max_size=5) | st.floats() | st.integers()
    nested = st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    )
    return nested | st.just(MISSING)
