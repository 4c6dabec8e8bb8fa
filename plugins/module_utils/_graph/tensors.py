# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Know which field of a TensorProto holds the values of which type, and decide when tensor_content is the better place.

Source: TensorFlow v1.12.0, tensorflow/core/framework/tensor.proto (fields) and tensor.cc (ProtoHelper, FromProtoField):
where there are fewer values than elements, the last value stands for the rest; tensor_content always holds all elements.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.schema import DATA_TYPES
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import BYTES, VARINT

# Fewer values cost a parser less than the node around them. Decoding one takes pure Python about 2 microseconds.
MIN_VALUES = 16
# Copying a byte costs a parser about a thousandth of decoding a value: a longer tail would not pay.
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
# Numbers per element, where that is not one.
_PARTS = {"scomplex_val": 2, "dcomplex_val": 2}
_DIM, _UNKNOWN_RANK, _SIZE = 2, 3, 1
# TensorShapeRep::MaxDimensions() of TensorFlow v1.12.0, tensorflow/core/framework/tensor_shape.h.
_MAX_DIMS = 254


def skip_reason(dtype, elements, encoding, values):
    """Return why the values of a tensor are not rewritten, as a key of graph_repack's `left`; None where they are.

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


def elements_of(wire, shape):
    """Return ([sizes], their product) of a TensorShapeProto; the product is None where a size is unknown.

    shape: (start, end), or None where the tensor has none, which is a scalar.
    """
    dims = []
    known = True
    for number, kind, _dummy, value, stop, scalar in wire.fields(*(shape or (0, 0))):
        if (number, kind) == (_DIM, BYTES):
            known = known and len(dims) < _MAX_DIMS
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
