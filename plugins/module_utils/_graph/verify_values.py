# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verify that the bytes of a tensor_content are the numbers of a repeated field, by encoding them again.

Numbers as every protobuf encodes them are compared in batches. Only where a number was written in more bytes than it needs,
the batch is decoded number by number.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import struct

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.fields import MESSAGES
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.schema import DATA_TYPES
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.tensors import ENCODINGS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import (
    BYTES,
    FIXED32,
    FIXED64,
    VARINT,
    varint_bytes,
)

# Elements that are compared at a time.
_BATCH = 1 << 15
_MEMO = 1 << 16
_LONGEST_VARINT = 10
_SINGLE = {"float": FIXED32, "double": FIXED64}
_NAMES = DATA_TYPES.split()
# struct's letters for the types that are encoded as varints. bool is a byte, which has to be 0 or 1.
_LETTERS = {
    "DT_INT32": "i",
    "DT_UINT8": "B",
    "DT_INT16": "h",
    "DT_INT8": "b",
    "DT_INT64": "q",
    "DT_BOOL": "B",
    "DT_QINT8": "b",
    "DT_QUINT8": "B",
    "DT_QINT32": "i",
    "DT_BFLOAT16": "H",
    "DT_QINT16": "h",
    "DT_QUINT16": "H",
    "DT_UINT16": "H",
    "DT_HALF": "H",
    "DT_UINT32": "I",
    "DT_UINT64": "Q",
}


def is_number(field):
    """Return whether a field of a TensorProto, as WireFile.fields() yields it, holds numbers."""
    known = MESSAGES["TensorProto"].get(field[0])
    if known is None or not known.repeated or not known.name.endswith("_val"):
        return False
    if known.kind in ("bytes", "ResourceHandleProto", "VariantTensorDataProto"):
        return False
    return field[1] in (BYTES, _SINGLE.get(known.kind, VARINT))


def same_numbers(old, pieces, dtype, new, start, end):
    """Return how many numbers equal the content from start to end of the new file; None where any differs.

    pieces: the fields that hold them in the old file, as WireFile.fields() yields them; dtype: number of their DataType.
    """
    source = _Source(old, pieces)
    letter = _LETTERS.get(_NAMES[dtype])
    size = ENCODINGS[dtype][1]
    compare = _Varints(source, letter, _NAMES[dtype] == "DT_BOOL") if letter else _Fixed(source, _NAMES[dtype], size)
    last = b""
    for place in range(start, end, _BATCH * size):
        content = new.read(place, min(end, place + _BATCH * size))
        same = compare.same(content)
        if same is None:
            return None
        last = content[same - size : same] if same else last
        # After the last number, its value stands for the rest of the elements.
        if content[same:] != last * ((len(content) - same) // size):
            return None
    return None if source.peek(1) else compare.count


class _Source:
    """Reads the encoded numbers of all pieces one after another."""

    def __init__(self, wire, pieces):
        self._parts = self._read(wire, pieces)
        self._data = b""
        self._at = 0

    def _read(self, wire, pieces):
        for _dummy, kind, _dummy, value, stop, _dummy in pieces:
            # A number that is not packed begins after its tag.
            for part in wire.chunks(value, stop) if kind == BYTES else [wire.read(value, stop)]:
                yield part

    def peek(self, count):
        """Return the next bytes, fewer only at the end."""
        while len(self._data) - self._at < count:
            part = next(self._parts, None)
            if part is None:
                break
            self._data = self._data[self._at :] + part
            self._at = 0
        return self._data[self._at : self._at + count]

    def drop(self, count):
        self._at += count


class _Fixed:
    """Compares numbers that have the same bytes in the content as in the field."""

    def __init__(self, source, name, size):
        self._source = source
        self._size = size
        self._width = size // 2 if name.startswith("DT_COMPLEX") else size
        self.count = 0

    def same(self, content):
        """Return how many bytes of the content are the next numbers; None where they differ."""
        found = self._source.peek(len(content))
        self._source.drop(len(found))
        self.count += len(found) // self._width
        return len(found) if content.startswith(found) and len(found) % self._size == 0 else None


class _Varints:
    """Compares numbers that are varints in the field; letter: struct's, for their form in the content."""

    def __init__(self, source, letter, is_bool):
        self._source = source
        self._letter = letter
        self._size = struct.calcsize("<" + letter)
        self._is_bool = is_bool
        self._codes = _Codes()
        self.count = 0

    def same(self, content):
        """Return how many bytes of the content are the next numbers; None where they differ."""
        count = len(content) // self._size
        if self._is_bool and content.strip(b"\0\1"):
            return None
        numbers = struct.unpack("<{0}{1}".format(count, self._letter), content)
        codes = b"".join(map(self._codes.__getitem__, numbers))
        if self._source.peek(len(codes)) == codes:
            self._source.drop(len(codes))
            self.count += count
            return len(content)
        return self._one_by_one(content)

    def _one_by_one(self, content):
        size = self._size
        for place in range(0, len(content), size):
            code = self._source.peek(_LONGEST_VARINT)
            if not code:
                return place
            number, used = _decode(code)
            self._source.drop(used)
            self.count += 1
            number = min(1, number) if self._is_bool else number & (1 << 8 * size) - 1
            if content[place : place + size] != _little_endian(number, size):
                return None
        return len(content)


class _Codes(dict):
    """Maps a number to the varint that every encoder of protobuf writes for it."""

    def __missing__(self, number):
        if len(self) >= _MEMO:
            self.clear()
        # Negative numbers are sign-extended to 64 bits, even of int32.
        result = self[number] = varint_bytes(number & (1 << 64) - 1)
        return result


def _decode(code):
    number = 0
    for index, byte in enumerate(bytearray(code)):
        number |= (byte & 127) << 7 * index
        if byte < 128:
            break
    return number & (1 << 64) - 1, index + 1


def _little_endian(number, size):
    return bytes(bytearray(number >> 8 * index & 255 for index in range(size)))
