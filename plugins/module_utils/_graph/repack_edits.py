# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the tensors of a graph that are better kept in tensor_content, and what that changes around them.

A message that holds a changed one has another length, and so has the message that holds that one. The changes to one
outermost field of the graph are known before the first of its bytes is written.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.fields import TENSOR_FIELDS, TOWARDS_TENSORS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.tensor_values import CONTENT_TAG, NUMBERS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.tensors import (
    ENCODINGS,
    elements_of,
    left_because,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import (
    BYTES,
    VARINT,
    WireError,
    varint_bytes,
)

# protobuf itself parses no deeper.
DEEPEST = 100
# What is kept in memory for one outermost field: about 25 MB.
MOST_EDITS = 100000
_OTHER_VALUES = [TENSOR_FIELDS[name] for name in ("string_val", "resource_handle_val", "variant_val")]
# Attributes without a tensor that are remembered, and their longest.
_MEMO = 4096
_SHORT = 64

# Bytes from start to end are replaced by others.
Length = collections.namedtuple("Length", "first last replacement")
# The numbers in field `number` between first and last are replaced by `content` bytes of tensor_content, `size` an element.
Tensor = collections.namedtuple("Tensor", "first last number size content values dtype dims place")


class Edits:
    """The changes to one outermost field. left: {reason: tensors}, shared by all fields of the graph."""

    def __init__(self, wire, left, memo):
        self.found = []
        self._wire = wire
        self._left = left
        self._memo = memo
        self._depth = 0
        # Where the function and the node begin and end that are being walked over.
        self._place = (None, None)

    def message(self, kind, tag, value, stop):
        """Walk over the message whose tag, value and end are there; by how many bytes it gets longer."""
        index = len(self.found)
        self.found.append(None)
        delta = self._inside(kind, tag, value, stop)
        if not delta:
            # It can hold changes and be as long as before.
            del self.found[index]
            return 0
        length = self._wire.varint(tag, stop)[1]
        replacement = varint_bytes(stop - value + delta)
        self.found[index] = Length(length, value, replacement)
        return delta + len(replacement) - (value - length)

    def _inside(self, kind, tag, value, stop):
        if self._depth == DEEPEST:
            reason = "is nested deeper than protobuf parses, {0} messages, at byte {1}: name a frozen graph."
            raise WireError(tag, reason.format(DEEPEST, tag))
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
        return self._entry if kind.endswith(".attr") and size <= _SHORT else self._children

    def _entry(self, kind, value, stop):
        """An attribute such as T: DT_FLOAT stands in every other node."""
        entry = self._wire.read(value, stop)
        if entry in self._memo:
            return 0
        before = len(self.found), sum(self._left.values())
        delta = self._children(kind, value, stop)
        if (len(self.found), sum(self._left.values())) == before and len(self._memo) < _MEMO:
            self._memo.add(entry)
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
        # protobuf merges the two: what one of them holds is not all of it.
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
        reason = left_because(fields.dtype, elements, NUMBERS[number].name, values)
        if reason:
            return self._leave(reason)
        if len(self.found) > MOST_EDITS:
            reason = "needs more than {0} changes in one node or function library, at byte {1}: split the graph."
            raise WireError(start, reason.format(MOST_EDITS, start))
        size = ENCODINGS[fields.dtype][1]
        content = elements * size
        self.found.append(
            Tensor(fields.first, fields.last, number, size, content, values, fields.dtype, dims, self._place)
        )
        return len(CONTENT_TAG) + len(varint_bytes(content)) + content - fields.bytes


class _TensorFields:
    """What the fields of a TensorProto say, before anything is made of it."""

    def __init__(self, wire, start, end):
        self.dtype = self.shape = None
        self.values = {}
        self.first = self.last = None
        # Of the fields with values, with their tags and lengths.
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
        """Why nobody should touch this tensor, or None."""
        if self._content:
            return "content_and_values"
        if self._others or len(self.values) > 1:
            return "two_kinds"
        return "repeated_fields" if self._repeated else None
