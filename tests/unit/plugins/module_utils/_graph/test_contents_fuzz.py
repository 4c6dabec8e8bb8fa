# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a file holds, graph_contents ends in a result or in a sentence with the place, and protobuf agrees."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph import wire
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.contents import graph_contents
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import WireError
from ansible_collections.jetfleet.protobuf.tests.support.graph_reference import GraphReference
from ansible_collections.jetfleet.protobuf.tests.support.guarded_stream import GuardedStream
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.random_graphs import RandomGraph
from ansible_collections.jetfleet.protobuf.tests.support.wire_bytes import bytes_field, workload_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FIXTURES = Path(__file__).parents[3] / "fixtures/graphs"
GRAPHS = [path.read_bytes() for path in sorted(FIXTURES.glob("*.bin")) if path.stat().st_size < 8000]
GRAPHS += [workload_bytes(workload, 100) for workload in ("float_val", "half_val", "small_nodes", "tensor_content")]
GRAPHS += [RandomGraph(seed).graph() for seed in range(20)]
# What we refuse and protobuf takes for unknown fields, groups among them: no frozen graph has such.
OURS = (
    "a GraphDef has no such field",
    "has no node",
    "has no name or no operation",
    "has wire type 3",
    "has wire type 4",
)
MOST_MEMORY = 8 << 20


@pytest.fixture(scope="module")
def reference(installations: Installations) -> Iterator[GraphReference]:
    with GraphReference(installations.virtualenv("3.11", "protobuf==5.29.5", "six==1.16.0")) as started:
        yield started


def result_of(data: bytes) -> dict[str, Any] | str:
    """Return the contents, or the sentence that refuses them."""
    tracemalloc.start()
    try:
        found: dict[str, Any] = graph_contents(GuardedStream(data))
    except WireError as error:
        assert 0 <= error.offset <= len(data)
        sentence = str(error)
        assert sentence.endswith(".") and "\n" not in sentence
        assert f"byte {error.offset}" in sentence or "has no node" in sentence
        return sentence
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < MOST_MEMORY
    assert found["bytes"] == len(data)
    assert all(number >= 0 for work in ("work", "work_repacked") for number in found[work].values())
    return found


def check(data: bytes, reference: GraphReference) -> None:
    result = result_of(data)
    if isinstance(result, str) and any(reason in result for reason in OURS):
        return
    assert reference.ask(data)["accepted"] is not isinstance(result, str), result


fuzzed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@fuzzed
@given(st.binary(max_size=300))
def test_arbitrary_bytes(reference: GraphReference, data: bytes) -> None:
    check(data, reference)


@fuzzed
@given(st.binary(max_size=60), st.sampled_from([(), (5,), (5, 2), (5, 2, 8), (5, 2, 1), (5, 2, 10)]))
def test_arbitrary_bytes_inside_of_a_node(reference: GraphReference, data: bytes, fields: tuple[int, ...]) -> None:
    for field in reversed(fields):
        data = bytes_field(field, data)
    check(bytes_field(1, bytes_field(1, b"name") + bytes_field(2, b"Const") + data), reference)


@fuzzed
@given(st.sampled_from(GRAPHS), st.floats(0, 1))
def test_truncations(reference: GraphReference, graph: bytes, part: float) -> None:
    check(graph[: int(part * len(graph))], reference)


@fuzzed
@given(st.sampled_from(GRAPHS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 7)), min_size=1, max_size=4))
def test_flipped_bits(reference: GraphReference, graph: bytes, flips: list[tuple[float, int]]) -> None:
    data = bytearray(graph)
    for part, bit in flips:
        data[int(part * (len(data) - 1))] ^= 1 << bit
    check(bytes(data), reference)


@fuzzed
@given(st.sampled_from(GRAPHS), st.floats(0, 1), st.floats(0, 1), st.binary(max_size=12))
def test_replaced_parts(reference: GraphReference, graph: bytes, first: float, second: float, new: bytes) -> None:
    start, end = sorted((int(first * len(graph)), int(second * len(graph))))
    check(graph[:start] + new + graph[min(end, start + 12) :], reference)


@settings(fuzzed, max_examples=20)
@given(st.integers(0, 2**32), st.sampled_from([1, 11, 64]))
def test_small_blocks_change_no_result(seed: int, block: int) -> None:
    data = RandomGraph(seed).graph()
    expected = result_of(data)
    assert isinstance(expected, dict)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "BLOCK", max(block, 10))
        patch.setattr(wire, "CHUNK", block)
        assert result_of(data) == expected
