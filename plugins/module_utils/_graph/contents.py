# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read what is in a frozen TensorFlow graph from the wire format: nothing is parsed, and memory is bounded."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.fields import MESSAGES, TOWARDS_TENSORS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.graph_file import examine, top_fields
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.heaviest_nodes import HeaviestNodes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.messages import TAGS, MessageWalk
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.repack_estimate import RepackEstimate
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.tensors import MIN_VALUES
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import WireError, WireFile

# What a parser has to handle; each is a key of `work`.
WORK = ("nodes", "attributes", "messages", "fields", "fixed_values", "varint_values", "varint_bytes")
# Attributes such as T: DT_FLOAT stand in every other node: those of up to 128 bytes are counted once and then recognised.
# All of them together take about 4 MB.
_MAX_CACHED_BYTES = 128
_MAX_CACHED = 4096
_NODE_TAGS = TAGS["NodeDef"]
_NAME, _OPERATION, _INPUT, _ATTRIBUTE = (
    next(tag for tag, known in _NODE_TAGS.items() if known.name == name) for name in ("name", "op", "input", "attr")
)
_TRT_ENGINE_OP = b"TRTEngineOp"


def read_contents(path):
    """Return (refusal, None), or (None, graph_contents() of that file); a refusal is one of graph_file.py."""
    return examine(path, graph_contents)


def graph_contents(stream):
    """Return what is in a graph, as a dict that RETURN of graph_info documents; raise WireError or IOError.

    A WireError says why protobuf could not parse the graph.
    """
    wire = WireFile(stream)
    walk = _GraphWalk(wire)
    walk.graph()
    return walk.result()


class _Entry:
    """What is in an attribute, and how many times it has been found."""

    def __init__(self):
        self.counts = collections.defaultdict(int)
        self.numbers = 0
        self.times = 0


class _GraphWalk(MessageWalk):
    def __init__(self, wire):
        MessageWalk.__init__(self, wire)
        self._counts = collections.defaultdict(int)
        # {bytes of an attribute: _Entry}
        self._entries = {}
        self._heaviest = HeaviestNodes()
        self._estimate = RepackEstimate(wire)
        self._top_nodes = 0

    def graph(self):
        fields = MESSAGES["GraphDef"]
        for number, begin, start, stop in top_fields(self._wire):
            # TensorFlow 2 has one more field, which the schema of 1.12 lacks.
            kind = fields[number].kind if number in fields else None
            before = self._counts["numbers"]
            if kind == "NodeDef":
                self._node(start, stop, 1, None)
                self._counts["nodes"] += 1
                self._top_nodes += 1
            elif kind in MESSAGES:
                self._message(kind, start, stop, 1, self._counts)
                self._counts["messages"] += 1
            elif kind:
                self._counts["fields"] += 1
            # graph_repack does not rewrite fewer.
            if self._counts["numbers"] - before >= MIN_VALUES and kind in TOWARDS_TENSORS:
                self._estimate.take(kind, begin, start, stop)
        self._flush()

    def _node(self, start, end, depth, function):
        """Count what is in a node; function: FunctionNotes of the function that it is in, or None."""
        name = operation = (0, 0)
        numbers = attributes = inputs = fields = 0
        for field, kind, _begin, position, stop, _value in self._wire.fields(start, end):
            tag = field << 3 | kind
            if tag == _ATTRIBUTE:
                attributes += 1
                numbers += self._attribute(position, stop, depth + 1)
                continue
            fields += tag in _NODE_TAGS
            inputs += tag == _INPUT
            if tag == _NAME:
                name = (position, stop)
            elif tag == _OPERATION:
                operation = (position, stop)
        if function is None and not (name[1] > name[0] and operation[1] > operation[0]):
            reason = "is not a frozen TensorFlow graph: its node {0}, at byte {1}, has no name or no operation; name a GraphDef."
            raise WireError(start, reason.format(self._top_nodes, start))
        counts = self._counts
        counts["numbers"] += numbers
        counts["attributes"] += attributes
        counts["node_attributes"] += attributes
        counts["inputs"] += inputs
        counts["fields"] += fields
        first, last = operation
        if last - first == len(_TRT_ENGINE_OP) and self._wire.read(first, last) == _TRT_ENGINE_OP:
            counts["trt_engine_ops"] += 1
        self._heaviest.offer(numbers, end - start, name, operation, function)

    def _attribute(self, start, end, depth):
        """Count what is in an attribute, and return how many numbers are in its repeated fields."""
        # Each nested message takes two bytes, so a cached attribute is never nested too deep.
        if end - start > _MAX_CACHED_BYTES:
            entry = self._walked(start, end, depth)
            self._add(entry, 1)
            return entry.numbers
        data = self._wire.read(start, end)
        entry = self._entries.get(data)
        if entry is None:
            if len(self._entries) == _MAX_CACHED:
                self._flush()
            entry = self._entries[data] = self._walked(start, end, depth)
        entry.times += 1
        return entry.numbers

    def _walked(self, start, end, depth):
        entry = _Entry()
        self._message("NodeDef.attr", start, end, depth, entry.counts)
        entry.numbers = entry.counts.pop("numbers", 0)
        return entry

    def _add(self, entry, times):
        for name, number in entry.counts.items():
            self._counts[name] += number * times

    def _flush(self):
        """Add the cached attributes to the counts and empty the cache."""
        for entry in self._entries.values():
            self._add(entry, entry.times)
        self._entries.clear()

    def result(self):
        """Return the dict of graph_contents()."""
        counts = self._counts
        work = dict((name, counts[name]) for name in WORK)
        work["bytes"] = self._wire.size
        return dict(
            bytes=self._wire.size,
            nodes=self._top_nodes,
            functions=counts["functions"],
            function_nodes=counts["nodes"] - self._top_nodes,
            attributes=counts["node_attributes"],
            inputs=counts["inputs"],
            trt_engine_ops=counts["trt_engine_ops"],
            encodings=self._encodings(),
            heaviest=self._heaviest.nodes(self._wire),
            repackable=self._estimate.found,
            work=work,
            work_repacked=dict((name, number + self._estimate.change[name]) for name, number in work.items()),
        )

    def _encodings(self):
        result = {}
        for name, number in self._counts.items():
            encoding, dot, unit = name.partition(".")
            if dot:
                result.setdefault(encoding, {})[unit] = number
        return result
