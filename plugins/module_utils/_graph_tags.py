# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.

"""What each field of a graph's messages adds to a parser's work, by the tag that it has on the wire."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graphdef_fields import MESSAGES
from ansible_collections.jetfleet.protobuf.plugins.module_utils._wire import BYTES, FIXED32, FIXED64, VARINT

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
