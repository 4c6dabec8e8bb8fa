# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Say what this interpreter's TensorFlow finds in pairs of graphs. Runs under Python 3.6 too.

Reads from standard input a list of {old, new, feeds, outputs}, and prints a list of answers in that order.
"""

import json
import sys
from typing import Any

import numpy as np
import tensorflow
from ansible_collections.jetfleet.protobuf.tests.support.graph_counts import graph_counts
from tensorflow.core.framework import graph_pb2

tf = getattr(tensorflow.compat, "v1", tensorflow)


def tensors(message: Any) -> "list[Any]":
    """Return every TensorProto in a message, in the order of field numbers and of the names of attributes."""
    if message.DESCRIPTOR.name == "TensorProto":
        return [message]
    found = []
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if hasattr(value, "keys"):
            value = [value[key] for key in sorted(value)]
        for part in value if hasattr(value, "__len__") else [value]:
            found += tensors(part) if hasattr(part, "ListFields") else []
    return found


def constants(graph_def: Any) -> Any:
    """Return a graph of nothing but the tensors of another one, those of functions and lists among them.

    TensorFlow itself has to read them: MakeNdarray of 1.12 knows neither tails nor uint32.
    """
    made = graph_pb2.GraphDef()
    for number, tensor in enumerate(tensors(graph_def)):
        node = made.node.add(name=f"constant{number}", op="Const")
        node.attr["dtype"].type = tensor.dtype
        node.attr["value"].tensor.CopyFrom(tensor)
    return made


def bits(array: Any) -> Any:
    """Return what two equal arrays have in common: type, shape and every bit."""
    array = np.asarray(array)
    return str(array.dtype), array.shape, array.tolist() if array.dtype == object else array.tobytes()


def run(graph_def: Any, feeds: "dict[str, list[int]]", outputs: "list[str]") -> "list[Any]":
    """Import a graph, and return the bits of all its constants and of its outputs, with seeded input."""
    numbers = np.random.RandomState(1)
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
        wanted = [node.name + ":0" for node in graph_def.node if node.op == "Const"]
        fed = {}
        for name in sorted(feeds):
            tensor = graph.get_tensor_by_name(name + ":0")
            fed[tensor] = numbers.uniform(0, 1, feeds[name]).astype(tensor.dtype.as_numpy_dtype)
        config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
        with tf.Session(config=config) as session:
            return [bits(value) for value in session.run(wanted + [name + ":0" for name in outputs], fed)]


def compare(pair: "dict[str, Any]") -> "dict[str, Any]":
    graphs = []
    for path in (pair["old"], pair["new"]):
        with open(path, "rb") as stream:
            graphs.append(graph_pb2.GraphDef.FromString(stream.read()))
    old, new = (run(constants(graph), {}, []) for graph in graphs)
    answer = {"counts": graph_counts(graphs[0]), "tensors": len(old), "tensors_equal": old == new}
    if pair["outputs"]:
        first, second = (run(graph, pair["feeds"], pair["outputs"]) for graph in graphs)
        answer.update(ran=len(first), ran_equal=first == second)
    return answer


if __name__ == "__main__":
    print(json.dumps({"version": tensorflow.__version__, "answers": [compare(pair) for pair in json.load(sys.stdin)]}))
