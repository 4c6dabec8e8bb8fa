# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.

"""The shape of a tensor."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.jetfleet.protobuf.plugins.module_utils._wire import BYTES, VARINT

_DIM, _UNKNOWN_RANK, _SIZE = 2, 3, 1
# TensorShapeRep::MaxDimensions() of TensorFlow v1.12.0, tensorflow/core/framework/tensor_shape.h.
_MOST_DIMS = 254


def elements_of(wire, shape):
    """([sizes], their product) of a TensorShapeProto from start to end; the product is None where one is not known.

    shape: (start, end), or None where the tensor has none, which is a scalar.
    """
    dims = []
    known = True
    for number, kind, _dummy, value, stop, scalar in wire.fields(*(shape or (0, 0))):
        if (number, kind) == (_DIM, BYTES):
            known = known and len(dims) < _MOST_DIMS
            if known:
                dims.append(_size(wire, value, stop))
        elif (number, kind) == (_UNKNOWN_RANK, VARINT):
            known = known and not scalar
    if not known or any(size < 0 for size in dims):
        return dims, None
    elements = 1
    for size in dims:
        elements *= size
    return dims, elements


def _size(wire, start, end):
    size = 0
    for number, kind, _dummy, _dummy, _dummy, scalar in wire.fields(start, end):
        if (number, kind) == (_SIZE, VARINT):
            size = scalar
    # An int64.
    return size - (1 << 64) if size >> 63 else size
