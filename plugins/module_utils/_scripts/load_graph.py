# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Child script: parse a TensorFlow graph with the protobuf of this interpreter and measure how long it takes.

Runs under an interpreter of the board (see runner.py). Arguments: schema and data_types (_graph/schema.py), path
(the bytes of a graph's path as numbers, or None), workload, values, runs, budget (seconds), memory (bytes that are
available, or None).

The time is processor time: a parse neither sleeps nor reads, and this process gets only what other programs leave.
The garbage collector runs before each timed parse and stays switched on during it, because that is what
a program that loads a graph pays. Import, building of the schema and making of the bytes are not timed.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import gc
import json
import resource
import struct
import sys
import time

from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import shared

PACKAGE = "jetfleet_graphdef"  # not "tensorflow": nothing can clash with an installed TensorFlow
OLD_CPP_LIMIT = 64 * 2**20  # kDefaultTotalBytesLimit of io/coded_stream.h until 3.1; from 3.2 on it is INT_MAX
SCALARS = ("string", "bytes", "bool", "int32", "int64", "uint32", "uint64", "float", "double")
DT_FLOAT, DT_HALF = 1, 19
BLOCK = 2**15  # a workload's values repeat after that many, which no processor learns to predict
TENSOR_VALUES = 2**18  # a workload's largest tensor: a large convolution
BYTES_PER_VALUE = 4  # at most, in every workload
VALUES_PER_NODE = 50  # small_nodes: about as many bytes as that many values
clock = getattr(time, "perf_counter", time.time)
cpu_clock = getattr(time, "process_time", None) or time.clock  # Python 2.7 has the latter


class Refused(Exception):
    def __init__(self, status, sentence):
        Exception.__init__(self, sentence)
        self.status = status


# The wire format, encoded here: filling message objects would take longer than parsing them.


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def number_field(field, number):
    return varint(field << 3) + varint(number)


def bytes_field(field, payload):
    return varint(field << 3 | 2) + varint(len(payload)) + payload


def attribute(key, value):
    return bytes_field(5, bytes_field(1, key) + bytes_field(2, value))


def node(name, op, inputs, attributes):
    parts = [bytes_field(1, name), bytes_field(2, op)]
    parts += [bytes_field(3, source) for source in inputs]
    return bytes_field(1, b"".join(parts) + attributes)


def number_of(index):
    return str(index).encode("ascii")


def mixed(index):
    """Return a number of 16 bits that looks random and is the same on every Python."""
    bits = index * 2654435761 & 0xFFFFFFFF
    bits = (bits ^ bits >> 15) * 2246822519 & 0xFFFFFFFF
    return (bits ^ bits >> 13) & 0xFFFF


def float_code(index):
    return struct.pack("<f", mixed(index) / 65536.0 - 0.5)


def half_code(index):
    # Bits of an FP16 weight between 2**-9 and 0.5, of either sign: two bytes where positive, three where negative.
    bits = mixed(index)
    return varint((bits & 1) << 15 | (6 + bits % 8) << 10 | bits >> 6)


# workload -> (bytes of one value, field of TensorProto, type)
TENSOR_WORKLOADS = {
    "float_val": (float_code, 5, DT_FLOAT),
    "half_val": (half_code, 13, DT_HALF),
    "tensor_content": (float_code, 4, DT_FLOAT),
}


