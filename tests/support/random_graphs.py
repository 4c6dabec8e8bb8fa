# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random graphs as TensorFlow could write them: every message and every field of the schema, and some that it lacks."""

from __future__ import annotations

import random
import struct

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.fields import MESSAGES, Field
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.tensors import ENCODINGS
from ansible_collections.jetfleet.protobuf.tests.support.wire_bytes import bytes_field, number_field, varint

_DEEPEST = 9
_FIXED = {"float": "<f", "double": "<d"}
_RANGES = {
    "bool": (0, 1),
    "DataType": (1, 23),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
}
_TEXTS = [b"a", b"Const", b"TRTEngineOp", b"TRTEngineOq", b"serialized_segment", "größe".encode(), b"n" * 300]


class RandomGraph:
    """Writes no default values, because protobuf writes none, and every singular field at most once."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def graph(self) -> bytes:
        """Return the bytes of a graph."""
        few = self._random.randint
        parts = [bytes_field(1, self._message("NodeDef", 1)) for _node in range(few(1, 30))]
        parts += [bytes_field(4, self._message("VersionDef", 1)) for _once in range(few(0, 1))]
        parts += [bytes_field(2, self._message("FunctionDefLibrary", 1)) for _once in range(few(0, 1))]
        return b"".join(parts)

    def _message(self, name: str, depth: int) -> bytes:
        if name == "TensorProto" and self._random.random() < 0.5:
            return self._packed_tensor()
        fields = MESSAGES[name]
        needed = {"NodeDef": (1, 2), "FunctionDef": (1,), "OpDef": (1,)}.get(name, tuple(fields) if "." in name else ())
        if name == "AttrValue":
            # Of a oneof only one.
            needed = (self._random.choice([number for number in fields if self._shallow(fields[number], depth)]),)
            fields = {}
        parts = [self._field(number, MESSAGES[name][number], depth) for number in needed]
        for number, field in fields.items():
            if number not in needed and self._shallow(field, depth):
                count = self._random.choice((0, 0, 1, 2, 3)) if field.repeated else self._random.randint(0, 1)
                parts += self._fields(number, field, depth, count)
        if self._random.random() < 0.1:
            parts.append(self._unknown())
        self._random.shuffle(parts)
        return b"".join(parts)

    @staticmethod
    def _shallow(field: Field, depth: int) -> bool:
        return depth < _DEEPEST or field.kind not in MESSAGES

    def _fields(self, number: int, field: Field, depth: int, count: int) -> list[bytes]:
        if "." in field.kind:
            # Two entries with the same key are one to protobuf.
            keys = self._random.sample(_TEXTS, count)
            kind = MESSAGES[field.kind][2].kind
            entries = [bytes_field(1, key) + bytes_field(2, self._value(key, kind, depth + 2)) for key in keys]
            return [bytes_field(number, entry) for entry in entries]
        if field.repeated and field.kind not in MESSAGES and field.kind not in ("string", "bytes"):
            numbers = b"".join(self._number(field.kind) for _number in range(count * self._random.choice((1, 20))))
            return [bytes_field(number, numbers)] if numbers else []
        return [self._field(number, field, depth) for _one in range(count)]

    def _value(self, key: bytes, kind: str, depth: int) -> bytes:
        if kind not in MESSAGES:
            return self._text()
        # What TensorRT made is always text.
        return bytes_field(2, self._text()) if key == b"serialized_segment" else self._message(kind, depth)

    def _field(self, number: int, field: Field, depth: int) -> bytes:
        if field.kind in MESSAGES:
            return bytes_field(number, self._message(field.kind, depth + 1))
        if field.kind in ("string", "bytes"):
            return bytes_field(number, self._text())
        if field.kind in _FIXED:
            tag = varint(number << 3 | (5 if field.kind == "float" else 1))
            return tag + struct.pack(_FIXED[field.kind], self._random.uniform(1, 2))
        # The size of a dimension among others: a tensor may not have more elements than 64 bits can count.
        return number_field(number, self._random.randint(1, min(100, _RANGES[field.kind][1])))

    def _number(self, kind: str) -> bytes:
        if kind in _FIXED:
            return struct.pack(_FIXED[kind], self._random.uniform(-1, 1))
        low, high = _RANGES[kind]
        number = self._random.choice(
            (self._random.randint(low, high), self._random.randint(max(low, -1), min(high, 200)))
        )
        return varint(number % 2**64)

    def _text(self) -> bytes:
        return self._random.choice(_TEXTS)

    def _packed_tensor(self) -> bytes:
        """Return a tensor as constant folding leaves it behind, which graph_repack rewrites or nearly does."""
        dtype = self._random.choice(list(ENCODINGS))
        encoding = ENCODINGS[dtype][0]
        number, field = next(item for item in MESSAGES["TensorProto"].items() if item[1].name == encoding)
        count = self._random.randint(15, 40)
        kind = {"float_val": "float", "scomplex_val": "float"}.get(encoding, field.kind)
        values = b"".join(self._number(kind) for _value in range(count))
        elements = count // 2 if "complex" in encoding else count
        shape = bytes_field(2, number_field(1, elements + self._random.choice((-1, 0, 0, 0, 7, 10**6))))
        return number_field(1, dtype) + bytes_field(2, shape) + bytes_field(number, values)

    def _unknown(self) -> bytes:
        number = self._random.randint(40, 5000)
        values = (
            number_field(number, self._random.randint(0, 2**64 - 1)),
            bytes_field(number, self._text()),
            varint(number << 3 | 1) + bytes(8),
            varint(number << 3 | 5) + bytes(4),
        )
        return self._random.choice(values)
