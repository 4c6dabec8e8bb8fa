# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count what is in a GraphDef that protobuf has parsed. Runs under Python 3.6 too, so annotations are strings."""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor

FIXED_BYTES = {FieldDescriptor.TYPE_FLOAT: 4, FieldDescriptor.TYPE_DOUBLE: 8}
TEXT = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)
WORK = ("nodes", "attributes", "messages", "fields", "fixed_values", "varint_values", "varint_bytes")


def varint_bytes(numbers: Any) -> int:
    """Bytes of the numbers as varints; a negative number has 64 bits."""
    return sum(max(1, -(-(int(number) % 2**64).bit_length() // 7)) for number in numbers)


def elements(tensor: Any) -> int:
    """Return the product of the tensor's shape."""
    count = 1
    for dim in tensor.tensor_shape.dim:
        count *= dim.size
    return count


class GraphCounts:
    """Counts of a message and of everything in it, from protobuf's own descriptors."""

    def __init__(self) -> None:
        self.work = dict.fromkeys(WORK, 0)
        self.encodings: dict[str, dict[str, int]] = {}
        self.attributes = self.inputs = self.trt_engine_ops = 0

    def walk(self, message: Any) -> None:
        """Count the fields of a message, but not the message."""
        if message.DESCRIPTOR.name == "NodeDef":
            self._node(message)
        if message.DESCRIPTOR.name == "TensorProto":
            self._tensor(message)
        for field, value in message.ListFields():
            repeated = hasattr(value, "__len__") and not isinstance(value, (str, bytes))
            if field.message_type is None:
                self._numbers(field.type, value if repeated else None)
            elif field.message_type.GetOptions().map_entry:
                self._entries(value)
            else:
                self._messages(value if repeated else [value])

    def _node(self, node: Any) -> None:
        self.attributes += len(node.attr)
        self.inputs += len(node.input)
        self.trt_engine_ops += node.op == "TRTEngineOp"
        if "serialized_segment" in node.attr:
            self._encoding("serialized_segment", 0, len(node.attr["serialized_segment"].s))

    def _tensor(self, tensor: Any) -> None:
        for field, value in tensor.ListFields():
            if field.name == "tensor_content":
                self._encoding(field.name, elements(tensor), len(value))
            elif field.name == "string_val":
                self._encoding(field.name, len(value), sum(map(len, value)))
            elif field.name.endswith("_val") and field.message_type is None:
                width = FIXED_BYTES.get(field.type)
                self._encoding(field.name, len(value), width * len(value) if width else varint_bytes(value))

    def _encoding(self, encoding: str, values: int, size: int) -> None:
        found = self.encodings.setdefault(encoding, {"tensors": 0, "values": 0, "bytes": 0})
        for name, number in (("tensors", 1), ("values", values), ("bytes", size)):
            found[name] += number

    def _numbers(self, kind: int, values: Any) -> None:
        """Count scalars: a single one (None), or repeated ones, which are packed unless they are text."""
        if values is None or kind in TEXT:
            self.work["fields"] += 1 if values is None else len(values)
        elif kind in FIXED_BYTES:
            self.work["fixed_values"] += len(values)
        else:
            self.work["varint_values"] += len(values)
            self.work["varint_bytes"] += varint_bytes(values)

    def _entries(self, entries: Any) -> None:
        self.work["attributes"] += len(entries)
        self.work["fields"] += len(entries)
        for key in entries:
            if hasattr(entries[key], "ListFields"):
                self.walk(entries[key])
            else:
                self.work["fields"] += 1

    def _messages(self, messages: Any) -> None:
        for message in messages:
            self.work["nodes" if message.DESCRIPTOR.name == "NodeDef" else "messages"] += 1
            self.walk(message)


def graph_counts(graph: Any) -> "dict[str, Any]":
    """Return what graph_info has to say of a GraphDef, but for the heaviest nodes and what repacking would do."""
    counts = GraphCounts()
    counts.walk(graph)
    functions = graph.library.function
    return {
        "nodes": len(graph.node),
        "functions": len(functions),
        "function_nodes": sum(len(function.node_def) for function in functions),
        "attributes": counts.attributes,
        "inputs": counts.inputs,
        "trt_engine_ops": counts.trt_engine_ops,
        "encodings": counts.encodings,
        "work": counts.work,
    }
