# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write a copy of a graph with the numbers of its tensors in tensor_content, which every backend copies at once.

The graph is read twice, first to sum up the changes and then to write the copy, and is never held in memory.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible.module_utils.common.text.converters import to_native
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.fields import TOWARDS_TENSORS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.repack_edits import Edits, Tensor
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.schema import DATA_TYPES
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.tensor_values import (
    CONTENT_TAG,
    NUMBERS,
    content_parts,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import BYTES, varint_bytes

# Lines of a diff, one a tensor: more are not readable.
_MAX_LINES = 200
# Field numbers of NodeDef.name and OpDef.name, and of FunctionDef.signature.
_NAME = 1
_SIGNATURE = 1
_TYPES = DATA_TYPES.split()
# Names seldom have more than 100 characters.
_MAX_NAME_BYTES = 200


class Summary:
    """Sums up what repacking a graph would do.

    rewritten: {encoding: {tensors, values, bytes (of the new tensor_content)}}; left: {reason: tensors};
    bytes_after: size of the new file; before, after: a line for each of the first tensors that change.
    """

    def __init__(self, wire):
        self.rewritten = {}
        self.left = {}
        self.bytes_after = wire.size
        self.before = []
        self.after = []
        self._names = TensorNames(wire)
        for _dummy, _dummy, edits, delta in _top_fields(wire, self.left):
            self.bytes_after += delta
            for edit in edits:
                if isinstance(edit, Tensor):
                    self._add(edit)

    def _add(self, tensor):
        encoding = NUMBERS[tensor.number].name
        counts = self.rewritten.setdefault(encoding, dict(tensors=0, values=0, bytes=0))
        counts["tensors"] += 1
        counts["values"] += tensor.values
        counts["bytes"] += tensor.content
        if len(self.before) == _MAX_LINES:
            self.before.append("more tensors follow")
            self.after.append("more tensors follow")
        if len(self.before) > _MAX_LINES:
            return
        line = "{0}: {1} ".format(self._names.name(tensor), self._names.kind(tensor))
        self.before.append(line + "in {0} values of {1}".format(tensor.values, encoding))
        self.after.append(line + "in {0} bytes of tensor_content".format(tensor.content))


def write_repacked(wire, out):
    """Write the repacked graph to a binary file; wire: WireFile of the old one."""
    start = 0
    for _dummy, _dummy, edits, _dummy in _top_fields(wire, {}):
        for edit in edits:
            _copy(wire, start, edit.first, out)
            if isinstance(edit, Tensor):
                _write_tensor(wire, edit, out)
            else:
                out.write(edit.replacement)
            start = edit.last
    _copy(wire, start, wire.size, out)


def _top_fields(wire, left):
    """Yield (start, end, edits, by how many bytes it grows) of each field of the GraphDef."""
    fields = TOWARDS_TENSORS["GraphDef"]
    cache = set()
    for number, kind, tag, value, stop, _dummy in wire.fields(0, wire.size):
        edits = Edits(wire, left, cache)
        delta = edits.message(fields[number].kind, tag, value, stop) if number in fields and kind == BYTES else 0
        yield tag, stop, edits.found, delta


def _write_tensor(wire, tensor, out):
    """Write tensor_content in the place of the first number, and keep the fields between the numbers."""
    encoding = NUMBERS[tensor.number]
    out.write(CONTENT_TAG + varint_bytes(tensor.content))
    for part in content_parts(wire, tensor):
        out.write(part)
    for number, kind, tag, _dummy, stop, _dummy in wire.fields(tensor.first, tensor.last):
        if number != tensor.number or kind not in (BYTES, encoding.single):
            _copy(wire, tag, stop, out)


def _copy(wire, start, end, out):
    for chunk in wire.chunks(start, end):
        out.write(chunk)


class TensorNames:
    """Describes the tensors of one file."""

    def __init__(self, wire):
        self._wire = wire

    def name(self, tensor):
        """Return a name such as conv1/weights, or conv1/weights of function f, or f."""
        function, node = tensor.place
        node = node and self._text(self._span(node, _NAME))
        function = function and self._text(self._span(self._span(function, _SIGNATURE), _NAME))
        if function is None:
            return node
        return function if node is None else "{0} of function {1}".format(node, function)

    def kind(self, tensor):
        """Return type and shape, such as DT_HALF [3, 3, 64]."""
        return "{0} {1}".format(_TYPES[tensor.dtype], list(tensor.dims))

    def _span(self, span, wanted):
        """Return (start, end) of a field's value, the last one if it is repeated; (0, 0) where there is none."""
        found = (0, 0)
        for number, kind, _dummy, value, stop, _dummy in self._wire.fields(*span):
            if (number, kind) == (wanted, BYTES):
                found = (value, stop)
        return found

    def _text(self, span):
        start, end = span
        text = to_native(self._wire.read(start, min(end, start + _MAX_NAME_BYTES)), errors="replace")
        # A name must not break the line.
        return " ".join(text.split()) or "(no name)"
