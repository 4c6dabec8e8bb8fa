# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which field of a TensorProto holds the values of which type, and when they are better kept in tensor_content.

Source: TensorFlow v1.12.0, tensorflow/core/framework/tensor.proto (fields) and tensor.cc (ProtoHelper, FromProtoField):
where there are fewer values than elements, the last value stands for the rest; tensor_content always holds all of them.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.schema import DATA_TYPES

# Fewer values cost a parser less than the node around them: about 2 microseconds a value in pure Python.
MIN_VALUES = 16
# Copying a byte costs a parser about a thousandth of decoding a value: a tail may grow by no more than pays.
MAX_BYTES_PER_VALUE = 512

_BY_NAME = {
    "DT_FLOAT": ("float_val", 4),
    "DT_DOUBLE": ("double_val", 8),
    "DT_INT32": ("int_val", 4),
    "DT_UINT8": ("int_val", 1),
    "DT_INT16": ("int_val", 2),
    "DT_INT8": ("int_val", 1),
    "DT_COMPLEX64": ("scomplex_val", 8),
    "DT_INT64": ("int64_val", 8),
    "DT_BOOL": ("bool_val", 1),
    "DT_QINT8": ("int_val", 1),
    "DT_QUINT8": ("int_val", 1),
    "DT_QINT32": ("int_val", 4),
    "DT_BFLOAT16": ("half_val", 2),
    "DT_QINT16": ("int_val", 2),
    "DT_QUINT16": ("int_val", 2),
    "DT_UINT16": ("int_val", 2),
    "DT_COMPLEX128": ("dcomplex_val", 16),
    "DT_HALF": ("half_val", 2),
    "DT_UINT32": ("uint32_val", 4),
    "DT_UINT64": ("uint64_val", 8),
}
# Number of a DataType -> (field of TensorProto, bytes of one element in tensor_content).
ENCODINGS = dict((number, _BY_NAME[name]) for number, name in enumerate(DATA_TYPES.split()) if name in _BY_NAME)
# Numbers that make one element, where it is not one.
_PARTS = {"scomplex_val": 2, "dcomplex_val": 2}


def left_because(dtype, elements, encoding, values):
    """Why the values stay where they are, as a word of graph_repack's `left`; None where they are to be rewritten.

    dtype: number of a DataType; elements: product of the shape; encoding: name of a field, such as float_val;
    values: numbers in that field, two for a complex one.
    """
    field, size = ENCODINGS.get(dtype, (None, 0))
    whole, rest = divmod(values, _PARTS.get(encoding, 1))
    if field != encoding or rest:
        return "type_mismatch"
    if whole > elements:
        return "too_many_values"
    if values < MIN_VALUES:
        return "few_values"
    if elements * size > MAX_BYTES_PER_VALUE * values:
        return "long_tail"
    return None


def repacked_bytes(dtype, elements, encoding, values):
    """Bytes of tensor_content that say the same, or None where they are not worth it; arguments as left_because()."""
    if left_because(dtype, elements, encoding, values) is not None:
        return None
    return elements * ENCODINGS[dtype][1]


from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import BYTES, VARINT

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
