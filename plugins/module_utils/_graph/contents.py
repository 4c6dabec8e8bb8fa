# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in a frozen TensorFlow graph, read off the wire format: nothing is parsed, and memory is bounded."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.fields import MESSAGES, TOWARDS_TENSORS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.graph_file import examine, top_fields
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.heaviest_nodes import Heaviest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.messages import TAGS, MessageWalk
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.repack_estimate import Repacking
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.tensors import MIN_VALUES
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import WireError, WireFile

# What a parser has to do; each is a key of `work`.
WORK = ("nodes", "attributes", "messages", "fields", "fixed_values", "varint_values", "varint_bytes")
# Attributes such as T: DT_FLOAT stand in every other node: these are walked over once and then recognised.
# A board keeps about 4 MB for them.
_LONGEST_REMEMBERED = 128
_REMEMBERED = 4096
_NODE_TAGS = TAGS["NodeDef"]
_NAME, _OPERATION, _INPUT, _ATTRIBUTE = (
    next(tag for tag, known in _NODE_TAGS.items() if known.name == name) for name in ("name", "op", "input", "attr")
)
_TRT_ENGINE_OP = b"TRTEngineOp"


def read_contents(path):
    """(refusal, None), or (None, graph_contents() of that file); a refusal is one of graph_file.py."""
    return examine(path, None, graph_contents)


def graph_contents(stream):
    """What is in the graph, as the module graph_info documents it, with `work` and `work_repacked` beside it.

    work: how many of each thing a parser meets. nodes, also those of functions; attributes, which are entries of maps
    with their AttrValue; messages, which are all others; fields, which are numbers, strings and bytes that are not
    packed; fixed_values, which are floats and doubles of repeated fields; varint_values and varint_bytes, which are the
    packed varints and their bytes; bytes, which is the size of the file. work_repacked: the same after graph_repack.

    Raises WireError where it is no graph that protobuf could parse, and IOError.
    """
    wire = WireFile(stream)
    walk = _GraphWalk(wire)
    walk.graph()
    return walk.told()


class _Entry:
    """An attribute that has been walked over."""

    def __init__(self):
        self.counts = collections.defaultdict(int)
        self.numbers = 0
        self.times = 0


class _GraphWalk(MessageWalk):
    def __init__(self, wire):
        MessageWalk.__init__(self, wire)
        self._counts = collections.defaultdict(int)
        # {bytes of an attribute: its _Entry}
        self._entries = {}
        self._heaviest = Heaviest()
        self._repacking = Repacking(wire)
        self._top_nodes = 0

    def graph(self):
        fields = MESSAGES["GraphDef"]
        for number, begin, start, stop in top_fields(self._wire):
            # TensorFlow 2 has one more.
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
            # Nothing is rewritten for fewer.
            if self._counts["numbers"] - before >= MIN_VALUES and kind in TOWARDS_TENSORS:
                self._repacking.take(kind, begin, start, stop)
        self._forget()

    def _node(self, start, end, depth, function):
        """function: FunctionNotes of the function that the node is in."""
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
            reason = "is no frozen TensorFlow graph: its node {0}, at byte {1}, has no name or no operation; name a GraphDef."
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
        # Each message inside of another takes two bytes, so what is remembered is never nested too deep.
        if end - start > _LONGEST_REMEMBERED:
            entry = self._walked(start, end, depth)
            self._add(entry, 1)
            return entry.numbers
        data = self._wire.read(start, end)
        entry = self._entries.get(data)
        if entry is None:
            if len(self._entries) == _REMEMBERED:
                self._forget()
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

    def _forget(self):
        for entry in self._entries.values():
            self._add(entry, entry.times)
        self._entries.clear()

    def told(self):
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
            heaviest=self._heaviest.told(self._wire),
            repackable=self._repacking.found,
            work=work,
            work_repacked=dict((name, number + self._repacking.change[name]) for name, number in work.items()),
        )

    def _encodings(self):
        result = {}
        for name, number in self._counts.items():
            encoding, dot, unit = name.partition(".")
            if dot:
                result.setdefault(encoding, {})[unit] = number
        return result
