# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The counts of a graph's contents: against TensorFlow's own graphs, against protobuf, and by hand."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph import contents as contents_module
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.contents import graph_contents
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.repack_writer import write_repacked
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import WireError, WireFile
from ansible_collections.jetfleet.protobuf.tests.support.graph_reference import GraphReference
from ansible_collections.jetfleet.protobuf.tests.support.guarded_stream import GuardedStream
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.random_graphs import RandomGraph
from ansible_collections.jetfleet.protobuf.tests.support.wire_bytes import (
    attribute,
    bytes_field,
    node,
    number_field,
    varint,
    workload_bytes,
)

GRAPHS = sorted((Path(__file__).parents[3] / "fixtures/graphs").glob("*.bin"))
WORKLOADS = ("float_val", "half_val", "small_nodes", "tensor_content")
MIB = 1 << 20


def contents(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = graph_contents(GuardedStream(data))
    return found


def refusal(data: bytes) -> str:
    with pytest.raises(WireError) as caught:
        contents(data)
    return str(caught.value)


def with_value(value: bytes) -> bytes:
    """Return a graph of one node with one attribute."""
    return node(b"name", b"Const", [], attribute(b"value", value))


def with_tensor(tensor: bytes) -> bytes:
    return with_value(bytes_field(8, tensor))


@pytest.fixture(scope="module", params=[("3.11", "5.29.5"), ("3.9", "3.20.3")], ids=["upb", "cpp"])
def reference(request: pytest.FixtureRequest, installations: Installations) -> Iterator[GraphReference]:
    version, release = request.param
    with GraphReference(installations.virtualenv(version, f"protobuf=={release}", "six==1.16.0")) as started:
        yield started


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_graphs_of_tensorflow(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text())["contents"]
    found = contents(path.read_bytes())
    found["encodings"].pop("list", None)
    if path.stem == "current_functions":
        # What TensorFlow 1.12 does not know about functions is passed over.
        for unit in ("attributes", "fields", "messages"):
            assert found["work"][unit] < expected["work"].pop(unit)
            del found["work"][unit]
    assert {name: found[name] for name in expected} == expected


def differences(data: bytes, reference: GraphReference) -> dict[str, tuple[Any, Any]]:
    expected = reference.ask(data)["contents"]
    expected["work"]["bytes"] = expected["bytes"] = len(data)
    found = contents(data)
    return {name: (found[name], expected[name]) for name in expected if found[name] != expected[name]}


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_graphs_of_tensorflow_are_to_protobuf_the_same(path: Path, reference: GraphReference) -> None:
    assert differences(path.read_bytes(), reference) == {}


@pytest.mark.parametrize("workload", WORKLOADS)
def test_workloads_are_to_protobuf_the_same(workload: str, reference: GraphReference) -> None:
    assert differences(workload_bytes(workload, 300_000), reference) == {}


def test_random_graphs_are_to_protobuf_the_same(reference: GraphReference) -> None:
    wrong = {seed: differences(RandomGraph(seed).graph(), reference) for seed in range(60)}
    assert {seed: found for seed, found in wrong.items() if found} == {}


def repacked(data: bytes) -> bytes:
    out = io.BytesIO()
    write_repacked(WireFile(io.BytesIO(data)), out)
    return out.getvalue()


def check_repacking(data: bytes) -> int:
    """Compare what is foretold with what graph_repack makes; return how many tensors that were."""
    before, after = contents(data), contents(repacked(data))
    assert after["work"] == before["work_repacked"]
    assert after["repackable"] == {"tensors": 0, "values": 0, "bytes": 0}
    assert after["work_repacked"] == after["work"]
    counted = {
        name: before["encodings"].get(name, dict.fromkeys(("tensors", "values", "bytes"), 0)) for name in ENCODINGS
    }
    left = {name: after["encodings"].get(name, dict.fromkeys(("tensors", "values", "bytes"), 0)) for name in ENCODINGS}
    gone = {name: {unit: counted[name][unit] - left[name][unit] for unit in counted[name]} for name in ENCODINGS}
    assert before["repackable"]["tensors"] == -gone["tensor_content"]["tensors"]
    assert before["repackable"]["bytes"] == -gone["tensor_content"]["bytes"]
    assert before["repackable"]["values"] == sum(gone[name]["values"] for name in ENCODINGS if name != "tensor_content")
    return int(before["repackable"]["tensors"])


ENCODINGS = (
    *("float_val", "double_val", "half_val", "int_val", "int64_val", "uint32_val", "uint64_val", "bool_val"),
    *("scomplex_val", "dcomplex_val", "tensor_content"),
)


def test_repacking_is_foretold() -> None:
    rewritten = [check_repacking(RandomGraph(seed).graph()) for seed in range(60)]
    assert sum(rewritten) > 50
    assert sum(check_repacking(path.read_bytes()) for path in GRAPHS) > 50
    assert [check_repacking(workload_bytes(workload, 300_000)) for workload in WORKLOADS] == [2, 2, 0, 0]


def test_repacking_numbers_that_stand_one_by_one() -> None:
    halves = b"".join(number_field(13, number) for number in (300, 5) * 10) + bytes_field(13, b"\x80\x01\x05" * 10)
    tensor = number_field(1, 19) + bytes_field(2, bytes_field(2, number_field(1, 40))) + halves
    check_repacking(with_tensor(tensor))
    found = contents(with_tensor(tensor))
    assert found["encodings"] == {"half_val": {"tensors": 1, "values": 40, "bytes": 60}}
    assert found["repackable"] == {"tensors": 1, "values": 40, "bytes": 80}
    # Name, operation, key, type and dimension, and the twenty of which each is a field.
    assert found["work"]["fields"] == 25
    assert (found["work"]["varint_values"], found["work"]["varint_bytes"]) == (20, 30)
    assert found["work_repacked"]["fields"] == 6
    assert (found["work_repacked"]["varint_values"], found["work_repacked"]["varint_bytes"]) == (0, 0)


def test_floats_that_stand_one_by_one_cost_the_same() -> None:
    tensor = number_field(1, 1) + (varint(5 << 3 | 5) + bytes(4)) * 3 + bytes_field(5, bytes(8))
    found = contents(with_tensor(tensor))
    assert found["encodings"] == {"float_val": {"tensors": 1, "values": 5, "bytes": 20}}
    assert (found["work"]["fixed_values"], found["work"]["fields"]) == (5, 4)


def test_fields_of_another_wire_type_are_unknown() -> None:
    odd = number_field(4, 7) + bytes_field(1, b"\x01") + varint(6 << 3 | 5) + bytes(4) + varint(13 << 3 | 1) + bytes(8)
    found = contents(with_tensor(odd))
    assert found["encodings"] == {}
    assert found["work"]["fields"] == 3
    assert found["heaviest"][0]["values"] == 0


def dimensions(*sizes: int) -> bytes:
    return bytes_field(2, b"".join(bytes_field(2, number_field(1, size % 2**64)) for size in sizes))


@pytest.mark.parametrize(
    ("shape", "values"),
    [
        (b"", 1),
        (dimensions(), 1),
        (dimensions(2, 3), 6),
        (dimensions(2, -1), 0),
        (dimensions(2, 0), 0),
        (bytes_field(2, bytes_field(2, b"")), 0),
        (dimensions(*[2**62] * 9), 2**63 - 1),
        (dimensions(*[2**62] * 9, 0), 0),
    ],
)
def test_values_of_tensor_content_are_those_of_the_shape(shape: bytes, values: int) -> None:
    found = contents(with_tensor(shape + bytes_field(4, bytes(24))))
    assert found["encodings"] == {"tensor_content": {"tensors": 1, "values": values, "bytes": 24}}


def test_heaviest_nodes() -> None:
    def weighing(name: bytes, floats: int, content: int) -> bytes:
        tensor = bytes_field(5, bytes(4 * floats)) + bytes_field(4, bytes(content))
        return node(name, b"Const", [], attribute(b"value", bytes_field(8, tensor)))

    light = [weighing(b"light %02d" % index, 1, 0) for index in range(30)]
    function = bytes_field(3, weighing(b"inner", 0, 9000)[3:]) + bytes_field(1, bytes_field(1, b"a function"))
    library = bytes_field(2, bytes_field(1, function))
    heavy = [weighing(b"content", 0, 5000), weighing(b"values", 6, 0), weighing(b"n" * 2000, 0, 3000)]
    found = contents(library + b"".join(light[:10] + heavy + light[10:]))["heaviest"]
    assert len(found) == 20
    names = [item["name"] for item in found]
    assert names[:4] == ["inner", "values", "content", "n" * 1000 + "..."]
    assert names[4:] == [f"light {index:02}" for index in range(16)]
    assert [item["function"] for item in found] == ["a function"] + [None] * 19
    assert [item["values"] for item in found[:5]] == [0, 6, 0, 0, 1]
    assert found[1] == {"name": "values", "op": "Const", "function": None, "values": 6, "bytes": len(heavy[1]) - 2}


@pytest.mark.parametrize("cached", [1, 2, 4096])
def test_the_size_of_the_cache_changes_no_count(cached: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"".join(path.read_bytes() for path in GRAPHS) + RandomGraph(1).graph()
    expected = contents(data)
    monkeypatch.setattr(contents_module, "_MAX_CACHED", cached)
    assert contents(data) == expected
    monkeypatch.setattr(contents_module, "_MAX_CACHED_BYTES", -1)
    assert contents(data) == expected


def nested(depth: int) -> bytes:
    """Return a graph in which the innermost message is inside of that many others: function in attribute in function."""
    data = b""
    for number in reversed(([1, 5] + [2, 10, 2] * depth)[2:depth]):
        data = bytes_field(number, data)
    return bytes_field(1, bytes_field(1, b"name") + bytes_field(2, b"Const") + bytes_field(5, data))


def test_nesting_as_deep_as_protobuf_parses(reference: GraphReference) -> None:
    for depth in (3, 50, 66, 99, 100):
        assert reference.ask(nested(depth))["accepted"]
        assert contents(nested(depth))["nodes"] == 1
    # Small attributes that are known from the surface, too, must not be found down there.
    for deeper in (101, 102, 110):
        assert not reference.ask(nested(deeper))["accepted"]
        known = b"".join(nested(depth) for depth in range(3, 60))
        assert "is nested in 100 others; copy it again." in refusal(known + nested(deeper))


def test_nodes_of_functions_need_no_name() -> None:
    function = bytes_field(2, bytes_field(1, bytes_field(3, b"")))
    found = contents(function + with_value(b""))
    assert (found["nodes"], found["functions"], found["function_nodes"]) == (1, 1, 1)
    assert found["heaviest"][1] == {"name": "", "op": "", "function": "", "bytes": 0, "values": 0}


def test_operation_of_tensorrt() -> None:
    names = [b"TRTEngineOp", b"TRTEngineOps", b"TRTEngineOq", b"TRTEngineOp"]
    data = b"".join(node(b"name", name, [], b"") for name in names)
    assert contents(data)["trt_engine_ops"] == 2
    # protobuf keeps the last of two.
    twice = bytes_field(1, bytes_field(1, b"name") + bytes_field(2, b"TRTEngineOp") + bytes_field(2, b"Const"))
    assert contents(twice)["trt_engine_ops"] == 0


def test_engines_of_tensorrt() -> None:
    def keyed(key: bytes, value: bytes) -> dict[str, Any]:
        found: dict[str, Any] = contents(node(b"name", b"TRTEngineOp", [], attribute(key, value)))["encodings"]
        return found

    engine = {"serialized_segment": {"tensors": 1, "values": 0, "bytes": 500}}
    assert keyed(b"serialized_segment", bytes_field(2, bytes(500))) == engine
    assert keyed(b"serialized_segmenu", bytes_field(2, bytes(500))) == {}
    assert keyed(b"serialized_segment", number_field(3, 500)) == {}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            with_tensor(bytes_field(5, bytes(7))),
            "is damaged: the 7 bytes of float_val at byte 30 are not a multiple of 4",
        ),
        (
            with_tensor(bytes_field(12, bytes(9))),
            "is damaged: the 9 bytes of dcomplex_val at byte 30 are not a multiple of 8",
        ),
        (with_tensor(bytes_field(13, b"\x05\x80")), "the data at byte 31 extends past byte 32,"),
        (with_tensor(b"\x2a\x05\x00"), "the data at byte 28 extends past byte 31,"),
        (with_tensor(b"\x0b"), "the field at byte 28 has wire type 3"),
        (
            bytes_field(1, bytes_field(1, b"name")),
            "its node 0, at byte 2, has no name or no operation; name a GraphDef.",
        ),
        (with_value(b"") + bytes_field(1, bytes_field(2, b"Const")), "its node 1, at byte 28, has no name"),
        (b"\x0a\x7f\x00", "the data at byte 0 extends past the end at 3"),
        (with_value(b"") + b"\x33", "a GraphDef has no such field as at byte 26"),
        (bytes_field(4, number_field(1, 27)), "has no node, so it is not a frozen TensorFlow graph"),
    ],
)
def test_what_is_wrong_is_reported_with_its_place(data: bytes, sentence: str) -> None:
    assert sentence in refusal(data)


