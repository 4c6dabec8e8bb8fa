# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The faults of rules as they are written.

Every fault continues the sentence 'In jetfleet_drift_rules of nano-1, ...' and has no full stop.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.schema import Misfit, checker
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.comparisons import COMPARISONS, operand_fault
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.expressions import compile_expression
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.remedies import placeholder_fault
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.words import (
    any_of,
    did_you_mean,
    kind_of,
    nearest,
    shown,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import SEVERITIES

_JSON = checker(Any)
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_REMEDY = ("text", "command")
# What null removes from a rule that it is merged over.
_REMOVABLE = ("description", "when", "remedy")
# Pairs of what is wrong and how: ("the query", "is empty: ...").
Faults = Iterator[tuple[str, str]]


def is_query(operand: Any) -> bool:
    """Return whether the operand of a comparison is an expression, not a value."""
    return isinstance(operand, dict) and set(operand) == {"query"}


def layer_faults(rules: Any) -> list[str]:
    """Return the faults of one variable, whatever it is merged with."""
    if not isinstance(rules, dict):
        return [f"the rules are {kind_of(rules)}, not a mapping: give a mapping from the id of a rule to the rule"]
    return [fault for name, rule in rules.items() for fault in _rule_faults(name, rule)]


def unfinished(known: Iterable[str], layers: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return for each of the layers the faults of its new rules that no layer completes.

    known are the ids of the rules that the layers are merged over.
    """
    found = []
    names = {*known}
    for number, layer in enumerate(layers):
        new = [name for name in layer if name not in names]
        found.append([fault for name in new for fault in _gaps(name, layers[number:], names)])
        names.update(layer)
    return found


def _gaps(name: str, layers: Sequence[Mapping[str, Any]], names: set[str]) -> Iterator[str]:
    given = {field for layer in layers for field in layer.get(name, ())}
    missing = [f"no {field}" for field in ("title", "query") if field not in given]
    missing += [] if given & {*COMPARISONS} else ["no comparison"]
    close = nearest(name, names)
    if missing:
        yield f"the rule {name} has {any_of(missing, 'and')}: complete it{f', or did you mean {close}' if close else ''}"


def _rule_faults(name: str, rule: Any) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield f"the id {shown(name)} of a rule is not made of small letters, digits and hyphens: rename it"
    if not isinstance(rule, dict):
        yield f"the rule {name} is {kind_of(rule)}, not a mapping: give it a query, a comparison and a title"
        return
    for key, value in rule.items():
        if key not in _FIELDS:
            yield f"the rule {name} has the unknown field {shown(key)}: {did_you_mean(key, _FIELDS)}"
        elif value is not None or key not in _REMOVABLE:
            yield from (f"{subject} of the rule {name} {fault}" for subject, fault in _FIELDS[key](key, value))
    compared = [key for key in COMPARISONS if key in rule]
    if len(compared) > 1:
        yield f"the rule {name} has the comparisons {any_of(compared, 'and')}: keep one"


def _text(field: str, value: Any) -> Faults:
    if not isinstance(value, str):
        yield f"the {field}", f"is {kind_of(value)}, not a string: give a sentence"
    elif not value.strip():
        yield f"the {field}", "is empty: give a sentence"


def _expression(field: str, value: Any) -> Faults:
    if not isinstance(value, str):
        yield f"the {field}", f"is {kind_of(value)}, not a string: give a JMESPath expression"
        return
    try:
        compile_expression(value)
    except ValueError as error:
        yield f"the {field}", str(error)


def _comparison(field: str, value: Any) -> Faults:
    if is_query(value):
        yield from _expression(f"query in {field}", value["query"])
        return
    fault = operand_fault(field, value) or _json_fault(value)
    if fault:
        yield field, fault


def _json_fault(value: Any) -> str | None:
    """Return why a value cannot be in a report, None where it can."""
    try:
        _JSON(value)
    except Misfit as misfit:
        return f"holds what no report can hold (in it, {misfit}): give another value"
    return None


def _severity(field: str, value: Any) -> Faults:
    if value not in SEVERITIES:
        yield f"the {field}", f"is {shown(value)}: choose {any_of(SEVERITIES)}"


def _remedy(field: str, value: Any) -> Faults:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        yield f"the {field}", "is not a mapping with a text: give it a text, and a command where there is one"
        return
    for key, text in value.items():
        if key not in _REMEDY:
            yield f"the {field}", f"has the unknown field {shown(key)}: {did_you_mean(key, _REMEDY)}"
        elif text is not None:
            yield from _filled_in(f"the {key} of the {field}", text)


def _filled_in(subject: str, text: Any) -> Faults:
    fault = placeholder_fault(text) if isinstance(text, str) else f"is {kind_of(text)}, not a string: give a string"
    if fault:
        yield subject, fault


_FIELDS: dict[str, Callable[[str, Any], Faults]] = {
    "title": _text,
    "description": _text,
    "query": _expression,
    "when": _expression,
    **dict.fromkeys(COMPARISONS, _comparison),
    "severity": _severity,
    "remedy": _remedy,
}
