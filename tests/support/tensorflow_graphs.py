# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Graphs as TensorFlow writes them: frozen, and after its own constant folding.

Runs under TensorFlow 1.12 (Python 3.6) and under a current one, so annotations are strings.
"""

from typing import Any

import numpy as np
import tensorflow
from tensorflow.core.framework import graph_pb2
from tensorflow.core.protobuf import config_pb2, rewriter_config_pb2
from tensorflow.python.grappler import tf_optimizer

# The names of TensorFlow 1, in either.
tf = getattr(tensorflow.compat, "v1", tensorflow)
SEED = 20181105
IS_CURRENT = hasattr(tensorflow.compat, "v1")


def seeded_session(graph: Any) -> Any:
    """Return a session whose variables have seeded values of the size that trained weights have."""
    session = tf.Session(graph=graph, config=config_pb2.ConfigProto(inter_op_parallelism_threads=1))
    numbers = np.random.RandomState(SEED)
    for variable in graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES):
        drawn = numbers.normal(0, 0.05, variable.shape.as_list()).astype(variable.dtype.base_dtype.as_numpy_dtype)
        session.run(variable.initializer, {variable.initializer.inputs[1]: drawn})
    return session


def frozen(graph: Any, output: str) -> "graph_pb2.GraphDef":
    """Return the part of the graph that the output needs, with constants for variables."""
    with seeded_session(graph) as session:
        return tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), [output])


def folded(graph_def: "graph_pb2.GraphDef", outputs: "list[str]") -> "graph_pb2.GraphDef":
    """Return the graph after grappler's constant folding, and nothing else of grappler."""
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
        meta = tf.train.export_meta_graph(graph_def=graph.as_graph_def(), graph=graph)
    collection = meta.collection_def["train_op"].node_list
    collection.value.extend(outputs)
    config = config_pb2.ConfigProto()
    rewrites = config.graph_options.rewrite_options
    rewrites.optimizers.append("constfold")
    rewrites.meta_optimizer_iterations = rewriter_config_pb2.RewriterConfig.ONE
    rewrites.min_graph_nodes = -1
    return tf_optimizer.OptimizeGraph(config if IS_CURRENT else rewrites, meta)


def convolution_net(dtype: str = "float32") -> Any:
    """Return a network of three convolutions, each scaled and shifted as an inference-time batch norm does it."""
    sizes = ((3, 3, 3, 16), (3, 3, 16, 32), (3, 3, 32, 64))
    with tf.Graph().as_default() as graph:
        layer = tf.placeholder(dtype, (1, 32, 32, 3), name="input")
        for number, size in enumerate(sizes):
            with tf.variable_scope(f"layer{number}"):
                kernel = tf.get_variable("kernel", size, dtype, use_resource=False)
                scale = tf.get_variable("scale", size[-1:], dtype, use_resource=False)
                shift = tf.get_variable("shift", size[-1:], dtype, use_resource=False)
                layer = tf.nn.conv2d(layer, kernel, (1, 2, 2, 1), "SAME")
                layer = tf.nn.relu(layer * (1 + scale) + shift)
        kernel = tf.get_variable("classes", (64, 10), dtype, use_resource=False)
        tf.nn.softmax(tf.matmul(tf.reduce_mean(layer, (1, 2)), kernel), name="output")
    return graph