class Sparse(io.RawIOBase):
    """A file that begins and ends with these bytes and has zeros between them, which take no memory."""

    def __init__(self, first: bytes, zeros: int) -> None:
        self._first = first
        self._size = len(first) + zeros
        self._place = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._place = {0: 0, 2: self._size}[whence] + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def read(self, size: int = -1) -> bytes:
        assert 0 <= size <= MIB and self._place + size <= self._size
        found = self._first[self._place : self._place + size]
        self._place += size
        return found + bytes(size - len(found))


def headed(fields: list[int], size: int) -> bytes:
    """Return tags and lengths of messages around so many bytes."""
    head = b""
    for field in reversed(fields):
        head = varint(field << 3 | 2) + varint(size + len(head)) + head
    return head


def peak_of(stream: Any) -> tuple[dict[str, Any], int]:
    """Return the contents and how many bytes were in use at once."""
    tracemalloc.start()
    try:
        return graph_contents(stream), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("field", "zeros", "values"), [(4, 2**31 - 100, 1), (5, 2**31 - 100, 2**29 - 25), (13, 64 * MIB, 64 * MIB)]
)
def test_memory_for_large_values(field: int, zeros: int, values: int) -> None:
    named = bytes_field(1, b"large") + bytes_field(2, b"Const")
    inner = headed([5, 2, 8, field], zeros)
    stream = Sparse(varint(1 << 3 | 2) + varint(len(named) + len(inner) + zeros) + named + inner, zeros)
    found, peak = peak_of(stream)
    (counts,) = found["encodings"].values()
    assert (counts["values"], counts["bytes"]) == (values, zeros)
    assert peak < 6 * MIB


def test_memory_for_many_small_things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents_module, "_MAX_CACHED", 256)
    parts = [
        node(b"name %d" % index, b"Const", [b"x" * 50], attribute(b"key", bytes_field(2, b"%09d" % index * 10)))
        for index in range(5000)
    ]
    shape = bytes_field(2, bytes_field(2, b"") * 50_000)
    floats = (varint(5 << 3 | 5) + bytes(4)) * 10_000
    data = b"".join(parts) + with_tensor(shape + floats) + with_tensor(bytes_field(15, b"") * 10_000)
    found, peak = peak_of(GuardedStream(data))
    assert found["nodes"] == 5002
    assert peak < 2 * MIB
