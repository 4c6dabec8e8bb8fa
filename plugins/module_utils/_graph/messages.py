# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Walk over a message of a graph and count the work that a parser has with it.

Counts are {name: number}: kinds of work (see TAGS), "numbers" (in repeated fields, packed or not), "functions",
and "ENCODING.tensors", "ENCODING.values" and "ENCODING.bytes" for every encoding.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.fields import MESSAGES
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.message_notes import NOTES, Notes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import (
    BYTES,
    FIXED32,
    FIXED64,
    MAX_DEPTH,
    VARINT,
    WireError,
)

# unit: the kind of work that one such field is (a key of `work`, see graph_contents()); number: whether it holds numbers
# of a repeated field; message: name of the message in it, or None; width: bytes of a packed number, 0 for packed varints,
# None for a field that is not packed.
KnownField = collections.namedtuple("KnownField", "name unit number message width")

_WIRE_TYPES = {"string": BYTES, "bytes": BYTES, "float": FIXED32, "double": FIXED64}
_WIDTHS = {FIXED32: 4, FIXED64: 8, VARINT: 0}


def _is_entry(message):
    """Return whether a message is the entry of a map: the schema's own names have no dot."""
    return "." in message


def _message(owner, field):
    unit = "attributes" if _is_entry(field.kind) else "nodes" if field.kind == "NodeDef" else "messages"
    # An entry and the message in it are one attribute.
    return KnownField(field.name, "in_attributes" if _is_entry(owner) else unit, False, field.kind, None)


def _tags(owner, fields):
    """Return {tag: KnownField}. Numbers of a repeated field have two tags, because they may come packed or one by one."""
    result = {}
    for number, field in fields.items():
        if field.kind in MESSAGES:
            result[number << 3 | BYTES] = _message(owner, field)
            continue
        wire_type = _WIRE_TYPES.get(field.kind, VARINT)
        listed = field.repeated and wire_type != BYTES
        single = "fixed_values" if listed and wire_type != VARINT else "fields"
        result[number << 3 | wire_type] = KnownField(field.name, single, listed, None, None)
        if listed:
            packed = "varint_values" if wire_type == VARINT else "fixed_values"
            result[number << 3 | BYTES] = KnownField(field.name, packed, True, None, _WIDTHS[wire_type])
    return result


# {message: {tag: KnownField}}
TAGS = dict((message, _tags(message, fields)) for message, fields in MESSAGES.items())


class MessageWalk:
    """Counts what is in messages; subclasses handle the nodes of functions in _node()."""

    def __init__(self, wire):
        self._wire = wire

    def _node(self, start, end, depth, function):
        raise NotImplementedError()

    def _message(self, name, start, end, depth, counts):
        """Return the Notes of the message from start to end at a nesting depth; add its contents to the counts."""
        if depth > MAX_DEPTH:
            reason = (
                "is damaged or not a TensorFlow graph: the message at byte {0} is nested in {1} others; copy it again."
            )
            raise WireError(start, reason.format(start, MAX_DEPTH))
        tags = TAGS[name]
        notes = NOTES.get(name, Notes)()
        for field, kind, _begin, position, stop, value in self._wire.fields(start, end):
            known = tags.get(field << 3 | kind)
            # protobuf also skips unknown fields and those of another wire type.
            if known is None:
                continue
            numbers = 1
            if known.message == "NodeDef":
                self._node(position, stop, depth + 1, notes)
            elif known.message:
                value = self._message(known.message, position, stop, depth + 1, counts)
            elif known.width is not None:
                numbers = self._packed(known, position, stop, counts)
            counts[known.unit] += numbers
            if known.number:
                counts["numbers"] += numbers
            notes.take(known, position, stop, numbers, value)
        notes.close(self._wire, counts)
        return notes

    def _packed(self, known, start, stop, counts):
        """Return how many numbers are in a packed field."""
        if not known.width:
            counts["varint_bytes"] += stop - start
            return self._wire.count_varints(start, stop)
        numbers, rest = divmod(stop - start, known.width)
        if rest:
            reason = "is damaged: the {0} bytes of {1} at byte {2} are not a multiple of {3}; copy it again."
            raise WireError(start, reason.format(stop - start, known.name, start, known.width))
        return numbers
