# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.

"""How a tensor is named to people: by its node, its type and its shape."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible.module_utils.common.text.converters import to_native
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graphdef_schema import DATA_TYPES
from ansible_collections.jetfleet.protobuf.plugins.module_utils._wire import BYTES

_NAME = 1
_SIGNATURE = 1
_TYPES = DATA_TYPES.split()
# Names are made by people and seldom have more than 100 characters.
_LONGEST = 200


class TensorNames:
    """Names of the tensors of one file."""

    def __init__(self, wire):
        self._wire = wire

    def name(self, tensor):
        """Such as conv1/weights, or conv1/weights of function f, or f."""
        function, node = tensor.place
        node = node and self._text(self._span(node, _NAME))
        function = function and self._text(self._span(self._span(function, _SIGNATURE), _NAME))
        if function is None:
            return node
        return function if node is None else "{0} of function {1}".format(node, function)

    def kind(self, tensor):
        """Such as DT_HALF [3, 3, 64]."""
        return "{0} {1}".format(_TYPES[tensor.dtype], list(tensor.dims))

    def _span(self, span, wanted):
        """Where the value of a field begins and ends, the last one if it is repeated; (0, 0) where there is none."""
        found = (0, 0)
        for number, kind, _dummy, value, stop, _dummy in self._wire.fields(*span):
            if (number, kind) == (wanted, BYTES):
                found = (value, stop)
        return found

    def _text(self, span):
        start, end = span
        text = to_native(self._wire.read(start, min(end, start + _LONGEST)), errors="replace")
        # One line stays one.
        return " ".join(text.split()) or "(no name)"
