# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Estimate how graph_repack would change a graph: its size, and the work that a parser has with it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.repack_edits import Edits, Tensor
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.tensor_values import NUMBERS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import BYTES


class RepackEstimate:
    """Sums up what repacking would do.

    found: {tensors, values, bytes} that would be rewritten; change: {kind of work: difference}.
    """

    def __init__(self, wire):
        self._wire = wire
        self.found = dict.fromkeys(("tensors", "values", "bytes"), 0)
        self.change = collections.defaultdict(int)

    def take(self, message, begin, start, stop):
        """Add an outermost field of the graph; begin, start, stop: positions of its tag, its value and its end."""
        edits = Edits(self._wire, {}, set())
        self.change["bytes"] += edits.message(message, begin, start, stop)
        for edit in edits.found:
            if isinstance(edit, Tensor):
                self._tensor(edit)

    def _tensor(self, tensor):
        self.found["tensors"] += 1
        self.found["values"] += tensor.values
        self.found["bytes"] += tensor.content
        # The one field of tensor_content.
        self.change["fields"] += 1
        encoding = NUMBERS[tensor.number]
        if encoding.width:
            self.change["fixed_values"] -= tensor.values
            return
        single = 0
        for number, kind, _begin, start, stop, _value in self._wire.fields(tensor.first, tensor.last):
            if number == tensor.number and kind == BYTES:
                self.change["varint_bytes"] -= stop - start
            elif number == tensor.number and kind == encoding.single:
                single += 1
        self.change["fields"] -= single
        self.change["varint_values"] -= tensor.values - single
