# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader of protobuf's wire format, against encodings from protobuf's documentation and a model of its own."""

from __future__ import annotations

import io
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph import wire as wire_format
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import WireError, WireFile, varint_bytes
from ansible_collections.jetfleet.protobuf.tests.support.guarded_stream import GuardedStream
from hypothesis import example, given
from hypothesis import strategies as st

Field = tuple[int, int, int, int, int, int | None]
VARINT, FIXED64, BYTES, START_GROUP, END_GROUP, FIXED32 = range(6)
NUMBERS = st.integers(0, 2**64 - 1)


def wire(data: bytes) -> Any:
    return WireFile(GuardedStream(data))


def fields(data: bytes) -> list[Field]:
    return list(wire(data).fields(0, len(data)))


def refusal(reader: Any, *arguments: int) -> tuple[int, str]:
    """Return offset and sentence of the error that a method of WireFile ends in."""
    with pytest.raises(WireError) as caught:
        result = reader(*arguments)
        list(result)
    assert str(caught.value).endswith("copy it again.")
    return caught.value.offset, str(caught.value)


# From the documentation: a field of each wire type.
@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"\x08\x96\x01", (1, VARINT, 0, 1, 3, 150)),
        (b"\x12\x07testing", (2, BYTES, 0, 2, 9, None)),
        (b"\x0d\x00\x00\x80\x3f", (1, FIXED32, 0, 1, 5, None)),
        (b"\x09" + bytes(8), (1, FIXED64, 0, 1, 9, None)),
        (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", (1, VARINT, 0, 1, 11, 2**64 - 1)),
        # protobuf keeps the last 64 bits.
        (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", (1, VARINT, 0, 1, 11, 2**64 - 1)),
        (b"\x82\x01\x00", (16, BYTES, 0, 3, 3, None)),
        # Longer than need be, which is allowed.
        (b"\x88\x00\x80\x00", (1, VARINT, 0, 2, 4, 0)),
        (b"\xfa\xff\xff\xff\x0f\x00", (2**29 - 1, BYTES, 0, 6, 6, None)),
    ],
)
def test_fields_of_every_wire_type(data: bytes, field: Field) -> None:
    assert fields(data) == [field]
    # The same where other fields stand before it and behind it.
    before = b"\x20\x07"
    number, kind, *places, value = field
    moved = (number, kind, *(place + len(before) for place in places if place is not None), value)
    assert fields(before + data + before)[1] == moved


@given(st.lists(st.tuples(st.integers(1, 2**29 - 1), NUMBERS | st.binary(max_size=300)), max_size=20))
def test_fields_are_what_was_written(written: list[tuple[int, int | bytes]]) -> None:
    data = b""
    expected: list[Field] = []
    for number, value in written:
        kind = BYTES if isinstance(value, bytes) else VARINT
        begin = len(data)
        data += varint_bytes(number << 3 | kind)
        start = len(data) + (len(varint_bytes(len(value))) if isinstance(value, bytes) else 0)
        data += varint_bytes(len(value)) + value if isinstance(value, bytes) else varint_bytes(value)
        expected.append((number, kind, begin, start, len(data), None if isinstance(value, bytes) else value))
    assert fields(data) == expected


@given(NUMBERS)
def test_a_varint_is_what_was_written(number: int) -> None:
    data = varint_bytes(number)
    assert wire(data).varint(0, len(data)) == (number, len(data))
    assert wire(b"\x7f" + data + b"\x7f").varint(1, len(data) + 1) == (number, len(data) + 1)


@given(st.binary(max_size=40), st.integers(0, 40), st.integers(0, 40))
@example(b"\0\0", 0, 1)
def test_nothing_at_or_behind_the_end_is_looked_at(data: bytes, first: int, second: int) -> None:
    start, end = sorted((min(first, len(data)), min(second, len(data))))
    assert outcome(data, start, end) == outcome(data[:end], start, end)


def outcome(data: bytes, start: int, end: int) -> list[Any]:
    """Return the fields between start and end, and the error after them."""
    found: list[Any] = []
    try:
        for field in wire(data).fields(start, end):
            assert start <= field[2] < field[3] <= field[4] <= end
            found.append(field)
    except WireError as error:
        assert start <= error.offset <= end
        assert str(error.offset) in str(error)
        found.append(str(error))
    return found


