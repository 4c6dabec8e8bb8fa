# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Graphs as hypothesis draws them: their bytes on the wire, and the bytes that repacking has to make of these.

Nothing of the collection is used, so this is a second opinion on what repacking is.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]


class Pair(NamedTuple):
    """The bytes before and after."""

    old: bytes
    new: bytes


class Kind(NamedTuple):
    """A type of tensor: its number, the field of its numbers, struct's letter for an element or a part of it."""

    dtype: int
    field: int
    letter: str
    parts: int = 1

    @property
    def width(self) -> int:
        return struct.calcsize("<" + self.letter)

    @property
    def is_fixed(self) -> bool:
        return self.letter in "fd"


KINDS = [
    Kind(1, 5, "f"),
    Kind(2, 6, "d"),
    Kind(3, 7, "I"),
    Kind(4, 7, "B"),
    Kind(5, 7, "H"),
    Kind(6, 7, "B"),
    Kind(8, 9, "f", 2),
    Kind(9, 10, "Q"),
    Kind(10, 11, "?"),
    Kind(11, 7, "B"),
    Kind(12, 7, "B"),
    Kind(13, 7, "I"),
    Kind(14, 13, "H"),
    Kind(15, 7, "H"),
    Kind(16, 7, "H"),
    Kind(17, 7, "H"),
    Kind(18, 12, "d", 2),
    Kind(19, 13, "H"),
    Kind(22, 16, "I"),
    Kind(23, 17, "Q"),
]
# Too small to be rewritten, too long a tail: the rule, in numbers of its own.
LEAST_VALUES = 16
MOST_BYTES_PER_VALUE = 512


def varint(number: int, length: int = 1) -> bytes:
    """Return a varint of at least that many bytes."""
    out = bytearray()
    while number > 127 or len(out) + 1 < length:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def scalar(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value & 2**64 - 1)


