# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Child script: let the TensorFlow of this interpreter read two graphs, and compare what it makes of them.

Runs under an interpreter that may have TensorFlow (see runner.py). Arguments: old and new (the bytes of the paths of
both graphs as numbers); without them it reports only whether there is a TensorFlow to import.

What could not be run does not count as a difference: error says why. A new graph that alone cannot be read does.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import sys

from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import shared

SEED = 20180801
INPUTS = ("Placeholder", "PlaceholderV2")
# Constants that are read in one session, and the bytes of these.
BATCH = 50
BATCH_BYTES = 2**26


def has_tensorflow():
    """Return whether an import would find it; nothing is imported."""
    try:
        from importlib.util import find_spec  # novm
    except ImportError:  # Python 2
        import pkgutil

        return pkgutil.find_loader("tensorflow") is not None
    return find_spec("tensorflow") is not None


def die_first():
    """Let the kernel end this process first where memory runs out, and no other one of the board."""
    try:
        with open("/proc/self/oom_score_adj", "w") as stream:
            stream.write("1000")
    except (IOError, OSError):
        pass  # a precaution only


def sentence(error):
    return " ".join(str(error).split())[:300] or type(error).__name__


def read(graph_class, path):
    graph = graph_class()
    with open(bytes(bytearray(path)), "rb") as stream:
        graph.ParseFromString(stream.read())
    return graph


def of_tensor(tensor):
    found = [tensor]
    for variant in tensor.variant_val:
        for inner in variant.tensors:
            found += of_tensor(inner)
    return found


def of_value(value):
    """Return the tensors in an AttrValue."""
    found = []
    if value.HasField("tensor"):
        found += of_tensor(value.tensor)
    for tensor in value.list.tensor if value.HasField("list") else []:
        found += of_tensor(tensor)
    calls = list(value.list.func) if value.HasField("list") else []
    for call in calls + ([value.func] if value.HasField("func") else []):
        found += of_attributes(call.attr)
    return found


def of_attributes(attributes):
    return [tensor for key in sorted(attributes) for tensor in of_value(attributes[key])]


def of_graph(graph):
    """Return all tensors of a graph, in an order that depends only on names and positions."""
    found = []
    for node in graph.node:
        found += of_attributes(node.attr)
    for function in graph.library.function:
        found += of_attributes(function.attr)
        for node in function.node_def:
            found += of_attributes(node.attr)
        for attribute in function.signature.attr:
            found += of_value(attribute.default_value) + of_value(attribute.allowed_values)
    return found


class Same:
    """Compares two GraphDefs with the TensorFlow v1 interface that both its generations have."""

    def __init__(self, tensorflow):
        compat = getattr(tensorflow, "compat", None)
        self.tf = getattr(compat, "v1", None) or tensorflow
        self.graph_class = self.tf.GraphDef
        # One thread, so that sums are added up in the same order.
        self.config = self.tf.ConfigProto(
            intra_op_parallelism_threads=1, inter_op_parallelism_threads=1, device_count={"GPU": 0}
        )

    def imported(self, graph_def):
        """Return (graph, None), or (None, why it cannot be imported)."""
        graph = self.tf.Graph()
        try:
            with graph.as_default():
                self.tf.import_graph_def(graph_def, name="")
            return graph, None
        except Exception as error:  # each version has exceptions of its own for this
            return None, sentence(error)

    def run(self, graph, outputs, feed):
        """Return ([arrays], None), or (None, why they cannot be computed)."""
        try:
            with self.tf.Session(graph=graph, config=self.config) as session:
                return session.run(outputs, feed_dict=feed), None
        except Exception as error:
            return None, sentence(error)

    def constants(self, old, new):
        """Return (whether they are equal, how many, error) of the tensors with another encoding; None: not all could be read."""
        olds, news = of_graph(old), of_graph(new)
        if len(olds) != len(news):
            return False, 0, None
        pairs = [(one, two) for one, two in zip(olds, news) if two.tensor_content and not one.tensor_content]
        count, error = 0, None
        for batch in batches(pairs):
            equal, why = self.batch(batch)
            # One that cannot be read makes the whole batch fail.
            answers = [self.batch([pair]) for pair in batch] if equal is None else [(equal, why)] * len(batch)
            count += sum(answer[0] is not None for answer in answers)
            error = error or next((answer[1] for answer in answers if answer[1]), None)
            if any(answer[0] is False for answer in answers):
                return False, count, error
        return (True if count == len(pairs) else None), count, error

    def batch(self, pairs):
        """Return (whether they are equal, None), or (None, why the old ones cannot be read)."""
        ours, error = self.values([one for one, dummy in pairs])
        if ours is None:
            return None, error
        theirs, dummy = self.values([two for dummy, two in pairs])
        return theirs is not None and same_arrays(ours, theirs), None

    def values(self, tensors):
        graph_def = self.graph_class()
        for index, tensor in enumerate(tensors):
            node = graph_def.node.add(name="c{0}".format(index), op="Const")
            node.attr["dtype"].type = tensor.dtype
            node.attr["value"].tensor.CopyFrom(tensor)
        graph, error = self.imported(graph_def)
        if graph is None:
            return None, error
        return self.run(graph, ["c{0}:0".format(index) for index in range(len(tensors))], {})

    def outputs(self, old, new):
        """Return (whether the outputs are equal, None), or (None, why they cannot be compared)."""
        try:
            feed = dict((tensor.name, number(tensor)) for tensor in inputs_of(old))
        except ValueError as error:
            return None, sentence(error)
        names = [tensor.name for tensor in sinks_of(old)]
        if not names:
            return None, "the graph has no output"
        first, error = self.run(old, names, feed)
        again, dummy = self.run(old, names, feed)
        if first is None or again is None:
            return None, error or "the graph cannot be run twice"
        if not same_arrays(first, again):
            return None, "the outputs differ from one run to the next"
        found, dummy = self.run(new, names, feed)
        return found is not None and same_arrays(first, found), None


