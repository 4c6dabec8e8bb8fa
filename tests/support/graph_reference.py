# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What protobuf itself says of the bytes of a graph, in a process of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.schema import DATA_TYPES, SCHEMA
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import load_graph
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import child_source

# Stands in the place of the child script's own main. Takes a graph in hexadecimal digits a line, answers with JSON.
_PROGRAM = """
import binascii
sys.path.insert(0, sys.argv[1])
from graph_counts import GraphCounts, graph_counts

whole, plain = (graph_class(schema, sys.argv[4]) for schema in sys.argv[2:4])


class ListCounts(GraphCounts):
    def walk(self, message):
        lists = [value for field, value in message.ListFields() if field.name != "tensor"]
        if message.DESCRIPTOR.name == "ListValue" and lists:
            self._encoding("list", sum(map(len, lists)), sum(self._size(message, field) for field in message.ListFields()))
        GraphCounts.walk(self, message)

    def _size(self, message, item):
        field, value = item
        if field.name == "tensor":
            return 0
        if field.message_type:
            return sum(part.ByteSize() for part in value)
        if field.name == "s":
            return sum(map(len, value))
        # Without tag and length, which are two or three bytes.
        alone = type(message)()
        getattr(alone, field.name).extend(value)
        size = alone.ByteSize()
        return size - 2 if size < 130 else size - 3


def weighed(node, function):
    counts = GraphCounts()
    counts.walk(node)
    values = counts.work["fixed_values"] + counts.work["varint_values"]
    return dict(name=node.name, op=node.op, function=function, bytes=node.ByteSize(), values=values)


def contents(graph):
    result = graph_counts(graph)
    lists = ListCounts()
    lists.walk(graph)
    result["encodings"] = lists.encodings
    nodes = [weighed(node, None) for node in graph.node]
    for function in graph.library.function:
        nodes += [weighed(node, function.signature.name) for node in function.node_def]
    nodes.sort(key=lambda node: -node["bytes"] - 1000 * node["values"])
    return dict(result, heaviest=nodes[:20])


def parsed(kind, data):
    graph = kind()
    try:
        graph.ParseFromString(data)
    except Exception:
        return None
    return graph


for line in sys.stdin:
    data = binascii.unhexlify(line.strip())
    graph = parsed(whole, data)
    answer = dict(accepted=parsed(plain, data) is not None, contents=graph and contents(graph))
    print(json.dumps(answer))
    sys.stdout.flush()
"""


def _plain_schema() -> str:
    """Return the schema in which no text has to be UTF-8 and no entry of a map replaces another one."""
    messages: list[str] = []
    lines = []
    for line in SCHEMA.replace("string", "bytes").splitlines():
        words = line.split()
        if words[:1] == ["map"]:
            entry = f"Entry{len(messages)}"
            messages.append(f"message {entry}\n  optional bytes key 1\n  optional {words[1]} value 2\n")
            line = f"  repeated {entry} {words[2]} {words[3]}"
        lines.append(line)
    return "\n".join([*lines, *messages])


class GraphReference:
    """A protobuf to ask."""

    def __init__(self, python: Path) -> None:
        source = child_source(load_graph).replace('if __name__ == "__main__":\n    main()', _PROGRAM)
        arguments = [str(Path(__file__).parent), SCHEMA, _plain_schema(), DATA_TYPES]
        self._child = subprocess.Popen(
            [python, "-c", source, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/"
        )

    def __enter__(self) -> GraphReference:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.communicate()

    def ask(self, data: bytes) -> dict[str, Any]:
        """Return accepted (whether the wire format is sound) and contents (null where a text is no UTF-8)."""
        assert self._child.stdin and self._child.stdout
        self._child.stdin.write(data.hex() + "\n")
        self._child.stdin.flush()
        answer: dict[str, Any] = json.loads(self._child.stdout.readline())
        return answer
