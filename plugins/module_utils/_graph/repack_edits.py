# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the tensors of a graph that are better kept in tensor_content, and the lengths that change around them.

A changed tensor changes the length of every message around it. All edits of one outermost field of the graph are known
before the first of its bytes is written.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.fields import TENSOR_FIELDS, TOWARDS_TENSORS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.tensor_values import CONTENT_TAG, NUMBERS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.tensors import (
    ENCODINGS,
    elements_of,
    skip_reason,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import (
    BYTES,
    MAX_DEPTH,
    VARINT,
    WireError,
    varint_bytes,
)

# Edits in memory for one outermost field: about 25 MB.
MAX_EDITS = 100000
_OTHER_VALUES = [TENSOR_FIELDS[name] for name in ("string_val", "resource_handle_val", "variant_val")]
# Attributes without a tensor that are cached, and the bytes of the longest.
_MAX_CACHED = 4096
_MAX_CACHED_BYTES = 64

# Replace the bytes from first to last.
Length = collections.namedtuple("Length", "first last replacement")
# Replace the numbers in field `number` from first to last by `content` bytes of tensor_content, `size` for each element.
Tensor = collections.namedtuple("Tensor", "first last number size content values dtype dims place")


class Edits:
    """The edits of one outermost field, in `found`.

    left: {reason: number of tensors that are not rewritten}, and cache: set of attributes without a tensor; all fields of the
    graph share both.
    """

    def __init__(self, wire, left, cache):
        self.found = []
        self._wire = wire
        self._left = left
        self._cache = cache
        self._depth = 0
        # (start, end) of the current function and of the current node.
        self._place = (None, None)

    def message(self, kind, tag, value, stop):
        """Find the edits in a message, and return by how many bytes it grows; tag, value, stop: positions of its parts."""
        index = len(self.found)
        self.found.append(None)
        delta = self._inside(kind, tag, value, stop)
        if not delta:
            # It can contain edits and be as long as before.
            del self.found[index]
            return 0
        length = self._wire.varint(tag, stop)[1]
        replacement = varint_bytes(stop - value + delta)
        self.found[index] = Length(length, value, replacement)
        return delta + len(replacement) - (value - length)

    def _inside(self, kind, tag, value, stop):
        if self._depth == MAX_DEPTH:
            reason = "is nested deeper than the {0} messages that protobuf parses, at byte {1}: name a frozen graph."
            raise WireError(tag, reason.format(MAX_DEPTH, tag))
        self._depth += 1
        before = self._place
        if kind == "FunctionDef":
            self._place = ((value, stop), None)
        elif kind == "NodeDef":
            self._place = (before[0], (value, stop))
        delta = self._walk(kind, stop - value)(kind, value, stop)
        self._place = before
        self._depth -= 1
        return delta

    def _walk(self, kind, size):
        if kind == "TensorProto":
            return self._tensor
        return self._entry if kind.endswith(".attr") and size <= _MAX_CACHED_BYTES else self._children

    def _entry(self, kind, value, stop):
        """Walk over a short attribute only once: one such as T: DT_FLOAT stands in every other node."""
        entry = self._wire.read(value, stop)
        if entry in self._cache:
            return 0
        before = len(self.found), sum(self._left.values())
        delta = self._children(kind, value, stop)
        if (len(self.found), sum(self._left.values())) == before and len(self._cache) < _MAX_CACHED:
            self._cache.add(entry)
        return delta

    def _children(self, kind, start, end):
        fields = TOWARDS_TENSORS[kind]
        index = len(self.found)
        delta = 0
        seen = set()
        twice = False
        for number, wire_type, tag, value, stop, _dummy in self._wire.fields(start, end):
            field = fields.get(number)
            if field is None or wire_type != BYTES:
                continue
            twice = twice or (number in seen and not field.repeated)
            seen.add(number)
            delta += self.message(field.kind, tag, value, stop)
        # protobuf merges the two, so neither holds the whole message.
        return self._undo(index) if twice else delta

    def _undo(self, index):
        for edit in self.found[index:]:
            if isinstance(edit, Tensor):
                self._leave("repeated_fields")
        del self.found[index:]
        return 0

    def _leave(self, reason):
        self._left[reason] = self._left.get(reason, 0) + 1
        return 0

    def _tensor(self, kind, start, end):
        fields = _TensorFields(self._wire, start, end)
        if not fields.values:
            return self._children(kind, start, end)
        reason = fields.unusual()
        if reason:
            return self._leave(reason)
        dims, elements = elements_of(self._wire, fields.shape)
        number, values = list(fields.values.items())[0]
        if elements is None:
            return self._leave("unknown_shape")
        reason = skip_reason(fields.dtype, elements, NUMBERS[number].name, values)
        if reason:
            return self._leave(reason)
        if len(self.found) > MAX_EDITS:
            reason = "needs more than {0} changes in one node or function library, at byte {1}: split the graph."
            raise WireError(start, reason.format(MAX_EDITS, start))
        size = ENCODINGS[fields.dtype][1]
        content = elements * size
        self.found.append(
            Tensor(fields.first, fields.last, number, size, content, values, fields.dtype, dims, self._place)
        )
        return len(CONTENT_TAG) + len(varint_bytes(content)) + content - fields.bytes


class _TensorFields:
    """The fields of a TensorProto."""

    def __init__(self, wire, start, end):
        self.dtype = self.shape = None
        self.values = {}
        self.first = self.last = None
        # Size of the fields with values, tags and lengths included.
        self.bytes = 0
        self._repeated = self._content = self._others = False
        for number, kind, tag, value, stop, scalar in wire.fields(start, end):
            if number in NUMBERS:
                self._count(number, NUMBERS[number].count(wire, kind, value, stop), tag, stop)
            elif (number, kind) == (TENSOR_FIELDS["dtype"], VARINT):
                self._repeated = self._repeated or self.dtype is not None
                self.dtype = scalar
            elif (number, kind) == (TENSOR_FIELDS["tensor_shape"], BYTES):
                self._repeated = self._repeated or self.shape is not None
                self.shape = (value, stop)
            elif (number, kind) == (TENSOR_FIELDS["tensor_content"], BYTES):
                self._content = True
            elif number in _OTHER_VALUES and kind == BYTES:
                self._others = True

    def _count(self, number, count, tag, stop):
        if count is None:
            return
        self.values[number] = self.values.get(number, 0) + count
        self.first = tag if self.first is None else self.first
        self.last = stop
        self.bytes += stop - tag

    def unusual(self):
        """Return why this tensor must not be rewritten, or None."""
        if self._content:
            return "content_and_values"
        if self._others or len(self.values) > 1:
            return "two_kinds"
        return "repeated_fields" if self._repeated else None
