# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tensors are worth rewriting."""

from __future__ import annotations

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.tensors import ENCODINGS, skip_reason

FLOAT, INT8, COMPLEX64, BOOL, UINT32, STRING = 1, 6, 8, 10, 22, 7


@pytest.mark.parametrize(
    ("dtype", "elements", "encoding", "values", "expected"),
    [
        (FLOAT, 16, "float_val", 16, 64),
        (FLOAT, 20, "float_val", 16, 80),
        (INT8, 100, "int_val", 100, 100),
        (COMPLEX64, 8, "scomplex_val", 16, 64),
        (BOOL, 16 * 512, "bool_val", 16, 16 * 512),
        (FLOAT, 15, "float_val", 15, "few_values"),
        (BOOL, 16 * 512 + 1, "bool_val", 16, "long_tail"),
        (FLOAT, 1 << 62, "float_val", 1000, "long_tail"),
        (FLOAT, 16, "float_val", 17, "too_many_values"),
        (FLOAT, 0, "float_val", 17, "too_many_values"),
        (COMPLEX64, 7, "scomplex_val", 16, "too_many_values"),
        (COMPLEX64, 16, "scomplex_val", 17, "type_mismatch"),
        (UINT32, 16, "int_val", 16, "type_mismatch"),
        (STRING, 16, "string_val", 16, "type_mismatch"),
        (101, 16, "float_val", 16, "type_mismatch"),
        (None, 16, "float_val", 16, "type_mismatch"),
    ],
)
def test_what_becomes_of_a_tensor(dtype: int, elements: int, encoding: str, values: int, expected: int | str) -> None:
    reason = skip_reason(dtype, elements, encoding, values)
    assert (reason or elements * ENCODINGS[dtype][1]) == expected


def test_every_type_with_numbers_is_known() -> None:
    assert sorted(ENCODINGS) == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 22, 23]
