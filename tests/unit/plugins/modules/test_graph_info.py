# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""graph_info shows what is in a graph, changes nothing, and refuses everything else with one sentence."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph import contents, graph_file
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import memory
from ansible_collections.jetfleet.protobuf.plugins.modules import graph_info
from ansible_collections.jetfleet.protobuf.tests.support.installations import snapshot
from ansible_collections.jetfleet.protobuf.tests.support.wire_bytes import varint, workload_bytes

RunModule = Callable[..., dict[str, Any]]


@pytest.fixture
def info(run_module: RunModule, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Run the module, under which nothing may change."""

    def run(path: Path | str, **arguments: Any) -> dict[str, Any]:
        before = snapshot(tmp_path)
        result = run_module("graph_info", path=str(path), **arguments)
        assert snapshot(tmp_path) == before
        return result

    return run


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_graph(info: RunModule, tmp_path: Path, check_mode: bool) -> None:
    path = tmp_path / "graph größe 1.pb"
    path.write_bytes(workload_bytes("half_val", 300_000))
    result = info(path, _ansible_check_mode=check_mode)
    size = path.stat().st_size
    heaviest = result.pop("heaviest")
    work = result.pop("work")
    repacked = result.pop("work_repacked")
    del result["invocation"]
    packed = result["encodings"]["half_val"].pop("bytes")
    assert result == {
        "changed": False,
        "bytes": size,
        "nodes": 2,
        "functions": 0,
        "function_nodes": 0,
        "attributes": 4,
        "inputs": 0,
        "trt_engine_ops": 0,
        "encodings": {"half_val": {"tensors": 2, "values": 300_000}},
        "repackable": {"tensors": 2, "values": 300_000, "bytes": 600_000},
    }
    assert [(node["name"], node["op"], node["values"]) for node in heaviest] == [
        ("weights_0", "Const", 2**18),
        ("weights_1", "Const", 300_000 - 2**18),
    ]
    assert (work["varint_values"], work["varint_bytes"], work["bytes"]) == (300_000, packed, size)
    assert (repacked["varint_values"], repacked["varint_bytes"], repacked["fields"]) == (0, 0, work["fields"] + 2)
    # Two pairs of tag and length have the same length before and after.
    assert repacked["bytes"] == size - packed + 600_000


def keys(returned: dict[str, Any]) -> dict[str, Any]:
    """Return the names that a RETURN documents, with those below them."""
    return {name: set(value.get("contains") or {}) for name, value in returned.items()}


def test_every_value_is_documented(info: RunModule, fixtures: Path) -> None:
    documented = keys(yaml.safe_load(graph_info.RETURN))
    result = info(fixtures / "graphs/lists.bin")
    assert set(result) - {"changed", "invocation"} == set(documented)
    assert set(result["heaviest"][0]) == documented["heaviest"]
    assert set(result["repackable"]) == documented["repackable"]
    assert set(result["work"]) == set(result["work_repacked"]) == documented["work"]
    assert all(set(encoding) == documented["encodings"] for encoding in result["encodings"].values())


def test_the_size_of_the_memory_does_not_matter(
    info: RunModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 1)
    path = tmp_path / "graph.pb"
    path.write_bytes(workload_bytes("tensor_content", 1000))
    assert info(path)["nodes"] == 1


def headed(field: int, size: int) -> bytes:
    """Return tag and length of a message of so many bytes."""
    return bytes([field << 3 | 2]) + varint(size)


def test_the_largest_file(info: RunModule, tmp_path: Path) -> None:
    path = tmp_path / "large.pb"
    # A node with name and operation, and one attribute with a tensor whose content is a hole in the file.
    names = b"\x0a\x01a\x12\x01b"
    hole = 2**31 - 1 - 5 * len(headed(1, 2**31 - 50)) - len(names)
    head = b""
    for field in (4, 8, 2, 5):
        head = headed(field, hole + len(head)) + head
    with path.open("wb") as stream:
        stream.write(headed(1, len(names) + len(head) + hole) + names + head)
        stream.truncate(2**31 - 1)
    result = info(path)
    assert result["bytes"] == 2**31 - 1
    assert result["encodings"] == {"tensor_content": {"tensors": 1, "values": 1, "bytes": hole}}
    with path.open("r+b") as stream:
        stream.truncate(2**31)
    assert "has 2147483648 bytes, and protobuf parses at most 2 GB (2147483647 bytes)" in info(path)["msg"]


def test_what_is_refused(info: RunModule, tmp_path: Path) -> None:
    graph = workload_bytes("small_nodes", 5000)
    (tmp_path / "empty.pb").touch()
    (tmp_path / "text.pb").write_bytes(b"This is the README of a model.\n" * 50)
    (tmp_path / "cut.pb").write_bytes(graph[:-1])
    damaged = bytearray(graph)
    # The length of the first node's name.
    damaged[graph.index(b"block_0/convolution") - 1] = 127
    (tmp_path / "damaged.pb").write_bytes(damaged)
    (tmp_path / "nameless.pb").write_bytes(graph + b"\x0a\x03\x0a\x01a")
    cases = {
        "absent.pb": "does not exist on this host: copy the graph there first.",
        ".": "is a directory: name the graph's file in it.",
        "/dev/zero": "is not a regular file: name a graph's file.",
        "empty.pb": "is empty: copy the graph again.",
        "text.pb": "a GraphDef has no such field as at byte 0; name a binary GraphDef.",
        "cut.pb": f"the data at byte {len(graph) - 4} extends past the end at {len(graph) - 1}; copy it again.",
        "damaged.pb": "at byte ",
        "nameless.pb": f"its node 100, at byte {len(graph) + 2}, has no name or no operation; name a GraphDef.",
    }
    for name, reason in cases.items():
        result = info(tmp_path / name)
        assert result["failed"] is True
        assert result["msg"].startswith(f"{tmp_path / name} ")
        assert reason in result["msg"]
        assert result["msg"].endswith(".") and "\n" not in result["msg"]


@pytest.mark.parametrize("cut", [0, 500])
def test_a_graph_that_changes_while_it_is_read(
    run_module: RunModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    """A file of the same size can be read to the end, but what is found is of no graph that there was."""
    path = tmp_path / "graph.pb"
    path.write_bytes(workload_bytes("half_val", 3000))
    real = contents.graph_contents

    def change(stream: Any) -> Any:
        content = path.read_bytes()
        time.sleep(0.02)  # the clock of a file system has steps
        path.write_bytes(content[: len(content) - cut])
        return real(stream)

    monkeypatch.setattr(contents, "graph_contents", change)
    message = run_module("graph_info", path=str(path))["msg"]
    assert message == f"{path} was changed by another process meanwhile: run again."


def test_a_file_without_permission(info: RunModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.pb"
    path.write_bytes(workload_bytes("small_nodes", 500))

    def refuse(*_arguments: object) -> None:  # root, who may run this, reads everything
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(graph_file, "open", refuse, raising=False)
    user = pwd.getpwuid(os.getuid()).pw_name
    assert info(path)["msg"] == f"{path} cannot be read (Permission denied): make it readable for {user}."
