# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables that are made of the schema."""

from __future__ import annotations

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.fields import (
    MESSAGES,
    TENSOR_FIELDS,
    TOWARDS_TENSORS,
    Field,
)


def test_fields_have_their_names_kinds_and_labels() -> None:
    assert MESSAGES["GraphDef"][1] == Field("node", True, "NodeDef")
    assert MESSAGES["NodeDef"][5] == Field("attr", True, "NodeDef.attr")
    assert MESSAGES["NodeDef.attr"] == {1: Field("key", False, "string"), 2: Field("value", False, "AttrValue")}
    assert MESSAGES["AttrValue"][8] == Field("tensor", False, "TensorProto")
    assert (TENSOR_FIELDS["tensor_content"], TENSOR_FIELDS["half_val"]) == (4, 13)


def test_every_way_to_a_tensor_is_there_and_no_other() -> None:
    assert {message: sorted(fields) for message, fields in TOWARDS_TENSORS.items()} == {
        "GraphDef": [1, 2],
        "NodeDef": [5],
        "NodeDef.attr": [2],
        "AttrValue": [1, 8, 10],
        "ListValue": [8, 9],
        "NameAttrList": [2],
        "NameAttrList.attr": [2],
        "TensorProto": [15],
        "VariantTensorDataProto": [3],
        "FunctionDefLibrary": [1],
        "FunctionDef": [1, 3, 5],
        "FunctionDef.attr": [2],
        "OpDef": [4],
        "AttrDef": [3, 7],
    }
