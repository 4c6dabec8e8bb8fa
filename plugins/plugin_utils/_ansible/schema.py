# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON from other hosts checked against the types that describe it.

The types of _types are the schema: what is checked is what mypy checks the code with. A check returns a copy with the keys of the
schema and no others, so that nothing behind it meets a value of another type, or one that has none in JSON.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.words import any_of, kind_of, shown

Check = Callable[[Any], Any]
# More than any board has, and few enough for whatever looks at all pairs of a list.
_LONGEST_TEXT = 64 * 1024
_LONGEST_LIST = 10_000
# Larger numbers cannot be divided, written as dates or added without an error somewhere.
LARGEST = 2**53
# What JSON of any shape may nest.
_DEEPEST = 20


class Misfit(ValueError):
    """Says what in a document does not fit its type, as 'graphs[0].bytes is a string, not a whole number'."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self._fault = fault
        self._place: list[str] = []

    def inside(self, key: str | int) -> Misfit:
        """Add where the misfit is found, from the inside out."""
        self._place.insert(0, f"[{key}]" if isinstance(key, int) else f".{shown(key)}")
        return self

    def __str__(self) -> str:
        return f"{''.join(self._place).removeprefix('.') or 'it'} {self._fault}"


def checker(hint: Any) -> Check:
    """Return a function that returns a value as the type has it, and raises Misfit for one that is not of the type."""
    if get_origin(hint) in (Union, types.UnionType):
        return _optional(hint)
    if is_typeddict(hint):
        hints = get_type_hints(hint)
        return _typed_dict({name: checker(kind) for name, kind in hints.items()}, hint.__required_keys__)
    if get_origin(hint) is list:
        return _list(checker(get_args(hint)[0]))
    if get_origin(hint) is dict:
        return _dict(checker(get_args(hint)[1]))
    if get_origin(hint) is Literal:
        return _literal(get_args(hint))
    return _SCALARS[hint]


def _optional(hint: Any) -> Check:
    """Return the check of a type or None; no other unions come from a board."""
    (kind,) = (member for member in get_args(hint) if member is not types.NoneType)
    check = checker(kind)
    return lambda value: None if value is None else check(value)


def _typed_dict(checks: Mapping[str, Check], required: frozenset[str]) -> Check:
    fields = [(name, check, name in required) for name, check in checks.items()]

    def check_fields(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _other(value, "a mapping")
        found = {}
        name = ""
        try:
            for name, check, needed in fields:
                if name in value:
                    found[name] = check(value[name])
                elif needed:
                    raise Misfit("is missing")
        except Misfit as misfit:
            raise misfit.inside(name) from None
        return found

    return check_fields


def _list(check: Check) -> Check:
    def check_items(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise _other(value, "a list")
        _check_length(value)
        found: list[Any] = []
        try:
            for item in value:
                found.append(check(item))
        except Misfit as misfit:
            raise misfit.inside(len(found)) from None
        return found

    return check_items


def _dict(check: Check) -> Check:
    def check_values(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _other(value, "a mapping")
        _check_length(value)
        found: dict[str, Any] = {}
        key = ""
        try:
            for key, item in value.items():
                found[_text(key)] = check(item)
        except Misfit as misfit:
            raise misfit.inside(key) from None
        return found

    return check_values


def _literal(choices: tuple[str, ...]) -> Check:
    def check_choice(value: Any) -> str:
        if _text(value) not in choices:
            raise Misfit(f"is {shown(value)}, not {any_of(choices)}")
        return str(value)

    return check_choice


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _other(value, "a string")
    if len(value) > _LONGEST_TEXT:
        raise Misfit(f"has {len(value)} characters, which is more than {_LONGEST_TEXT}")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise Misfit("has a half of a surrogate pair, which is no Unicode")
    return value


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _other(value, "a boolean")
    return value


def _int(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _other(value, "a whole number")
    _check_size(value)
    return value


def _float(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _other(value, "a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise Misfit(f"is {value}, not a number")
    _check_size(value)
    return value


def _any(value: Any, depth: int = 0) -> Any:
    """Return JSON of any shape."""
    if depth > _DEEPEST:
        raise Misfit("is nested too deep")
    if isinstance(value, dict):
        return _dict(lambda item: _any(item, depth + 1))(value)
    if isinstance(value, list):
        return _list(lambda item: _any(item, depth + 1))(value)
    if value is None or isinstance(value, bool):
        return value
    return _text(value) if isinstance(value, str) else _float(value)


def _check_size(value: float) -> None:
    if not -LARGEST <= value <= LARGEST:
        raise Misfit(f"is not between -{LARGEST} and {LARGEST}")


def _check_length(value: list[Any] | dict[str, Any]) -> None:
    if len(value) > _LONGEST_LIST:
        raise Misfit(f"has {len(value)} entries, which is more than {_LONGEST_LIST}")


def _other(value: Any, wanted: str) -> Misfit:
    return Misfit(f"is {kind_of(value)}, not {wanted}")


# An object is what nobody looks into.
_SCALARS: dict[Any, Check] = {str: _text, bool: _bool, int: _int, float: _float, Any: _any, object: lambda value: value}
