# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the heaviest nodes of a graph."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import heapq

# As many as people read.
MAX_NODES = 20
# Pure Python needs 2 microseconds to decode a number and 2 nanoseconds to copy a byte.
BYTES_PER_VALUE = 1000
# Bytes of a name that are returned. TensorFlow's own names are far shorter, and those of a damaged file may be anything.
MAX_NAME_BYTES = 1000


class HeaviestNodes:
    """Keeps the MAX_NODES heaviest of the nodes that it is offered.

    The weight of a node is its size in bytes, plus BYTES_PER_VALUE for each number in a repeated field.
    """

    def __init__(self):
        self._heap = []
        self._offered = 0

    def offer(self, values, size, name, operation, function):
        """Keep a node if it is heavy enough.

        values: numbers in its repeated fields; size: bytes; name, operation: (start, end) in the file;
        function: None, or an object whose name is such a pair.
        """
        self._offered += 1
        weight = size + BYTES_PER_VALUE * values
        if len(self._heap) == MAX_NODES and weight <= self._heap[0][0]:
            return
        # Of equal weights the first node wins; its number also keeps the rest of the tuple from being compared.
        item = (weight, -self._offered, values, size, name, operation, function)
        if len(self._heap) < MAX_NODES:
            heapq.heappush(self._heap, item)
        else:
            heapq.heapreplace(self._heap, item)

    def nodes(self, wire):
        """Return a list of dicts (name, op, function, bytes, values), heaviest first; names are read from the WireFile."""
        return [
            dict(
                name=_text(wire, name),
                op=_text(wire, operation),
                # Read only now: the name of a function may stand after its nodes.
                function=_text(wire, function.name) if function else None,
                bytes=size,
                values=values,
            )
            for _weight, _place, values, size, name, operation, function in sorted(self._heap, reverse=True)
        ]


def _text(wire, place):
    start, stop = place
    text = wire.read(start, min(stop, start + MAX_NAME_BYTES)).decode("utf-8", "replace")
    return text if stop - start <= MAX_NAME_BYTES else text + "..."
