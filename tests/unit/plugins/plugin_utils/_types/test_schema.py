# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The type of the drift report is what its JSON schema describes: names, types, null, and what is required."""

from __future__ import annotations

import json
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import Report

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[5] / "roles/drift/files/drift-report.schema.json").read_bytes()
)
TYPES = {"string": str, "integer": int, "number": float, "boolean": bool, "null": type(None)}


def options(hint: Any) -> list[Any]:
    return [*get_args(hint)] if get_origin(hint) in (Union, types.UnionType) else [hint]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return SCHEMA["$defs"][name] if name else schema


def alternatives(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a schema for each type that a value may have."""
    if "anyOf" in schema:
        return [resolved(one) for one in schema["anyOf"]]
    return [schema | {"type": kind} for kind in schema["type"]] if isinstance(schema.get("type"), list) else [schema]


def differences(hint: Any, schema: dict[str, Any], place: str = "report") -> list[str]:
    """Return where a type and a schema differ."""
    kinds, schemas = options(hint), alternatives(resolved(schema))
    if len(kinds) != len(schemas):
        return [f"{place}: {len(kinds)} types and {len(schemas)} in the schema"]
    return [text for kind, one in zip(kinds, schemas, strict=True) for text in of_one(kind, one, place)]


def of_one(kind: Any, schema: dict[str, Any], place: str) -> list[str]:
    if is_typeddict(kind):
        return of_object(kind, schema, place)
    if get_origin(kind) is list and schema["type"] == "array":
        return differences(get_args(kind)[0], schema["items"], f"{place}[]")
    if get_origin(kind) is dict and schema["type"] == "object":
        return differences(get_args(kind)[1], schema["additionalProperties"], f"{place}{{}}")
    if get_origin(kind) is Literal:
        same = [*get_args(kind)] == schema.get("enum", [schema.get("const")])
    else:
        same = TYPES.get(schema.get("type", ""), Any) is kind and "enum" not in schema and "const" not in schema
    return [] if same else [f"{place}: {kind} and {schema}"]


def of_object(kind: Any, schema: dict[str, Any], place: str) -> list[str]:
    hints, properties = get_type_hints(kind), schema["properties"]
    found = [f"{place}.{name}: on one side only" for name in sorted(hints.keys() ^ properties.keys())]
    found += [f"{place}.{name}: required on one side only" for name in kind.__required_keys__ ^ {*schema["required"]}]
    for name in hints.keys() & properties.keys():
        found += differences(hints[name], properties[name], f"{place}.{name}")
    return found


def test_the_report_is_what_its_schema_describes() -> None:
    assert differences(Report, SCHEMA) == []
