# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Child script: find every cv2 of this interpreter, and try whether cv2 and protobuf work in one process.

Run by runner.run_child. Arguments: {"order": []} only looks for them and imports nothing of theirs;
{"order": ["cv2", "protobuf"]} imports these in this order and then uses each.
The whole result is printed before every step, so that a crash leaves what was known until then.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import importlib
import io
import json
import os
import re
import struct
import sys

from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import shared

MODULES = {"cv2": "cv2", "protobuf": "google.protobuf.descriptor_pb2", "tensorflow": "tensorflow"}

# A text model is parsed by reflection: it needs the descriptors that collide when two libraries get mixed.
CAFFE_MODEL = b"""
name: "check" input: "data"
input_dim: 1 input_dim: 1 input_dim: 2 input_dim: 2
layer { name: "relu" type: "ReLU" bottom: "data" top: "relu" }
"""


def extension_suffixes():
    if sys.version_info[0] == 2:
        suffixes = importlib.import_module("imp").get_suffixes()
        return [suffix for suffix, dummy, kind in suffixes if kind == 3]
    return importlib.import_module("importlib.machinery").EXTENSION_SUFFIXES


def binding_version(entry):
    try:
        with io.open(os.path.join(entry, "cv2", "version.py"), encoding="utf-8", errors="replace") as stream:
            match = re.search(r"opencv_version\s*=\s*[\"']([^\"']+)", stream.read(10000))
    except (IOError, OSError, ValueError):
        return None
    return match.group(1) if match else None


def find_bindings(path):
    """Return every compiled cv2 on the search path: a lone extension (apt), or in a package (pip, cmake's install)."""
    folders = [
        "",
        "cv2",
        os.path.join("cv2", "python-{0}.{1}".format(*sys.version_info)),
        os.path.join("cv2", "python-{0}".format(*sys.version_info)),
    ]
    found = []
    for entry in path:
        for folder in folders:
            for suffix in extension_suffixes():
                candidate = os.path.join(entry or os.getcwd(), folder, "cv2" + suffix)
                if os.path.isfile(candidate) and candidate not in [binding["file"] for binding in found]:
                    found.append({"file": candidate, "version": binding_version(entry) if folder else None})
    return found


def on_path(path, *parts):
    return any(os.path.isfile(os.path.join(entry, *parts)) for entry in path)


def list_bindings():
    return {
        "executable": os.path.realpath(sys.executable),
        "bindings": find_bindings(sys.path),
        "protobuf": on_path(sys.path, "google", "protobuf", "__init__.py"),
        "tensorflow": on_path(sys.path, "tensorflow", "__init__.py"),
    }


def describe(exception):
    try:
        text = str(exception)
        json.dumps(text)
    except UnicodeError:  # Python 2 with an umlaut
        text = repr(exception)
    return "{0}: {1}".format(type(exception).__name__, " ".join(text.split())[:500] or "no message")


def use_cv2(cv2):
    numpy = importlib.import_module("numpy")
    image = numpy.zeros((8, 8, 3), numpy.uint8)
    image[:] = 200
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return gray.shape == (8, 8) and int(gray.min()) == int(gray.max()) == 200


def onnx_model():
    """Return a model with one Relu on a 1x1x2x2 tensor, encoded here (field numbers of onnx.proto)."""

    def field(number, value):
        if isinstance(value, int):
            return struct.pack("BB", number << 3, value)
        return struct.pack("BB", number << 3 | 2, len(value)) + value

    shape = b"".join(field(1, field(1, size)) for size in (1, 1, 2, 2))
    tensor = field(1, field(1, 1) + field(2, shape))
    node = field(1, b"data") + field(2, b"relu") + field(3, b"relu") + field(4, b"Relu")
    graph = field(1, node) + field(2, b"check")
    graph += field(11, field(1, b"data") + field(2, tensor)) + field(12, field(1, b"relu") + field(2, tensor))
    return field(1, 6) + field(7, graph) + field(8, field(1, b"") + field(2, 11))


