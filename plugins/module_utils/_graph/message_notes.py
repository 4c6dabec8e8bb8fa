# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collect what only several fields of a message say together.

take() gets every known field: its KnownField (messages.py), the start and end of its value, how many numbers are in it,
and its value: a number, or the Notes of a message. close() adds the result to the counts.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

# TensorFlow counts elements in 64 bits, however large the dimensions that a damaged file claims.
_MAX_ELEMENTS = 2**63 - 1
_SEGMENT = b"serialized_segment"


class Notes:
    """Notes of a message whose fields speak for themselves."""

    def take(self, known, start, stop, numbers, value):
        pass

    def close(self, wire, counts):
        pass


class DimNotes(Notes):
    def __init__(self):
        self.size = 0

    def take(self, known, start, stop, numbers, value):
        if known.name == "size":
            # A negative size is an unknown one, and then the tensor has no elements yet.
            self.size = 0 if value >> 63 else value


class ShapeNotes(Notes):
    def __init__(self):
        self.elements = 1

    def take(self, known, start, stop, numbers, value):
        if known.name == "dim":
            self.elements = min(self.elements * value.size, _MAX_ELEMENTS)


class TensorNotes(Notes):
    def __init__(self):
        self._elements = 1
        # {encoding: [values, bytes]}
        self._encodings = {}

    def take(self, known, start, stop, numbers, value):
        if known.name == "tensor_shape":
            self._elements = value.elements
        elif known.name == "tensor_content" or (known.name.endswith("_val") and known.message is None):
            found = self._encodings.setdefault(known.name, [0, 0])
            found[0] += numbers
            found[1] += stop - start

    def close(self, wire, counts):
        for encoding, (values, size) in self._encodings.items():
            # The bytes alone do not show how many values they are.
            values = self._elements if encoding == "tensor_content" else values
            add_encoding(counts, encoding, values, size)


class ListNotes(Notes):
    """The list of an attribute. Its tensors count as tensors."""

    def __init__(self):
        self._values = 0
        self._bytes = 0

    def take(self, known, start, stop, numbers, value):
        if known.name != "tensor":
            self._values += numbers
            self._bytes += stop - start

    def close(self, wire, counts):
        if self._values:
            add_encoding(counts, "list", self._values, self._bytes)


class AttributeNotes(Notes):
    def __init__(self):
        self.text_bytes = None

    def take(self, known, start, stop, numbers, value):
        if known.name == "s":
            self.text_bytes = stop - start


class EntryNotes(Notes):
    """One attribute of a node."""

    def __init__(self):
        self._key = (0, 0)
        self._text_bytes = None

    def take(self, known, start, stop, numbers, value):
        if known.name == "key":
            self._key = (start, stop)
        else:
            self._text_bytes = value.text_bytes

    def close(self, wire, counts):
        start, stop = self._key
        if self._text_bytes is None or stop - start != len(_SEGMENT) or wire.read(start, stop) != _SEGMENT:
            return
        # These bytes are TensorRT's own: how many values they hold is unknown.
        add_encoding(counts, "serialized_segment", 0, self._text_bytes)


class SignatureNotes(Notes):
    def __init__(self):
        self.name = (0, 0)

    def take(self, known, start, stop, numbers, value):
        if known.name == "name":
            self.name = (start, stop)


class FunctionNotes(Notes):
    def __init__(self):
        self.name = (0, 0)

    def take(self, known, start, stop, numbers, value):
        if known.name == "signature":
            self.name = value.name

    def close(self, wire, counts):
        counts["functions"] += 1


def add_encoding(counts, encoding, values, size):
    """Count one tensor, list or attribute with values in an encoding; size: bytes of the values."""
    counts[encoding + ".tensors"] += 1
    counts[encoding + ".values"] += values
    counts[encoding + ".bytes"] += size


NOTES = {
    "Dim": DimNotes,
    "TensorShapeProto": ShapeNotes,
    "TensorProto": TensorNotes,
    "ListValue": ListNotes,
    "AttrValue": AttributeNotes,
    "NodeDef.attr": EntryNotes,
    "OpDef": SignatureNotes,
    "FunctionDef": FunctionNotes,
}
