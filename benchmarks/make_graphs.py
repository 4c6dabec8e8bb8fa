# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the graphs that graph_load.py measures: large ones, written by TensorFlow itself into a folder.

TensorFlow 1.12 (Python 3.6) and a current one make different ones. Weights are seeded and not trained.
"""

import argparse
import os

import numpy as np
import tensorflow
from ansible_collections.jetfleet.protobuf.tests.support.tensorflow_graphs import IS_CURRENT, SEED, folded, frozen, tf
from tensorflow.core.framework import graph_pb2

HALF_VALUES = 6_800_000
HALF_TENSORS = 17
SMALL_NODES = 20_000


def mobilenet() -> "graph_pb2.GraphDef":
    """MobileNet as tf.keras has it, 4.2 million parameters, frozen."""
    with tf.Graph().as_default() as graph:
        tf.keras.backend.set_learning_phase(0)
        output = tf.keras.applications.MobileNet(weights=None).output.op.name
    return frozen(graph, output)


def current_mobilenet() -> "graph_pb2.GraphDef":
    """The same by the tools of a current TensorFlow."""
    from tensorflow.python.framework import convert_to_constants

    tensorflow.keras.utils.set_random_seed(SEED)
    model = tensorflow.keras.applications.MobileNet(weights=None)
    wanted = tensorflow.TensorSpec((1, 224, 224, 3), tensorflow.float32)
    function = tensorflow.function(lambda value: model(value, training=False)).get_concrete_function(wanted)
    return convert_to_constants.convert_variables_to_constants_v2(function).graph.as_graph_def()


def half_val() -> "tuple[graph_pb2.GraphDef, list[str]]":
    """As many FP16 weights as an SSD detector on MobileNet has, in constants of equal size."""
    numbers = np.random.RandomState(SEED)
    outputs = []
    with tf.Graph().as_default() as graph:
        for number in range(HALF_TENSORS):
            weights = numbers.normal(0, 0.05, HALF_VALUES // HALF_TENSORS).astype(np.float16)
            outputs.append(f"weights{number}")
            tf.identity(tf.identity(tf.constant(weights)), name=outputs[-1])
    return graph.as_graph_def(), outputs


def small_nodes() -> "graph_pb2.GraphDef":
    """A chain of convolutions without weights of their own: nodes and attributes only."""
    with tf.Graph().as_default() as graph:
        layer = tf.placeholder(tf.float32, (1, 8, 8, 4), name="input")
        kernel = tf.placeholder(tf.float32, (1, 1, 4, 4), name="kernel")
        for number in range(SMALL_NODES):
            layer = tf.nn.conv2d(layer, kernel, (1, 1, 1, 1), "SAME", name=f"block{number // 100}/convolution{number}")
    return graph.as_graph_def()


def old_graphs() -> "dict[str, graph_pb2.GraphDef]":
    net = mobilenet()
    return {
        "mobilenet_tensor_content": net,
        "mobilenet_float_val": folded(net, [net.node[-1].name]),
        "half_val": half_val()[0],
        "small_nodes": small_nodes(),
    }


def current_graphs() -> "dict[str, graph_pb2.GraphDef]":
    net = current_mobilenet()
    return {
        "current_mobilenet": folded(net, [net.node[-1].name]),
        "current_half_val": folded(*half_val()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="where to write")
    folder = parser.parse_args().folder
    for name, graph in (current_graphs() if IS_CURRENT else old_graphs()).items():
        data = graph.SerializeToString(deterministic=True)
        with open(os.path.join(folder, name + ".pb"), "wb") as stream:
            stream.write(data)
        print(f"{name}: {len(data)} bytes, {len(graph.node)} nodes")


if __name__ == "__main__":
    main()