def tensor_nodes(workload, values):
    code, field, kind = TENSOR_WORKLOADS[workload]
    codes = [code(index) for index in range(min(BLOCK, values))]
    block = b"".join(codes)
    parts = []
    for start in range(0, values, TENSOR_VALUES):
        count = min(TENSOR_VALUES, values - start)
        payload = block * (count // BLOCK) + b"".join(codes[: count % BLOCK])
        shape = bytes_field(2, number_field(1, count))
        tensor = number_field(1, kind) + bytes_field(2, shape) + bytes_field(field, payload)
        attributes = attribute(b"dtype", number_field(6, kind)) + attribute(b"value", bytes_field(8, tensor))
        parts.append(node(b"weights_" + number_of(len(parts)), b"Const", [], attributes))
    return parts


def small_nodes(values):
    """Return a chain of convolutions, as the body of a network is one."""
    attributes = (
        attribute(b"T", number_field(6, DT_FLOAT))
        + attribute(b"data_format", bytes_field(2, b"NHWC"))
        + attribute(b"padding", bytes_field(2, b"SAME"))
        + attribute(b"strides", bytes_field(1, bytes_field(3, b"\1\2\2\1")))
        + attribute(b"use_cudnn_on_gpu", number_field(5, 1))
    )
    parts = []
    previous = b"input"
    for index in range(max(1, values // VALUES_PER_NODE)):
        name = b"block_" + number_of(index) + b"/convolution"
        parts.append(node(name, b"Conv2D", [previous, name + b"/weights"], attributes))
        previous = name
    return parts


def workload_bytes(workload, values):
    parts = small_nodes(values) if workload == "small_nodes" else tensor_nodes(workload, values)
    parts.append(bytes_field(4, number_field(1, 27)))  # versions.producer: TF_GRAPH_DEF_VERSION of 1.12
    return b"".join(parts)


def limit_memory(memory):
    """Make too large a parse a MemoryError: no other process of the board may be killed for a measurement."""
    try:
        with open("/proc/self/statm") as stream:
            used = int(stream.read().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        if memory is not None and (hard == resource.RLIM_INFINITY or used + memory < hard):
            resource.setrlimit(resource.RLIMIT_AS, (used + memory, hard))
    except (IOError, OSError, ValueError):
        pass  # without /proc there is no guard


def add_field(pb2, message, words):
    label, kind, name, number = words
    field = message.field.add(name=name, number=int(number), label=3 if label in ("repeated", "map") else 1)
    if label == "map":
        # The entry's two fields are what protoc makes of map<string, kind>.
        entry = message.nested_type.add(name=name.capitalize() + "Entry")
        if "map_entry" in pb2.MessageOptions.DESCRIPTOR.fields_by_name:  # protobuf 2 knows no maps
            entry.options.map_entry = True
        add_field(pb2, entry, ("optional", "string", "key", 1))
        add_field(pb2, entry, ("optional", kind, "value", 2))
        kind = message.name + "." + entry.name
    if label == "oneof":
        if not message.oneof_decl:
            message.oneof_decl.add(name="value")
        field.oneof_index = 0
    if kind in SCALARS:
        field.type = getattr(pb2.FieldDescriptorProto, "TYPE_" + kind.upper())
    else:
        types = pb2.FieldDescriptorProto
        field.type = types.TYPE_ENUM if kind == "DataType" else types.TYPE_MESSAGE
        field.type_name = "." + PACKAGE + "." + kind


def schema_file(pb2, schema, data_types):
    result = pb2.FileDescriptorProto(name=PACKAGE + ".proto", package=PACKAGE)
    if "syntax" in pb2.FileDescriptorProto.DESCRIPTOR.fields_by_name:
        result.syntax = "proto3"
    enum = result.enum_type.add(name="DataType")
    for number, name in enumerate(data_types.split()):
        enum.value.add(name=name, number=number)
    message = None
    for words in (line.split() for line in schema.splitlines()):
        if words and words[0] == "message":
            message = result.message_type.add(name=words[1])
        elif words and words[0] != "#":
            add_field(pb2, message, words)
    return result


def graph_class(schema, data_types):
    try:
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    except Exception as error:  # a protobuf too old for its Python fails with other errors than ImportError
        reason = "protobuf cannot be imported by {0} ({1}): install one that fits that interpreter."
        raise Refused("no_protobuf", reason.format(sys.executable, error))
    pool = descriptor_pool.DescriptorPool()
    description = schema_file(descriptor_pb2, schema, data_types)
    if hasattr(pool, "AddSerializedFile"):
        pool.AddSerializedFile(description.SerializeToString())
    else:
        pool.Add(description)
    descriptor = pool.FindMessageTypeByName(PACKAGE + ".GraphDef")
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


def version_of_protobuf():
    import google.protobuf

    return getattr(google.protobuf, "__version__", "2")


def count_tensor(tensor, counts):
    for field, value in tensor.ListFields():
        if field.name == "tensor_content":
            # Bytes do not show the number of values, which depends on their type: the shape does.
            size = 1
            for dim in tensor.tensor_shape.dim:
                size *= max(0, dim.size)
            counts[field.name] = counts.get(field.name, 0) + size
        elif field.name.endswith("_val"):
            counts[field.name] = counts.get(field.name, 0) + len(value)


def count_list(values, counts):
    for field, content in values.ListFields():
        if field.name == "tensor":
            for tensor in content:
                count_tensor(tensor, counts)
        else:
            counts["list"] = counts.get("list", 0) + len(content)


def attributes_of(item):
    # A map under protobuf 3, a list of entries under protobuf 2.
    return item.attr.values() if hasattr(item.attr, "values") else [entry.value for entry in item.attr]


def describe(graph):
    counts = {}
    nodes = list(graph.node)
    for function in graph.library.function:
        nodes.extend(function.node_def)
    for item in nodes:
        for value in attributes_of(item):
            if value.HasField("tensor"):
                count_tensor(value.tensor, counts)
            elif value.HasField("list"):
                count_list(value.list, counts)
    return dict(nodes=len(nodes), values=sum(counts.values()), encodings=counts)


def refuse_nameless(graph):
    """Refuse a message of unknown fields or of another schema, which parses too."""
    for index, item in enumerate(graph.node):
        if not item.name or not item.op:
            reason = "is not a frozen TensorFlow graph: its node {0} has no name or no operation; name a GraphDef."
            raise Refused("graph_invalid", reason.format(index))


def parse(message_class, data, backend, memory):
    graph = message_class()
    gc.collect()
    try:
        start = cpu_clock()
        graph.ParseFromString(data)
        return cpu_clock() - start, graph
    except MemoryError:
        raise
    except Exception as error:  # each backend and version has exceptions of its own for this
        if backend == "upb" and memory is not None and 8 * len(data) > memory:
            raise MemoryError  # which upb before 5 calls "Error parsing message"
        version = version_of_protobuf()
        if backend == "cpp" and len(data) > OLD_CPP_LIMIT and [int(x) for x in version.split(".")[:2]] < [3, 2]:
            reason = "has {0} bytes, and protobuf {1} parses at most 64 MB with C++: install 3.2.0 or newer."
            raise Refused("graph_too_large", reason.format(len(data), version))
        detail = " ".join(str(error).split()) or type(error).__name__
        raise Refused(
            "graph_invalid", "is not a TensorFlow graph, or it is damaged ({0}): copy it again.".format(detail)
        )


def median(numbers):
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    return (ordered[middle] + ordered[-middle - 1]) / 2


def graph_bytes(arguments):
    if arguments["path"] is None:
        return workload_bytes(arguments["workload"], arguments["values"])
    with open(bytes(bytearray(arguments["path"])), "rb") as stream:
        return stream.read()


def measure(arguments, result):
    message_class = graph_class(arguments["schema"], arguments["data_types"])
    backend = result["backend"] = shared.backend_of(message_class)
    limit_memory(arguments["memory"])
    data = graph_bytes(arguments)
    result["bytes"] = len(data)
    shared.report(result)  # what is known if the parse never ends
    seconds = []
    began = clock()
    while True:
        spent, graph = parse(message_class, data, backend, arguments["memory"])
        seconds.append(spent)
        if len(seconds) == 1:
            refuse_nameless(graph)
            result.update(describe(graph))
        del graph  # before the next one is made: a board has no memory for two
        result["seconds"] = dict(min=min(seconds), median=median(seconds), runs=len(seconds))
        shared.report(result)
        # Not one run more than the budget holds.
        elapsed = clock() - began
        if len(seconds) >= arguments["runs"] or elapsed + elapsed / len(seconds) > arguments["budget"]:
            return


def main():
    result = {}
    try:
        measure(json.loads(sys.argv[1]), result)
        return
    except Refused as refused:
        result.update(status=refused.status, error=str(refused))
    except MemoryError:
        reason = "does not fit into what this board has free under the {0} backend: measure while less runs on it."
        result.update(status="unproven", error=reason.format(result.get("backend")))
    # What filled the memory may still be there, and the answer needs a little.
    for number in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        hard = resource.getrlimit(number)[1]
        resource.setrlimit(number, (hard, hard))
    shared.report(result)


if __name__ == "__main__":
    main()
