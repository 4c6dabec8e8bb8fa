# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repacking graphs of every kind, compared with what a second implementation makes of them."""

from __future__ import annotations

import io
import os
import random
import subprocess
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph import repack_edits
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.repack_writer import Summary, write_repacked
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.verify import verify_repacked
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import WireError, WireFile
from ansible_collections.jetfleet.protobuf.tests.support.board_code import importable
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python
from ansible_collections.jetfleet.protobuf.tests.support.wire_graphs import Pair, chunk, graphs, scalar, varint
from hypothesis import HealthCheck, given, settings

ROOT = Path(__file__).parents[5]
GRAPHS = sorted((ROOT / "tests/unit/fixtures/graphs").glob("*.bin"))
FLOAT, HALF, INT32, BOOL = 1, 19, 3, 10


def repacked(data: bytes) -> bytes:
    out = io.BytesIO()
    write_repacked(WireFile(io.BytesIO(data)), out)
    return out.getvalue()


def summary(data: bytes) -> Summary:
    return Summary(WireFile(io.BytesIO(data)))


def tensor(dtype: int, dims: list[int], *fields: bytes) -> bytes:
    shape = b"".join(chunk(2, scalar(1, size)) for size in dims)
    return scalar(1, dtype) + chunk(2, shape) + b"".join(fields)


def constant(proto: bytes, name: bytes = b"weights") -> bytes:
    entry = chunk(1, b"value") + chunk(2, chunk(8, proto))
    return chunk(1, chunk(1, name) + chunk(2, b"Const") + chunk(5, entry))


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(graphs())
def test_every_graph_becomes_what_it_should_be(graph: Pair) -> None:
    found = summary(graph.old)
    written = repacked(graph.old)
    assert written == graph.new
    assert found.bytes_after == len(written)
    assert bool(found.rewritten) == (graph.old != graph.new)
    same = verify_repacked(WireFile(io.BytesIO(graph.old)), WireFile(io.BytesIO(written)))
    assert same["tensors"] == sum(counts["tensors"] for counts in found.rewritten.values())
    assert same["values"] == sum(counts["values"] for counts in found.rewritten.values())
    # The second run finds nothing to do.
    assert summary(written).rewritten == {}
    assert summary(written).left == found.left
    assert repacked(written) == written


def damaged(data: bytes, source: random.Random) -> bytes:
    place = source.randrange(len(data))
    if source.random() < 0.3:
        return data[:place]
    return data[:place] + bytes([data[place] ^ 1 << source.randrange(8)]) + data[place + 1 :]


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_a_damaged_graph_is_refused_or_stays_the_same_graph(path: Path) -> None:
    data = path.read_bytes()
    source = random.Random(path.stem)
    for _round in range(25):
        broken = damaged(data, source)
        old = WireFile(io.BytesIO(broken))
        try:
            expected = Summary(old).bytes_after
        except WireError as error:
            assert str(error.offset) in str(error)
            assert str(error).endswith((".", "again."))
            continue
        written = repacked(broken)
        assert len(written) == expected
        verify_repacked(old, WireFile(io.BytesIO(written)))


def test_real_graphs_have_what_the_tests_are_about() -> None:
    assert len(GRAPHS) >= 10
    counts = [summary(path.read_bytes()).rewritten for path in GRAPHS]
    for encoding in ("float_val", "half_val", "int_val", "int64_val", "bool_val", "scomplex_val"):
        assert any(encoding in found for found in counts), encoding


# What is wrong, where it is, the byte that the sentence names, the words that it has.
DAMAGES = [
    (chunk(5, b"\0" * 65), "65 bytes of float_val", 0),
    (chunk(13, b"\x80" * 15 + b"\1"), "more than 10 bytes", 0),
    (chunk(13, b"\1" * 40 + b"\x80" * 3), "extends past byte", 40),
]


