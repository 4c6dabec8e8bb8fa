# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read protobuf's wire format out of a file of any size, through one block in memory.

Source: the encoding as protobuf's documentation describes it (https://protobuf.dev/programming-guides/encoding/).
Every position is a number of bytes from the beginning of the file.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
# In memory at a time: a block of small fields, and a chunk of a large value.
BLOCK = 1 << 16
CHUNK = 1 << 20
# A varint of 64 bits has at most that many bytes.
_LONGEST_VARINT = 10
_MASK = (1 << 64) - 1
# Every byte that another one of the same varint follows, what tells them apart, and more of them than a varint has.
_CONTINUED = bytes(bytearray(range(128, 256)))
_FLAGS = b"\0" * 128 + b"\1" * 128
_TOO_MANY = b"\1" * _LONGEST_VARINT


class WireError(Exception):
    """The file is not what it should be. str() is the rest of a sentence that begins with the file's name."""

    def __init__(self, offset, sentence):
        Exception.__init__(self, sentence)
        self.offset = offset


def cut_off(offset, end):
    """The error for what begins at offset and goes past the end of what it is part of."""
    reason = "is cut off or damaged: what begins at byte {0} goes past byte {1}, where it has to end; copy it again."
    return WireError(offset, reason.format(offset, end))


def _too_long(offset):
    reason = "is damaged: the number at byte {0} has more than 10 bytes; copy it again."
    return WireError(offset, reason.format(offset))


class WireFile:
    """A binary file that is open for reading and does not change."""

    def __init__(self, stream):
        self._stream = stream
        stream.seek(0, os.SEEK_END)
        self.size = stream.tell()
        self._base = 0
        # The same twice: slices of the first are bytes on every Python, items of the second are numbers.
        self._block, self._numbers = b"", bytearray()

    def varint(self, position, end):
        """(number of 64 bits without a sign, position after it); nothing at or behind end is looked at."""
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
        raise _too_long(position) if stop - index == _LONGEST_VARINT else cut_off(position, end)

    def read(self, start, end):
        """The bytes from start to end, which the caller knows to be few."""
        if end - start > BLOCK:
            return self._read(start, end)
        index = start - self._base
        if index < 0 or end - self._base > len(self._block):
            index = self._load(start)
        return self._exactly(self._block[index : index + end - start], start, end)

    def chunks(self, start, end):
        """The bytes from start to end, in parts of at most CHUNK bytes. The block in memory stays."""
        while start < end:
            stop = min(end, start + CHUNK)
            yield self._read(start, stop)
            start = stop

    def fields(self, start, end):
        """Yield (field number, wire type, where its tag begins, where its value begins, where it ends, value).

        The value is the number of a varint, and None for everything else. Of BYTES, the value begins after its length.
        """
        # Whoever gets a field may read elsewhere before the next one: that replaces the object's block, not this one.
        numbers, base, last = bytearray(), start, 0
        while start < end:
            index = start - base
            if index + 2 > last:
                index = self._index(start)
                numbers, base = self._numbers, self._base
                last = min(len(numbers), end - base)
            # Nearly every tag has one byte, and so have most lengths: no call for those.
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
                reason = (
                    "is damaged or no TensorFlow graph: at byte {0} begins a field of wire type {1}; copy it again."
                )
                raise WireError(start, reason.format(start, kind))
            if not 8 <= tag < 1 << 32:
                reason = "is damaged or no TensorFlow graph: at byte {0} begins field {1}; copy it again."
                raise WireError(start, reason.format(start, tag >> 3))
            if stop > end:
                raise cut_off(start, end)
            yield tag >> 3, kind, start, position, stop, value
            start = stop

    def count_varints(self, start, end):
        """How many varints the bytes from start to end are."""
        count = 0
        position = start
        flags = b""
        for chunk in self.chunks(start, end):
            count += len(chunk.translate(None, _CONTINUED))
            # The end of the chunk before: a number may lie across.
            before = flags[1 - _LONGEST_VARINT :]
            flags = before + chunk.translate(_FLAGS)
            found = flags.find(_TOO_MANY)
            if found >= 0:
                raise _too_long(position - len(before) + found)
            position += len(chunk)
        if flags.endswith(b"\1"):
            raise cut_off(end - len(flags) + len(flags.rstrip(b"\1")), end)
        return count

    def _index(self, position):
        """Where in the block in memory the position is, after having the block that begins there if need be."""
        index = position - self._base
        available = len(self._block) - index
        # A varint at the end of the block may go on behind it; the end of the file has no more.
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
            raise cut_off(start, end)
        return data


def varint_bytes(number):
    """The shortest varint of a number of at most 64 bits without a sign."""
    result = bytearray()
    while number > 127:
        result.append(number & 127 | 128)
        number >>= 7
    result.append(number)
    return bytes(result)