def read_caffe_model(dnn):
    # OpenCV 3.3 reads models from files only. A pipe has a path and leaves nothing on the disk.
    reader, writer = os.pipe()
    try:
        os.write(writer, CAFFE_MODEL)
        os.close(writer)
        return dnn.readNetFromCaffe("/proc/self/fd/{0}".format(reader))
    finally:
        os.close(reader)


def use_dnn(cv2):
    """Parse a model with OpenCV's protobuf and run it; None where this OpenCV has no dnn."""
    dnn = getattr(cv2, "dnn", None)
    numpy = importlib.import_module("numpy")
    if hasattr(dnn, "readNetFromCaffe"):
        net = read_caffe_model(dnn)
    elif hasattr(dnn, "readNetFromONNX"):
        net = dnn.readNetFromONNX(numpy.frombuffer(onnx_model(), numpy.uint8))
    else:
        return None
    net.setInput(numpy.array([[[[-1, 2], [-3, 4]]]], numpy.float32))
    return net.forward().ravel().tolist() == [0.0, 2.0, 0.0, 4.0]


def use_protobuf(descriptor_pb2):
    message = descriptor_pb2.FileDescriptorProto(name="check.proto", dependency=["other.proto"])
    message.message_type.add(name="Check").field.add(name="value", number=7)
    copy = descriptor_pb2.FileDescriptorProto.FromString(message.SerializeToString())
    return copy == message and copy.message_type[0].field[0].number == 7


def use_tensorflow(tensorflow):
    graph_pb2 = importlib.import_module("tensorflow.core.framework.graph_pb2")
    graph = tensorflow.Graph()
    with graph.as_default():
        tensorflow.constant([1.0], name="check")
    data = graph.as_graph_def().SerializeToString()
    return graph_pb2.GraphDef.FromString(data).node[0].name == "check"


USES = {
    "cv2": [("cv2", use_cv2), ("dnn", use_dnn)],
    "protobuf": [("protobuf", use_protobuf)],
    "tensorflow": [("tensorflow", use_tensorflow)],
}


def build_information(cv2):
    match = re.search(r"^\s*Protobuf:.*\S", cv2.getBuildInformation(), re.MULTILINE)
    return " ".join(match.group(0).split()) if match else None


def attempt(result, name, function, *arguments):
    """Call the function of one step; what it raises becomes a part of the result."""
    shared.report(result)
    try:
        return function(*arguments)
    except (Exception, SystemExit) as exception:
        result["errors"][name] = describe(exception)
        return False


def import_all(order):
    result = {"step": None, "works": {}, "errors": {}, "mapped": [], "mapped_by": {}, "backend": None}
    modules = {}
    for name in order:
        before = shared.mapped_files("libprotobuf")
        result["step"] = "importing " + name
        modules[name] = attempt(result, name, importlib.import_module, MODULES[name])
        result["mapped"] = shared.mapped_files("libprotobuf")
        result["mapped_by"][name] = [path for path in result["mapped"] if path not in before]
    if modules.get("protobuf"):
        result["backend"] = shared.backend_of(modules["protobuf"].FileDescriptorProto) or "unknown"
    if modules.get("cv2"):
        result["version"] = getattr(modules["cv2"], "__version__", None)
        result["build_information"] = build_information(modules["cv2"])
        result["binaries"] = shared.mapped_files("cv2")
    for name in order:
        for use, function in USES[name]:
            result["step"] = "using " + use
            result["works"][use] = attempt(result, use, function, modules[name]) if modules[name] else False
    result["step"] = "shutting down"
    result["mapped"] = shared.mapped_files("libprotobuf")
    result["files"] = shared.mapped_files("")
    shared.report(result)


def main():
    order = json.loads(sys.argv[1])["order"]
    if order:
        import_all(order)
    else:
        shared.report(list_bindings())


if __name__ == "__main__":
    main()