def batches(pairs):
    batch, size = [], 0
    for pair in pairs:
        if batch and (len(batch) == BATCH or size + len(pair[1].tensor_content) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(pair)
        size += len(pair[1].tensor_content)
    if batch:
        yield batch


def inputs_of(graph):
    return [op.outputs[0] for op in graph.get_operations() if op.type in INPUTS]


def sinks_of(graph):
    """Return the outputs, as far as they can be fetched, of operations whose outputs no other operation uses."""
    found = []
    for op in graph.get_operations():
        # TensorFlow may refuse to compute an unused output beside one that is used.
        if op.type not in INPUTS and not any(output.consumers() for output in op.outputs):
            found += [output for output in op.outputs if output.dtype.name not in ("resource", "variant")]
    return found


def number(tensor):
    """Return seeded numbers for an input, with 1 for every size that is not known."""
    import numpy

    dims = tensor.get_shape().dims
    shape = [] if dims is None else [getattr(dim, "value", dim) or 1 for dim in dims]
    kind = tensor.dtype.base_dtype
    source = numpy.random.RandomState(SEED)
    if kind.is_floating or kind.is_complex:
        return source.uniform(0, 1, shape).astype(kind.as_numpy_dtype)
    if kind.is_integer or kind.is_bool:
        return source.randint(0, 2, shape).astype(kind.as_numpy_dtype)
    raise ValueError("there are no numbers for the input {0} of type {1}".format(tensor.name, kind.name))


def same_arrays(ours, theirs):
    return len(ours) == len(theirs) and all(same_array(one, two) for one, two in zip(ours, theirs))


def same_array(one, two):
    """Compare bit for bit, so that a NaN equals itself."""
    if not hasattr(one, "tobytes") or one.dtype == object:
        return list_of(one) == list_of(two)
    return (one.dtype, one.shape, one.tobytes()) == (two.dtype, two.shape, two.tobytes())


def list_of(item):
    return item.tolist() if hasattr(item, "tolist") else item


def compare(arguments, result):
    import tensorflow

    result["version"] = getattr(tensorflow, "__version__", None) or tensorflow.VERSION
    shared.report(result)
    same = Same(tensorflow)
    old = read(same.graph_class, arguments["old"])
    try:
        new = read(same.graph_class, arguments["new"])
    except Exception as error:  # each backend has exceptions of its own for this
        result.update(status="mismatch", error=sentence(error))
        return
    result["constants_equal"], result["constants"], result["error"] = same.constants(old, new)
    shared.report(result)
    old_graph, error = same.imported(old)
    new_graph, new_error = same.imported(new)
    result["imported"] = old_graph is not None and new_graph is not None
    shared.report(result)
    if old_graph is not None and new_graph is None:
        result.update(status="mismatch", error=new_error)
    elif old_graph is None:
        result["error"] = result["error"] or error
    else:
        result["outputs_equal"], error = same.outputs(old_graph, new_graph)
        result["error"] = result["error"] or error
    if result["constants_equal"] is False or result["outputs_equal"] is False:
        result["status"] = "mismatch"


def main():
    arguments = json.loads(sys.argv[1])
    if "old" not in arguments:
        shared.report(dict(found=has_tensorflow()))
        return
    die_first()
    result = dict(version=None, status="ok", imported=None, constants=None, constants_equal=None, outputs_equal=None)
    result["error"] = None
    try:
        compare(arguments, result)
    except Exception as error:  # a TensorFlow that fits neither its protobuf nor its processor fails in many ways
        result.update(status="failed", error=sentence(error))
    shared.report(result)


if __name__ == "__main__":
    main()