def chunk(number: int, payload: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def same(payload: bytes) -> Pair:
    return Pair(payload, payload)


def joined(parts: list[Pair]) -> Pair:
    return Pair(b"".join(part.old for part in parts), b"".join(part.new for part in parts))


def inside(number: int, content: Pair, tag_length: int = 1, length_length: int = 1) -> Pair:
    """Return a message in a field. What nobody would write, longer varints than needed, is read all the same."""
    tag = varint(number << 3 | 2, tag_length)
    old = varint(len(content.old), length_length)
    new = old if len(content.old) == len(content.new) else varint(len(content.new))
    return Pair(tag + old + content.old, tag + new + content.new)


@st.composite
def unknown_fields(draw: Draw) -> bytes:
    """Draw fields that no schema has."""
    made = b""
    for number in draw(st.lists(st.integers(900, 999), max_size=2)):
        kind = draw(st.sampled_from([0, 1, 2, 5]))
        payload: bytes = draw(st.binary(min_size=8, max_size=8))
        made += (
            varint(number << 3 | kind)
            + {
                0: varint(int.from_bytes(payload, "little")),
                1: payload,
                2: varint(8) + payload,
                5: payload[:4],
            }[kind]
        )
    return made


class Number(NamedTuple):
    """One number as it is encoded, and as tensor_content has it."""

    code: bytes
    element: bytes


@st.composite
def numbers(draw: Draw, kind: Kind) -> Number:
    if kind.is_fixed:
        # Bits of any kind: NaNs with payloads, infinities, denormals.
        bits = draw(st.binary(min_size=kind.width, max_size=kind.width))
        return Number(bits, bits)
    limit = 2**64
    value = draw(
        st.one_of(
            st.integers(0, 200),
            st.integers(0, 2**16 - 1),
            st.integers(limit - 70000, limit - 1),
            st.integers(0, limit - 1),
        )
    )
    code = varint(value, draw(st.sampled_from([1, 1, 1, 1, 4, 10])))
    if kind.letter == "?":
        return Number(code, b"\1" if value else b"\0")
    return Number(code, struct.pack("<Q", value)[: kind.width])


@st.composite
def pieces(draw: Draw, kind: Kind, drawn: list[Number]) -> list[bytes]:
    """Draw the fields that hold the numbers: packed or not, in as many pieces as it likes."""
    made = []
    while drawn:
        count = draw(st.integers(1, len(drawn)))
        now, drawn = drawn[:count], drawn[count:]
        if draw(st.integers(0, 3)):
            made.append(chunk(kind.field, b"".join(number.code for number in now)))
            continue
        single = {"f": 5, "d": 1}.get(kind.letter, 0)
        made += [varint(kind.field << 3 | single) + number.code for number in now]
    return made


def shape_bytes(dims: list[int], unknown_rank: bool) -> bytes:
    made = b"".join(chunk(2, scalar(1, size) + (chunk(2, b"name") if size % 2 else b"")) for size in dims)
    return made + (scalar(3, 1) if unknown_rank else b"")


UNUSUAL = [
    "content",
    "empty_content",
    "strings",
    "second_kind",
    "dtype_twice",
    "shape_twice",
    "other_type",
    "rank",
    "minus_one",
]


@st.composite
def tensors(draw: Draw) -> Pair:
    """Draw a TensorProto: one in four is unusual in a way that keeps it as it is."""
    kind = draw(st.sampled_from(KINDS))
    count = kind.parts * draw(st.sampled_from([16, 17, 23, 40, 16, 8, 15, 1, 0]))
    few = draw(st.lists(numbers(kind), min_size=1, max_size=5))
    drawn = [few[index % len(few)] for index in range(count)]
    whole = count // kind.parts
    longest = MOST_BYTES_PER_VALUE * count // (kind.width * kind.parts)
    elements = draw(st.sampled_from([whole, whole + 9, whole + 1, whole, longest, longest + 1, 1]))
    dims = draw(st.sampled_from([[elements], [1, elements], [elements, 1, 1]]))
    oddity = draw(st.sampled_from(UNUSUAL)) if draw(st.integers(0, 3)) == 3 else ""
    if oddity == "minus_one":
        dims = [-1, *dims]
    head = [scalar(1, kind.dtype if oddity != "other_type" else 7), chunk(2, shape_bytes(dims, oddity == "rank"))]
    extra = {
        "content": [chunk(4, b"\1\2\3\4")],
        "empty_content": [chunk(4, b"")],
        "strings": [chunk(8, b"a string")],
        "second_kind": [scalar(11 if kind.field != 11 else 7, 1)],
        "dtype_twice": [head[0]],
        "shape_twice": [head[1]],
    }.get(oddity, [])
    head += extra + [draw(unknown_fields()), scalar(3, 2)]
    head = draw(st.permutations(head))
    held = draw(pieces(kind, drawn))
    between = [draw(unknown_fields()) for _piece in held]
    old = b"".join(piece + other for piece, other in zip(held, between, strict=True))
    size = kind.width * kind.parts
    wanted = (
        not oddity and count >= LEAST_VALUES and whole <= elements and elements * size <= MOST_BYTES_PER_VALUE * count
    )
    new = old
    if wanted:
        content = b"".join(number.element for number in drawn)
        content += content[-size:] * (elements - whole)
        new = chunk(4, content) + b"".join(between)
    cut = draw(st.integers(0, len(head)))
    before, after = b"".join(head[:cut]), b"".join(head[cut:])
    return Pair(before + old + after, before + new + after)


@st.composite
def variants(draw: Draw) -> Pair:
    """Draw a TensorProto whose values are tensors themselves."""
    held = [inside(3, draw(tensors())) for _index in range(draw(st.integers(0, 2)))]
    variant = joined([same(chunk(1, b"tensorflow::Tensor")), *held])
    return joined([same(scalar(1, 21)), inside(15, variant)])


@st.composite
def values(draw: Draw, depth: int = 2) -> Pair:
    """Draw an AttrValue."""
    choice = draw(st.sampled_from(["tensor", "tensor", "variant", "list", "func", "type", "twice"]))
    if choice == "tensor":
        return inside(8, draw(tensors()), *draw(st.sampled_from([(1, 1), (2, 1), (1, 5)])))
    if choice == "variant":
        return inside(8, draw(variants()))
    if choice == "list":
        held = [inside(8, draw(tensors())) for _index in range(draw(st.integers(0, 2)))]
        calls = [inside(9, draw(calls_of(depth)))] if depth else []
        return inside(1, joined([*held, same(chunk(3, b"\1\2")), *calls]))
    if choice == "func" and depth:
        return inside(10, draw(calls_of(depth)))
    if choice == "twice":
        # protobuf merges the two.
        both = [draw(tensors()).old, draw(tensors()).old]
        return same(b"".join(chunk(8, tensor) for tensor in both))
    return same(scalar(6, 1))


@st.composite
def attributes(draw: Draw, number: int, depth: int) -> Pair:
    """Draw an entry of a map<string, AttrValue>."""
    key = same(chunk(1, draw(st.sampled_from([b"value", b"T", "ü".encode()]))))
    value = inside(2, draw(values(depth)))
    parts = [key, value] if draw(st.booleans()) else [value, key]
    return inside(number, joined([*parts, same(draw(unknown_fields()))]))


@st.composite
def calls_of(draw: Draw, depth: int) -> Pair:
    """Draw a NameAttrList."""
    return joined([same(chunk(1, b"function")), draw(attributes(2, depth - 1))])


@st.composite
def nodes(draw: Draw) -> Pair:
    held = [draw(attributes(5, 2)) for _index in range(draw(st.integers(0, 2)))]
    parts = [same(chunk(1, b"a/node")), same(chunk(2, b"Const")), same(chunk(3, b"^input")), *held]
    return joined([*draw(st.permutations(parts)), same(draw(unknown_fields()))])


@st.composite
def functions(draw: Draw) -> Pair:
    default = inside(4, joined([same(chunk(1, b"T")), inside(3, draw(values(1))), inside(7, draw(values(1)))]))
    signature = inside(1, joined([same(chunk(1, b"f")), default]))
    return joined([signature, draw(attributes(5, 1)), inside(3, draw(nodes())), same(draw(unknown_fields()))])


@st.composite
def graphs(draw: Draw) -> Pair:
    """Draw a GraphDef with at least one node."""
    parts = [inside(1, draw(nodes())) for _index in range(draw(st.integers(1, 3)))]
    if draw(st.booleans()):
        parts.append(inside(2, inside(1, draw(functions()))))
    parts.append(same(chunk(4, scalar(1, 27))))
    return joined(draw(st.permutations(parts)))


def constant(dtype: int, count: int, field: int, payload: bytes) -> bytes:
    proto = scalar(1, dtype) + chunk(2, chunk(2, scalar(1, count))) + chunk(field, payload)
    attribute = chunk(5, chunk(1, b"value") + chunk(2, chunk(8, proto)))
    return chunk(1, chunk(1, b"weights") + chunk(2, b"Const") + attribute)


def half_graphs(count: int) -> tuple[bytes, bytes]:
    """Return a graph of FP16 weights, and what it is after repacking."""
    numbers = [(index * 40503 + 7) & 0xFFFF for index in range(count)]
    old = constant(19, count, 13, b"".join(map(varint, numbers)))
    new = constant(19, count, 4, struct.pack(f"<{count}H", *numbers))
    return old, new