@pytest.mark.parametrize(
    ("data", "offset", "reason"),
    [
        (b"\x08", 1, "the data at byte 1 extends past byte 1,"),
        (b"\x08\x96", 1, "the data at byte 1 extends past byte 2,"),
        (b"\x12\x07testin", 0, "the data at byte 0 extends past byte 8,"),
        (b"\x20\x07\x12", 3, "the data at byte 3 extends past byte 3,"),
        (b"\x0d\x00\x00\x80", 0, "the data at byte 0 extends past byte 4,"),
        (b"\x09" + bytes(7), 0, "the data at byte 0 extends past byte 8,"),
        (b"\x20\x07\x0b", 2, "the field at byte 2 has wire type 3;"),
        (b"\x0c", 0, "the field at byte 0 has wire type 4;"),
        (b"\x0e", 0, "the field at byte 0 has wire type 6;"),
        (b"\x0f", 0, "the field at byte 0 has wire type 7;"),
        (b"\x20\x07\x02\x00", 2, "the field at byte 2 has number 0;"),
        (b"\x82\x80\x80\x80\x10\x00", 0, "the field at byte 0 has number 536870912;"),
        (b"\x08" + b"\xff" * 10 + b"\x01", 1, "the number at byte 1 has more than 10 bytes;"),
        (b"\xff" * 10 + b"\x01", 0, "the number at byte 0 has more than 10 bytes;"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(data: bytes, offset: int, reason: str) -> None:
    found, sentence = refusal(wire(data).fields, 0, len(data))
    assert (found, reason in sentence) == (offset, True), sentence


@pytest.mark.parametrize("size", range(wire_format.BLOCK - 24, wire_format.BLOCK + 3))
def test_fields_that_lie_across_blocks(size: int) -> None:
    first = b"\x0a" + varint_bytes(size - 4) + bytes(size - 4)
    assert len(first) == size
    second = b"\x82\x01\x80\x02" + bytes(256)
    third = b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
    data = b"\x20\x07" * 3 + first + b"\x20\x07" + second + third
    reader = wire(data)
    # Have a block that ends in the midst of what follows.
    assert reader.read(0, 6) == b"\x20\x07" * 3
    found = list(reader.fields(6, len(data)))
    assert [field[0] for field in found] == [1, 4, 16, 1]
    assert found[2][3:5] == (6 + size + 2 + 4, 6 + size + 2 + 4 + 256)
    assert found[3][5] == 2**64 - 1


def test_reading_elsewhere_between_two_fields() -> None:
    data = b"".join(b"\x20" + varint_bytes(number) for number in range(100)) + bytes(3 * wire_format.BLOCK)
    reader = wire(data)
    found = []
    for field in reader.fields(0, 172):
        found.append(field[5])
        assert reader.read(2 * wire_format.BLOCK, 2 * wire_format.BLOCK + 5) == bytes(5)
        assert reader.varint(wire_format.BLOCK, len(data)) == (0, wire_format.BLOCK + 1)
        assert reader.read(0, 4) == data[:4]
    assert found == list(range(86))


@pytest.mark.parametrize("length", [0, 1, 5, wire_format.BLOCK, wire_format.BLOCK + 1, 3 * wire_format.BLOCK])
@pytest.mark.parametrize("start", [0, 7, wire_format.BLOCK - 1])
def test_read_returns_exactly_the_bytes(start: int, length: int) -> None:
    data = bytes(index * 7 % 251 for index in range(4 * wire_format.BLOCK))
    reader = wire(data)
    for _twice in range(2):
        found = reader.read(start, start + length)
        assert (found, type(found)) == (data[start : start + length], bytes)


def test_chunks_are_the_bytes_in_parts() -> None:
    data = bytes(2 * wire_format.CHUNK + 5)
    reader = wire(data)
    assert [len(chunk) for chunk in reader.chunks(0, len(data))] == [wire_format.CHUNK, wire_format.CHUNK, 5]
    assert list(reader.chunks(3, 3)) == []
    assert list(reader.chunks(3, 5)) == [b"\0\0"]


@given(st.lists(NUMBERS, max_size=30), st.integers(1, 40))
def test_count_varints(numbers: list[int], chunk: int) -> None:
    data = b"".join(varint_bytes(number) for number in numbers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire_format, "CHUNK", chunk)
        assert wire(b"\xff" + data + b"\xff").count_varints(1, len(data) + 1) == len(numbers)


@pytest.mark.parametrize("chunk", [1, 2, 3, 9, 10, 11, 12, 1000])
def test_packed_numbers_that_are_damaged(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_format, "CHUNK", chunk)
    longest = b"\xff" * 9 + b"\x01"
    for before in (b"", b"\x05", longest, longest * 2 + b"\x80\x01"):
        place = len(before)
        too_long = before + b"\x80" * 10 + b"\x01\x02"
        offset, sentence = refusal(wire(too_long).count_varints, 0, len(too_long))
        assert (offset, f"the number at byte {place} has more than 10 bytes" in sentence) == (place, True)
        for missing in range(1, 10):
            cut = before + b"\x80" * missing
            offset, sentence = refusal(wire(cut).count_varints, 0, len(cut))
            assert (offset, f"the data at byte {place} extends past byte {len(cut)}" in sentence) == (place, True)


class Shrunk(io.BytesIO):
    """A file that was truncated after three bytes when it was open already."""

    def read(self, size: int | None = -1) -> bytes:
        place = self.tell()
        return super().read(size)[: max(0, 3 - place)]


@pytest.mark.parametrize(
    ("method", "start"), [("fields", 0), ("read", 0), ("read", 3), ("count_varints", 0), ("chunks", 0), ("varint", 2)]
)
def test_a_file_that_became_shorter(method: str, start: int) -> None:
    reader: Any = WireFile(Shrunk(b"\x20\x07\xa0\x01\x01\x20\x07\x07"))
    _offset, sentence = refusal(getattr(reader, method), start, 8)
    assert "is truncated or damaged" in sentence
