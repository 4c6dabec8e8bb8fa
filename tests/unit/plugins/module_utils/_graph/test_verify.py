# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification has to find every difference."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.repack_writer import write_repacked
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.verify import Mismatch, verify_repacked
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import WireError, WireFile
from ansible_collections.jetfleet.protobuf.tests.support.wire_graphs import Pair, chunk, graphs, scalar, varint
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st


def verified(old: bytes, new: bytes) -> dict[str, int]:
    result: dict[str, int] = verify_repacked(WireFile(io.BytesIO(old)), WireFile(io.BytesIO(new)))
    return result


def differs(old: bytes, new: bytes) -> bool:
    try:
        verified(old, new)
    except (Mismatch, WireError):
        return True
    return False


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(graphs(), st.data())
def test_every_bit_that_is_flipped_is_found(graph: Pair, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(graph.new) - 1))
    bit = data.draw(st.integers(0, 7))
    flipped = graph.new[:place] + bytes([graph.new[place] ^ 1 << bit]) + graph.new[place + 1 :]
    assert differs(graph.old, flipped)


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(graphs(), graphs())
def test_another_graph_is_found(one: Pair, two: Pair) -> None:
    assume(one != two)
    assert differs(one.old, two.new)
    assert differs(one.old, one.new[:-1])
    assert differs(one.old, one.new + chunk(4, b""))


def constant(dtype: int, dims: list[int], *fields: bytes) -> bytes:
    shape = b"".join(chunk(2, scalar(1, size)) for size in dims)
    proto = scalar(1, dtype) + chunk(2, shape) + b"".join(fields)
    return chunk(1, chunk(1, b"n") + chunk(5, chunk(1, b"value") + chunk(2, chunk(8, proto))))


def test_every_byte_of_a_real_graph_counts(fixtures: Path) -> None:
    old = (fixtures / "graphs/functions.bin").read_bytes()
    out = io.BytesIO()
    write_repacked(WireFile(io.BytesIO(old)), out)
    new = out.getvalue()
    assert verified(old, new)["tensors"] > 0
    found = [
        place for place in range(len(new)) if not differs(old, new[:place] + bytes([new[place] ^ 1]) + new[place + 1 :])
    ]
    assert found == []


NUMBERS = [1, 2, 300, 40000, 5, 0, 7, 65535] * 5
CONTENT = struct.pack("<40H", *NUMBERS)
HALF = constant(19, [40], chunk(13, b"".join(map(varint, NUMBERS))))


@pytest.mark.parametrize(
    "wrong",
    [
        constant(19, [40], chunk(4, CONTENT[:-2])),
        constant(19, [40], chunk(4, CONTENT + CONTENT[-2:])),
        constant(19, [39], chunk(4, CONTENT[:-2])),
        constant(14, [40], chunk(4, CONTENT)),
        constant(19, [40], chunk(4, CONTENT), chunk(4, CONTENT)),
        constant(19, [40], chunk(4, CONTENT), chunk(13, b"\1")),
        constant(19, [40], chunk(900, CONTENT)),
        constant(19, [40]),
        constant(19, [40], chunk(4, CONTENT[:2] * 40)),
    ],
)
def test_other_content_is_found(wrong: bytes) -> None:
    assert verified(HALF, constant(19, [40], chunk(4, CONTENT))) == {"tensors": 1, "values": 40}
    assert differs(HALF, wrong)


def test_a_tail_has_to_be_the_last_number() -> None:
    old = constant(1, [50], chunk(5, struct.pack("<16f", *range(16))))
    right = struct.pack("<50f", *range(16), *[15] * 34)
    assert verified(old, constant(1, [50], chunk(4, right))) == {"tensors": 1, "values": 16}
    for place in (63, 64, 100, 199):
        wrong = right[:place] + bytes([right[place] ^ 1]) + right[place + 1 :]
        assert differs(old, constant(1, [50], chunk(4, wrong)))


def test_the_tail_of_many_numbers() -> None:
    """More than are compared at a time, in the field and behind it."""
    for count in (32767, 32768, 32769, 70000):
        numbers = [index % 1000 for index in range(count)]
        old = constant(3, [100000], chunk(7, b"".join(map(varint, numbers))))
        content = struct.pack("<100000I", *numbers, *[numbers[-1]] * (100000 - count))
        assert verified(old, constant(3, [100000], chunk(4, content))) == {"tensors": 1, "values": count}
        assert differs(old, constant(3, [100000], chunk(4, content[:-4] + b"\xff\xff\0\0")))


def test_numbers_that_somebody_encoded_in_more_bytes_than_needed() -> None:
    old = constant(19, [40], chunk(13, b"".join(varint(number, 4) for number in NUMBERS)))
    assert verified(old, constant(19, [40], chunk(4, CONTENT))) == {"tensors": 1, "values": 40}
    wrong = CONTENT[:40] + b"\7" + CONTENT[41:]
    assert differs(old, constant(19, [40], chunk(4, wrong)))


def test_true_is_one() -> None:
    old = constant(10, [16], chunk(11, b"\1\0" * 8))
    assert verified(old, constant(10, [16], chunk(4, b"\1\0" * 8)))["values"] == 16
    assert differs(old, constant(10, [16], chunk(4, b"\2\0" * 8)))
    old = constant(10, [16], chunk(11, b"\2\0" * 8))
    assert verified(old, constant(10, [16], chunk(4, b"\1\0" * 8)))["values"] == 16
    assert differs(old, constant(10, [16], chunk(4, b"\2\0" * 8)))


def test_numbers_that_no_element_has_room_for_are_found() -> None:
    assert differs(
        constant(19, [39], chunk(13, b"".join(map(varint, NUMBERS)))), constant(19, [39], chunk(4, CONTENT[:-2]))
    )


def test_the_tag_of_a_message_that_changed_is_still_the_same() -> None:
    right = constant(19, [40], chunk(4, CONTENT))
    assert verified(b"\x8a\0" + HALF[1:], b"\x8a\0" + right[1:])["values"] == 40
    assert differs(b"\x8a\0" + HALF[1:], right)
