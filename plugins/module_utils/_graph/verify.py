# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verify that two graphs differ only in how the numbers of tensors are encoded.

Both files are read side by side. Apart from the reader of the wire format and the tables, this shares no code with what
wrote the second file.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.fields import (
    MESSAGES,
    TENSOR_FIELDS,
    TOWARDS_TENSORS,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.tensors import ENCODINGS, elements_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.verify_values import is_number, same_numbers
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import BLOCK, BYTES

_CONTENT_TAG = b"\x22"


class Mismatch(Exception):
    """The graphs differ. str() is a predicate whose sentence begins with "The new bytes"."""

    def __init__(self, position):
        Exception.__init__(self, "differ in meaning from the old ones at byte {0}".format(position))


def verify_repacked(old, new):
    """Return {tensors, values}: how many two WireFiles encode differently; raise Mismatch where anything else differs."""
    comparison = _Comparison(old, new)
    comparison.message("GraphDef", (0, old.size), (0, new.size))
    return dict(tensors=comparison.tensors, values=comparison.values)


class _Comparison:
    def __init__(self, old, new):
        self._old = old
        self._new = new
        self.tensors = 0
        self.values = 0

    def message(self, kind, old_span, new_span):
        """Compare two messages field by field."""
        news = self._new.fields(*new_span)
        for field in self._old.fields(*old_span):
            self._field(kind, field, next(news, None))
        surplus = next(news, None)
        if surplus:
            raise Mismatch(old_span[1])

    def _field(self, kind, old, new):
        if new is None or old[:2] != new[:2]:
            raise Mismatch(old[2])
        if self._equal((old[2], old[4]), (new[2], new[4])):
            return
        inside = TOWARDS_TENSORS[kind].get(old[0])
        if inside is None or old[1] != BYTES or self._tag(self._old, old) != self._tag(self._new, new):
            raise Mismatch(old[2])
        compare = self._tensor if inside.kind == "TensorProto" else self.message
        compare(inside.kind, (old[3], old[4]), (new[3], new[4]))

    def _tag(self, wire, field):
        return wire.read(field[2], wire.varint(field[2], field[4])[1])

    def _equal(self, old_span, new_span):
        (start, end), (place, stop) = old_span, new_span
        if end - start != stop - place:
            return False
        if end - start <= BLOCK:
            return self._old.read(start, end) == self._new.read(place, stop)
        news = self._new.chunks(place, stop)
        return all(chunk == next(news) for chunk in self._old.chunks(start, end))

    def _tensor(self, kind, old_span, new_span):
        """Compare two tensors; the new one may hold in tensor_content what the old one holds in a repeated field."""
        news = self._new.fields(*new_span)
        number = content = None
        for field in self._old.fields(*old_span):
            if not is_number(field):
                self._field(kind, field, next(news, None))
            elif number is None:
                number, content = field[0], next(news, None)
            elif number != field[0]:
                raise Mismatch(field[2])
        if next(news, None):
            raise Mismatch(old_span[1])
        if number is not None:
            self._numbers(number, old_span, new_span, content)

    def _numbers(self, number, old_span, new_span, content):
        if content is None or self._new.read(content[2], content[2] + 1) != _CONTENT_TAG:
            raise Mismatch(old_span[0])
        dtype, elements = self._kind(new_span)
        name, size = ENCODINGS.get(dtype, (None, 0))
        if (
            name != MESSAGES["TensorProto"][number].name
            or elements is None
            or content[4] - content[3] != elements * size
        ):
            raise Mismatch(old_span[0])
        pieces = (field for field in self._old.fields(*old_span) if is_number(field))
        values = same_numbers(self._old, pieces, dtype, self._new, content[3], content[4])
        if values is None:
            raise Mismatch(old_span[0])
        self.tensors += 1
        self.values += values

    def _kind(self, span):
        """Return (type, elements) of a tensor."""
        dtype, shape = 0, None
        for number, _dummy, _dummy, value, stop, scalar in self._new.fields(*span):
            if number == TENSOR_FIELDS["dtype"]:
                dtype = scalar
            elif number == TENSOR_FIELDS["tensor_shape"]:
                shape = (value, stop)
        return dtype, elements_of(self._new, shape)[1]
