# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn the schema of a TensorFlow graph into tables, for code that reads the wire format."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.schema import SCHEMA

# repeated: whether it may occur more than once, as the entries of a map may; kind: a message, a scalar or DataType.
Field = collections.namedtuple("Field", "name repeated kind")


def _messages(schema):
    """Return {message: {number: Field}}; the entries of a map are the message <message>.<field>."""
    result = {}
    fields = None
    owner = None
    for words in (line.split() for line in schema.splitlines()):
        if words[:1] == ["message"]:
            owner = words[1]
            fields = result[owner] = {}
        elif words and words[0] != "#":
            label, kind, name, number = words
            if label == "map":
                entry = owner + "." + name
                result[entry] = {1: Field("key", False, "string"), 2: Field("value", False, kind)}
                kind = entry
            fields[int(number)] = Field(name, label in ("repeated", "map"), kind)
    return result


def _holders(messages, wanted):
    """Return the messages that can contain the wanted one, directly or nested."""
    found = {wanted}
    while True:
        more = {
            message
            for message, fields in messages.items()
            if message not in found and any(field.kind in found for field in fields.values())
        }
        if not more:
            return found
        found |= more


def _numbers(fields, kinds):
    return {number: field for number, field in fields.items() if field.kind in kinds}


MESSAGES = _messages(SCHEMA)
# {message: {number: Field}} of the fields that can contain a TensorProto.
TOWARDS_TENSORS = {
    message: _numbers(MESSAGES[message], _holders(MESSAGES, "TensorProto"))
    for message in _holders(MESSAGES, "TensorProto")
}
# {name of a field: its number}
TENSOR_FIELDS = {field.name: number for number, field in MESSAGES["TensorProto"].items()}
