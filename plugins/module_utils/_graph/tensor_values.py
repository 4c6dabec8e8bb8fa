# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Convert the numbers of one tensor from its repeated field to the bytes of tensor_content, part by part.

A tensor here is a Tensor of repack_edits.py. Invalid numbers raise a WireError with the place in the file.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re
import struct

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.fields import MESSAGES, TENSOR_FIELDS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import (
    BYTES,
    FIXED32,
    FIXED64,
    VARINT,
    WireError,
    truncated,
    varint_bytes,
)

# Bytes of the file that are converted at a time. As Python objects they take fifty times as much.
_PART = 1 << 17
_CONTINUED = bytes(bytearray(range(128, 256)))
_VARINT = re.compile(b"[\x80-\xff]{0,9}[\x00-\x7f]")
# 1 for every byte that another byte of the same varint follows, to find varints of more than 10 bytes.
_FOLLOWED = bytes(bytearray([0] * 128 + [1] * 128))
_TOO_LONG = b"\1" * 10
_TRUTH = bytes(bytearray([0] + [1] * 255))
# Different numbers that are cached: all that 16 bits can hold.
_MEMO = 1 << 16
_TAIL = 1 << 20
_WIDTHS = {"float": 4, "double": 8}
CONTENT_TAG = varint_bytes(TENSOR_FIELDS["tensor_content"] << 3 | BYTES)


class Encoding:
    """A repeated field of numbers: its name, and the width in bytes of one number (None: varints)."""

    def __init__(self, field):
        self.name = field.name
        self.width = _WIDTHS.get(field.kind)
        self.is_bool = field.kind == "bool"
        # Wire type of a number that is not packed.
        self.single = {4: FIXED32, 8: FIXED64, None: VARINT}[self.width]

    def count(self, wire, kind, start, stop):
        """Return how many numbers the value of a field holds; None where its wire type makes it an unknown field."""
        if kind == self.single:
            return 1
        if kind != BYTES:
            return None
        if self.width is None:
            return sum(len(part.translate(None, _CONTINUED)) for part in whole_varints(wire, start, stop))
        if (stop - start) % self.width:
            reason = "is damaged: the {0} bytes of {1} at byte {2} are not a multiple of {3}; copy it again."
            raise WireError(start, reason.format(stop - start, self.name, start, self.width))
        return (stop - start) // self.width


# {number of a field: Encoding}
NUMBERS = dict(
    (number, Encoding(field))
    for number, field in MESSAGES["TensorProto"].items()
    if field.repeated and field.kind in ("float", "double", "int32", "int64", "uint32", "uint64", "bool")
)


def whole_varints(wire, start, end):
    """Yield the bytes from start to end in parts that end where a varint ends."""
    rest = b""
    for position in range(start, end, _PART):
        part = rest + wire.read(position, min(end, position + _PART))
        place = part.translate(_FOLLOWED).find(_TOO_LONG)
        if place >= 0:
            wire.varint(position - len(rest) + place, end)  # raises
        whole = part.rstrip(_CONTINUED)
        rest = part[len(whole) :]
        yield whole
    if rest:
        raise truncated(end - len(rest), end)


def content_parts(wire, tensor):
    """Yield the bytes of the tensor's tensor_content; a tail that repeats the last element fills missing ones."""
    last = b""
    written = 0
    convert = _converter(tensor)
    for part in _encoded_parts(wire, tensor):
        part = convert(part)
        last = (last + part)[-tensor.size :]
        written += len(part)
        yield part
    left = tensor.content - written
    while left:
        step = min(left, max(1, _TAIL // tensor.size) * tensor.size)
        yield last * (step // tensor.size)
        left -= step


def _encoded_parts(wire, tensor):
    """Yield the tensor's numbers as they are in the file, without tags and lengths."""
    encoding = NUMBERS[tensor.number]
    for number, kind, _dummy, value, stop, _dummy in wire.fields(tensor.first, tensor.last):
        if number != tensor.number or kind not in (BYTES, encoding.single):
            continue
        parts = wire.chunks if encoding.width else _varint_parts(wire)
        for part in parts(value, stop):
            yield part


def _varint_parts(wire):
    return lambda start, end: whole_varints(wire, start, end)


def _converter(tensor):
    """Return a function that turns encoded numbers into tensor_content."""
    encoding = NUMBERS[tensor.number]
    if encoding.width:
        # Little-endian in the wire format as on every board.
        return lambda part: part
    memo = _Memo(tensor.size, encoding.is_bool)

    def convert(part):
        if len(part.translate(None, _CONTINUED)) < len(part):
            return b"".join(map(memo.__getitem__, _VARINT.findall(part)))
        # Each byte is a number.
        if encoding.is_bool:
            part = part.translate(_TRUTH)
        result = bytearray(len(part) * tensor.size)
        result[:: tensor.size] = part
        return bytes(result)

    return convert


class _Memo(dict):
    """Maps a varint to its element in tensor_content, converting each only once."""

    def __init__(self, size, is_bool):
        dict.__init__(self)
        self._size = size
        self._is_bool = is_bool

    def __missing__(self, varint):
        number = 0
        for byte in reversed(bytearray(varint)):
            number = number << 7 | byte & 127
        # protobuf keeps 64 bits, and TensorFlow as many of them as the type has.
        number &= (1 << 64) - 1
        result = struct.pack("<Q", bool(number) if self._is_bool else number)[: self._size]
        if len(self) >= _MEMO:
            self.clear()
        self[varint] = result
        return result