@pytest.mark.parametrize(("field", "words", "offset"), DAMAGES)
def test_damaged_numbers_are_named_by_their_byte(field: bytes, words: str, offset: int) -> None:
    dtype = FLOAT if words.endswith("float_val") else HALF
    data = constant(tensor(dtype, [40], field))
    place = data.index(field) + 2
    with pytest.raises(WireError) as caught:
        summary(data)
    assert words in str(caught.value)
    assert str(place + offset) in str(caught.value)


def test_a_number_may_lie_across_the_parts_that_are_converted_at_a_time() -> None:
    # Three bytes each: 2**17 is not a multiple of three.
    codes = [varint(0x8000 + index % 0x7FFF) for index in range(100000)]
    data = constant(tensor(HALF, [100000], chunk(13, b"".join(codes))))
    content = b"".join((0x8000 + index % 0x7FFF).to_bytes(2, "little") for index in range(100000))
    assert repacked(data) == constant(tensor(HALF, [100000], chunk(4, content)))


def test_more_different_numbers_than_are_remembered() -> None:
    numbers = [index * 97 for index in range(70000)]
    data = constant(tensor(INT32, [70000], chunk(7, b"".join(map(varint, numbers)))))
    content = b"".join(number.to_bytes(4, "little") for number in numbers)
    assert repacked(data) == constant(tensor(INT32, [70000], chunk(4, content)))


def test_a_message_that_holds_changes_may_stay_as_long_as_it_was() -> None:
    data = constant(tensor(FLOAT, [16], chunk(5, b"\0" * 64)))
    assert repacked(data) == data.replace(b"\x2a\x40" + b"\0" * 64, b"\x22\x40" + b"\0" * 64)


# Why a tensor is left alone -> its fields.
LEFT = {
    "few_values": tensor(FLOAT, [15], chunk(5, b"\0" * 60)),
    "long_tail": tensor(FLOAT, [16 * 128 + 1], chunk(5, b"\0" * 64)),
    "type_mismatch": tensor(FLOAT, [16], chunk(13, b"\0" * 16)),
    "too_many_values": tensor(FLOAT, [15], chunk(5, b"\0" * 64)),
    "unknown_shape": tensor(FLOAT, [-1], chunk(5, b"\0" * 64)),
    "content_and_values": tensor(FLOAT, [16], chunk(4, b""), chunk(5, b"\0" * 64)),
    "two_kinds": tensor(FLOAT, [16], chunk(5, b"\0" * 64), chunk(8, b"text")),
    "repeated_fields": tensor(FLOAT, [16], scalar(1, FLOAT), chunk(5, b"\0" * 64)),
}


@pytest.mark.parametrize("reason", LEFT)
def test_a_tensor_is_left_alone_and_the_reason_is_counted(reason: str) -> None:
    data = constant(LEFT[reason]) + constant(LEFT[reason])
    found = summary(data)
    assert (found.rewritten, found.left) == ({}, {reason: 2})
    assert repacked(data) == data


def test_a_splat_is_not_blown_up_and_a_short_tail_is_written_out() -> None:
    splat = constant(tensor(BOOL, [1000000], chunk(11, b"\1")))
    assert repacked(splat) == splat
    tail = constant(tensor(BOOL, [16 * 512], chunk(11, b"\0" * 15 + b"\1")))
    assert repacked(tail) == constant(tensor(BOOL, [16 * 512], chunk(4, b"\0" * 15 + b"\1" * (16 * 512 - 15))))


def test_whatever_is_not_zero_is_true() -> None:
    data = constant(tensor(BOOL, [20], chunk(11, b"\0\1\2\x7f" * 5)))
    assert repacked(data) == constant(tensor(BOOL, [20], chunk(4, b"\0\1\1\1" * 5)))


def test_entries_with_a_tensor_given_twice_are_left_alone() -> None:
    value = chunk(2, chunk(8, tensor(FLOAT, [16], chunk(5, b"\0" * 64))))
    data = chunk(1, chunk(1, b"n") + chunk(5, chunk(1, b"value") + value + value))
    assert summary(data).left == {"repeated_fields": 2}
    assert repacked(data) == data


