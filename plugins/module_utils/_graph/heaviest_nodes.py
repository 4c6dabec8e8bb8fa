# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The heaviest nodes of a graph."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import heapq

# As many as people read.
MOST = 20
# To pure Python, decoding a number costs what copying a thousand bytes does: 2 microseconds and 2 nanoseconds.
BYTES_PER_VALUE = 1000
# Bytes of a name that are told. TensorFlow's own are far shorter, and a damaged file's may be anything.
LONGEST_NAME = 1000


class Heaviest:
    """Remembers the nodes with the most bytes, where each number of a repeated field weighs as much as BYTES_PER_VALUE."""

    def __init__(self):
        self._heap = []
        self._offered = 0

    def offer(self, values, size, name, operation, function):
        """name, operation: (where it begins, where it ends); function: None, or an object whose name is such a pair."""
        self._offered += 1
        weight = size + BYTES_PER_VALUE * values
        if len(self._heap) == MOST and weight <= self._heap[0][0]:
            return
        # Of equal ones the first; its place in the order also keeps the rest from being compared.
        item = (weight, -self._offered, values, size, name, operation, function)
        if len(self._heap) < MOST:
            heapq.heappush(self._heap, item)
        else:
            heapq.heapreplace(self._heap, item)

    def told(self, wire):
        """The nodes, heaviest first, with their names out of the file."""
        return [
            dict(
                name=_text(wire, name),
                op=_text(wire, operation),
                # Read only now: a function may tell its name behind its nodes.
                function=_text(wire, function.name) if function else None,
                bytes=size,
                values=values,
            )
            for _weight, _place, values, size, name, operation, function in sorted(self._heap, reverse=True)
        ]


def _text(wire, place):
    start, stop = place
    text = wire.read(start, min(stop, start + LONGEST_NAME)).decode("utf-8", "replace")
    return text if stop - start <= LONGEST_NAME else text + "..."
