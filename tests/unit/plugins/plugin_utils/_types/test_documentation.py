# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of facts, plan and assessment are what the modules document: the same names, types and nesting."""

from __future__ import annotations

import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest
import yaml
from ansible_collections.jetfleet.protobuf.plugins.doc_fragments.desired import ModuleDocFragment
from ansible_collections.jetfleet.protobuf.plugins.modules import protobuf_facts, protobuf_plan
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Facts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import Desired, Plan

NAMES = {str: "str", int: "int", float: "float", bool: "bool", Any: "raw"}


def returned(module: Any) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(module.RETURN)
    return found


def members(kind: Any) -> list[Any]:
    """Return the types of a union without None, or the type alone."""
    is_union = get_origin(kind) in (Union, types.UnionType)
    return [member for member in get_args(kind) if member is not type(None)] if is_union else [kind]


def fields(kind: Any) -> dict[str, Any]:
    """Return the type of every key of a TypedDict, or of several of them."""
    return {name: hint for member in members(kind) for name, hint in get_type_hints(member).items()}


def differences(kind: Any, entries: dict[str, Any], place: str = "") -> list[str]:
    """Return where TypedDicts and documented options or return values differ."""
    hints = fields(kind)
    found = [f"{place}.{name}: on one side only" for name in sorted(hints.keys() ^ entries.keys())]
    for name in hints.keys() & entries.keys():
        found += of_entry(hints[name], entries[name], f"{place}.{name}")
    return found


def of_entry(hint: Any, entry: dict[str, Any], place: str) -> list[str]:
    kind, documented, contains = members(hint)[0], entry["type"], entry.get("contains")
    if get_origin(kind) is list and documented == "list":
        return of_entry(get_args(kind)[0], {"type": entry.get("elements"), "contains": contains}, place)
    if get_origin(kind) is dict and documented == "dict":
        nested = [of_entry(get_args(kind)[1], value, f"{place}.{name}") for name, value in (contains or {}).items()]
        return sum(nested, [])
    if is_typeddict(kind) and documented == "dict":
        sample = entry.get("sample", fields(hint)).keys()
        return (
            differences(hint, contains, place)
            if contains
            else [f"{place}: {name}" for name in sample ^ fields(hint).keys()]
        )
    if get_origin(kind) is Literal:
        kind, choices = str, [*get_args(kind)]
        documented = documented if entry.get("choices", choices) == choices else "choices"
    return [] if NAMES.get(kind) == documented else [f"{place}: {kind} is documented as {documented}"]


@pytest.mark.parametrize(
    ("kind", "entries"),
    [
        (Facts, returned(protobuf_facts)["ansible_facts"]["contains"]["jetfleet"]["contains"]),
        (Plan, {name: entry for name, entry in returned(protobuf_plan).items() if name != "ansible_facts"}),
        (Desired, yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]["desired"]["suboptions"]),
    ],
)
def test_a_type_is_what_is_documented(kind: Any, entries: dict[str, Any]) -> None:
    assert differences(kind, entries) == []