def nested(levels: int) -> bytes:
    value = scalar(6, 1)
    for _level in range(levels):
        value = chunk(10, chunk(2, chunk(1, b"f") + chunk(2, value)))
    return chunk(1, chunk(1, b"n") + chunk(5, chunk(1, b"f") + chunk(2, value)))


def test_what_protobuf_would_not_parse_is_refused() -> None:
    # Three messages a level, and three around them.
    assert repacked(nested(32)) == nested(32)
    with pytest.raises(WireError, match="nested deeper"):
        summary(nested(33))


def test_a_node_with_more_changes_than_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repack_edits, "MAX_EDITS", 20)
    entry = chunk(5, chunk(2, chunk(8, tensor(HALF, [16], chunk(13, b"\1" * 16)))))
    assert summary(chunk(1, entry * 3)).rewritten["half_val"]["tensors"] == 3
    with pytest.raises(WireError, match="more than 20 changes in one node or function library, at byte"):
        summary(chunk(1, entry * 9))


def test_lines_name_the_tensors() -> None:
    data = constant(tensor(HALF, [4, 5], chunk(13, b"\1" * 20)), b"block/weights")
    function = chunk(1, chunk(1, b"body")) + chunk(3, constant(tensor(FLOAT, [16], chunk(5, b"\0" * 64)))[2:])
    found = summary(data + chunk(2, chunk(1, function)))
    assert found.before == [
        "block/weights: DT_HALF [4, 5] in 20 values of half_val",
        "weights of function body: DT_FLOAT [16] in 16 values of float_val",
    ]
    assert found.after == [
        "block/weights: DT_HALF [4, 5] in 40 bytes of tensor_content",
        "weights of function body: DT_FLOAT [16] in 64 bytes of tensor_content",
    ]


def test_there_are_never_too_many_lines() -> None:
    found = summary(constant(tensor(FLOAT, [16], chunk(5, b"\0" * 64))) * 300)
    assert found.rewritten == {"float_val": {"tensors": 300, "values": 4800, "bytes": 19200}}
    assert len(found.before) == len(found.after) == 201
    assert found.before[-1] == found.after[-1] == "more tensors follow"


# Runs under any Python: repacks a file, verifies the copy and prints the most memory that took, in kilobytes.
MEASURED = """
import sys
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph import repack_writer, verify, wire as wire_format
wire = wire_format.WireFile(open(sys.argv[1], "rb"))
assert repack_writer.Summary(wire).rewritten
with open(sys.argv[1] + ".new", "w+b") as out:
    repack_writer.write_repacked(wire, out)
    out.flush()
    verify.verify_repacked(wire, wire_format.WireFile(out))
# What getrusage() says begins with the memory of who started this process.
print([line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")][0])
"""


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.13"])
def test_a_graph_is_never_in_memory(tmp_path: Path, version: str) -> None:
    size = 160000000
    graph = tmp_path / "graph.pb"
    # Written as a hole: what is in the file does not matter.
    head = constant_head(size)
    with graph.open("wb") as stream:
        stream.write(head)
        stream.truncate(len(head) + size)
        stream.seek(0, os.SEEK_END)
        stream.write(constant(tensor(HALF, [200000], chunk(13, varint(300) * 200000))))
    ended = subprocess.run(
        [need_python(version), "-c", MEASURED, graph],
        env={"PYTHONPATH": str(importable(tmp_path)), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) < 100 * 1024


def constant_head(size: int) -> bytes:
    """Return what stands before that many bytes of float_val in a node."""
    head = b""
    for number in (5, 8, 2, 5, 1):
        inner = (
            {5: b"", 8: scalar(1, FLOAT) + chunk(2, chunk(2, scalar(1, size // 4)))}.get(number, b"") if head else b""
        )
        head = varint(number << 3 | 2) + varint(len(inner) + len(head) + size) + inner + head
    return head
