# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Walk over a message of a graph and count what a parser has to do for it.

Counts are {name: number}: kinds of work (see TAGS), "numbers" (in repeated fields, packed or not), "functions",
and "ENCODING.tensors", "ENCODING.values" and "ENCODING.bytes" for every encoding.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.message_notes import NOTES, Notes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import WireError

# Messages inside of one another that protobuf parses at most: kDefaultRecursionLimit of its io/coded_stream.cc.
DEEPEST = 100


class MessageWalk:
    """Subclasses say what is to be done with the nodes of functions."""

    def __init__(self, wire):
        self._wire = wire

    def _node(self, start, end, depth, function):
        raise NotImplementedError()

    def _message(self, name, start, end, depth, counts):
        """The Notes of the message from start to end, which is that deep; its contents are added to the counts."""
        if depth > DEEPEST:
            reason = (
                "is damaged or no TensorFlow graph: at byte {0} begins a message inside of {1} others; copy it again."
            )
            raise WireError(start, reason.format(start, DEEPEST))
        tags = TAGS[name]
        notes = NOTES.get(name, Notes)()
        for field, kind, _begin, position, stop, value in self._wire.fields(start, end):
            known = tags.get(field << 3 | kind)
            # protobuf, too, skips fields that it does not know, and those of another wire type.
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
        """How many numbers are in a packed field."""
        if not known.width:
            counts["varint_bytes"] += stop - start
            return self._wire.count_varints(start, stop)
        numbers, rest = divmod(stop - start, known.width)
        if rest:
            reason = "is damaged: the {0} bytes of {1} at byte {2} are no numbers of {3} bytes; copy it again."
            raise WireError(start, reason.format(stop - start, known.name, start, known.width))
        return numbers


import collections

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.fields import MESSAGES
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import BYTES, FIXED32, FIXED64, VARINT

# name: of the field; unit: the kind of work that one of it is (a key of `work`, see graph_contents());
# number: whether it is a number in a repeated field; message: its kind, None for what is none;
# width: bytes of each number that is packed in it, 0 for varints, None for what is not packed.
Known = collections.namedtuple("Known", "name unit number message width")

_WIRE_TYPES = {"string": BYTES, "bytes": BYTES, "float": FIXED32, "double": FIXED64}
_WIDTHS = {FIXED32: 4, FIXED64: 8, VARINT: 0}


def _is_entry(message):
    """Whether it is the entry of a map: the schema's own names have no dot."""
    return "." in message


def _message(owner, field):
    unit = "attributes" if _is_entry(field.kind) else "nodes" if field.kind == "NodeDef" else "messages"
    # An entry and the message in it are one attribute.
    return Known(field.name, "in_attributes" if _is_entry(owner) else unit, False, field.kind, None)


def _tags(owner, fields):
    """{tag: Known}. Numbers of a repeated field have two tags, because they may come packed or one by one."""
    result = {}
    for number, field in fields.items():
        if field.kind in MESSAGES:
            result[number << 3 | BYTES] = _message(owner, field)
            continue
        wire_type = _WIRE_TYPES.get(field.kind, VARINT)
        listed = field.repeated and wire_type != BYTES
        single = "fixed_values" if listed and wire_type != VARINT else "fields"
        result[number << 3 | wire_type] = Known(field.name, single, listed, None, None)
        if listed:
            packed = "varint_values" if wire_type == VARINT else "fixed_values"
            result[number << 3 | BYTES] = Known(field.name, packed, True, None, _WIDTHS[wire_type])
    return result


# {message: {tag: Known}}
TAGS = dict((message, _tags(message, fields)) for message, fields in MESSAGES.items())
