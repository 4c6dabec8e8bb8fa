# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read protobuf's wire format from a file of any size, one block in memory at a time.

Source: https://protobuf.dev/programming-guides/encoding/. Every position is a number of bytes from the beginning of the file.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
# Nested messages that protobuf parses at most. Source: kDefaultRecursionLimit in its io/coded_stream.cc.
MAX_DEPTH = 100
# Bytes in memory at a time: a block of small fields, and a chunk of a large value.
BLOCK = 1 << 16
CHUNK = 1 << 20
# Bytes of the longest varint, one of 64 bits.
_LONGEST_VARINT = 10
_MASK = (1 << 64) - 1
# The bytes that another byte of the same varint follows, a table that flags them, and more flags than a varint can have.
_CONTINUED = bytes(bytearray(range(128, 256)))
_FLAGS = b"\0" * 128 + b"\1" * 128
_TOO_MANY = b"\1" * _LONGEST_VARINT


class WireError(Exception):
    """The file is damaged or of another kind. str() is a predicate: the sentence begins with the file's name."""

    def __init__(self, offset, sentence):
        Exception.__init__(self, sentence)
        self.offset = offset


def truncated(offset, end):
    """Return the WireError for data that begins at offset and extends past the end of the message or file around them."""
    reason = "is truncated or damaged: the data at byte {0} extends past byte {1}, where it has to end; copy it again."
    return WireError(offset, reason.format(offset, end))


def _too_long(offset):
    reason = "is damaged: the number at byte {0} has more than 10 bytes; copy it again."
    return WireError(offset, reason.format(offset))


class WireFile:
    """Reads the fields of a binary file that is open for reading and does not change."""

    def __init__(self, stream):
        self._stream = stream
        stream.seek(0, os.SEEK_END)
        self.size = stream.tell()
        self._base = 0
        # The same bytes twice: slices of the first are bytes in every Python, items of the second are numbers.
        self._block, self._numbers = b"", bytearray()

    def varint(self, position, end):
        """Return (unsigned number of 64 bits, position after it); nothing at or after end is read."""
        index = self._index(position)
        numbers = self._numbers
        stop = min(len(numbers), end - self._base, index + _LONGEST_VARINT)
        number = shift = 0
        for place in range(index, stop):
            byte = numbers[place]
            if byte < 128:
                return (number | byte << shift) & _MASK, place + 1 + self._base
            number |= (byte & 127) << shift
            shift += 7
        raise _too_long(position) if stop - index == _LONGEST_VARINT else truncated(position, end)

    def read(self, start, end):
        """Return the bytes from start to end, which the caller knows to be few."""
        if end - start > BLOCK:
            return self._read(start, end)
        index = start - self._base
        if index < 0 or end - self._base > len(self._block):
            index = self._load(start)
        return self._exactly(self._block[index : index + end - start], start, end)

    def chunks(self, start, end):
        """Yield the bytes from start to end in parts of at most CHUNK bytes. The block in memory is kept."""
        while start < end:
            stop = min(end, start + CHUNK)
            yield self._read(start, stop)
            start = stop

    def fields(self, start, end):
        """Yield (field number, wire type, start of its tag, start of its value, its end, value).

        The value is the number of a varint, and None for other wire types. The value of BYTES starts after its length.
        """
        # The caller may read elsewhere between two fields: that replaces the object's block, not this one.
        numbers, base, last = bytearray(), start, 0
        while start < end:
            index = start - base
            if index + 2 > last:
                index = self._index(start)
                numbers, base = self._numbers, self._base
                last = min(len(numbers), end - base)
            # Nearly every tag has one byte, and so have most lengths: avoid a call for those.
            tag, number = (numbers[index], numbers[index + 1]) if index + 2 <= last else (128, 128)
            position = start + 1
            if tag > 127:
                tag, position = self.varint(start, end)
                number = 128
            kind = tag & 7
            value = None
            if kind == BYTES:
                if number > 127:
                    number, position = self.varint(position, end)
                else:
                    position += 1
                stop = position + number
            elif kind == VARINT:
                value, stop = (number, position + 1) if number < 128 else self.varint(position, end)
            elif kind == FIXED32:
                stop = position + 4
            elif kind == FIXED64:
                stop = position + 8
            else:
                reason = "is damaged or not a TensorFlow graph: the field at byte {0} has wire type {1}; copy it again."
                raise WireError(start, reason.format(start, kind))
            if not 8 <= tag < 1 << 32:
                reason = "is damaged or not a TensorFlow graph: the field at byte {0} has number {1}; copy it again."
                raise WireError(start, reason.format(start, tag >> 3))
            if stop > end:
                raise truncated(start, end)
            yield tag >> 3, kind, start, position, stop, value
            start = stop

    def count_varints(self, start, end):
        """Return the number of varints in the bytes from start to end."""
        count = 0
        position = start
        flags = b""
        for chunk in self.chunks(start, end):
            count += len(chunk.translate(None, _CONTINUED))
            # The end of the previous chunk: a number may span both.
            before = flags[1 - _LONGEST_VARINT :]
            flags = before + chunk.translate(_FLAGS)
            found = flags.find(_TOO_MANY)
            if found >= 0:
                raise _too_long(position - len(before) + found)
            position += len(chunk)
        if flags.endswith(b"\1"):
            raise truncated(end - len(flags) + len(flags.rstrip(b"\1")), end)
        return count

    def _index(self, position):
        """Return the index of a position in the block in memory, after loading the block that begins there if necessary."""
        index = position - self._base
        available = len(self._block) - index
        # A varint at the end of the block may continue after it, except at the end of the file.
        if index >= 0 and (available >= _LONGEST_VARINT or 0 < available == self.size - position):
            return index
        return self._load(position)

    def _load(self, position):
        self._stream.seek(position)
        self._block = self._stream.read(min(BLOCK, self.size - position))
        self._numbers = bytearray(self._block)
        self._base = position
        return 0

    def _read(self, start, end):
        self._stream.seek(start)
        return self._exactly(self._stream.read(end - start), start, end)

    def _exactly(self, data, start, end):
        # The file became shorter after it was opened.
        if len(data) != end - start:
            raise truncated(start, end)
        return data


def varint_bytes(number):
    """Return the shortest varint of an unsigned number of at most 64 bits."""
    result = bytearray()
    while number > 127:
        result.append(number & 127 | 128)
        number >>= 7
    result.append(number)
    return bytes(result)
