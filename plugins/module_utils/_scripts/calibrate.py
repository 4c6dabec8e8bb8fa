# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Child script: parse small graphs, each dominated by one kind of work, and measure how long each parse takes.

Runs under an interpreter of the board (see runner.py). Arguments: schema and data_types (_graph/schema.py), memory
(bytes that are available, or None), budget (CPU seconds after which no further round is begun).

Each graph is parsed in a process of its own, as in a program that loads a graph: memory that an earlier one gave back
would save the page faults, which are most of the time for what is merely copied. The time is CPU time: a parse neither
sleeps nor reads, so that is what it takes on a core of its own, and other programs of the board spoil it less.

The very first parse of a process also includes what protobuf sets up on demand. It is reported by itself, as "start".

Full garbage collections are not part of that time, because their cost does not grow in proportion to a graph. What they
cost per object is reported by itself (see _facts/garbage_collector.py).
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import gc
import io
import json
import os
import signal
import sys

from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import load_graph, shared

ROUNDS = 5
NO_MEMORY = 3  # exit code
FIRST_INCREMENTAL = (3, 14)  # a collector without full collections, so there are none to keep away

# Values of a tensor, for pure Python and for the others, where it has to be as large as a large convolution:
# only then does growing the array cost the page faults that it costs in a real graph.
TENSOR = (2**15, 2**18)
# sample -> how many of its blocks a graph has, likewise.
# So many that a parse takes about 50 ms (Python) or 5 ms on an x86 core, and that the objects of "messages" fill more
# than a processor's caches, as those of a real graph do.
REPEATS = {
    "graphs": (1, 1),
    "bytes": (1, 1),
    "nodes": (1200, 8000),
    "fields": (60, 600),
    "attributes": (800, 2500),
    "messages": (2000, 2500),
    "fixed_values": (1, 8),
    "varint_values": (1, 4),
    "varint_bytes": (1, 4),
    "mixed": (24, 400),
}
# Tensors of "bytes", in units of 128 KiB. Protobuf 3.6 copies through a buffer, and malloc takes that from the kernel
# each time that it is larger than all before, as it is in networks, which grow in depth.
SIZES = (8,) * 10 + (16, 32)
# New objects after which Python is made to run a full collection: once in the sample "messages", and in no other one.
FULL_COLLECTION = 105000


def blocks(column):
    """Return {sample: a few nodes that its graph repeats}. column: 0 for pure Python, 1 for other backends."""
    values = TENSOR[column]
    plain = (
        load_graph.attribute(b"T", load_graph.number_field(6, load_graph.DT_FLOAT))
        + load_graph.attribute(b"data_format", load_graph.bytes_field(2, b"NHWC"))
        + load_graph.attribute(b"padding", load_graph.bytes_field(2, b"SAME"))
        + load_graph.attribute(b"is_training", load_graph.number_field(5, 1))
        + load_graph.attribute(b"group", load_graph.number_field(3, 300))
    )
    small = load_graph.number_field(1, 3) + load_graph.bytes_field(2, dims((2,))) + load_graph.bytes_field(7, b"\1\2")
    steps = load_graph.bytes_field(1, load_graph.bytes_field(3, b"\1\2\2\1"))
    nested = (
        load_graph.attribute(b"value", load_graph.bytes_field(8, small))
        + load_graph.attribute(b"strides", steps)
        + load_graph.attribute(b"dilations", steps)
    )
    # Inputs are text, which is decoded; the values of a tensor of strings are bytes, which are not.
    strings = load_graph.attribute(
        b"value", load_graph.bytes_field(8, load_graph.bytes_field(8, b"a short sentence") * 100)
    )
    block = b"".join(load_graph.float_code(index) for index in range(load_graph.BLOCK))
    floats = block * (values // load_graph.BLOCK)
    halves = b"".join(load_graph.half_code(index) for index in range(load_graph.BLOCK)) * (values // load_graph.BLOCK)
    result = {
        "graphs": node(1, plain + nested) + tensor(5, floats[:64]) + tensor(13, b"\1" * 64),
        "bytes": b"".join(tensor(4, block * size) for size in SIZES),
        "nodes": node(2, b""),
        "fields": node(100, strings),
        "attributes": node(2, plain),
        "messages": node(2, nested),
        "fixed_values": tensor(5, floats),
        "varint_values": tensor(13, b"\1\7\60\177" * (values // 4)),
        "varint_bytes": tensor(13, halves),
    }
    # Another graph than those that the rates come from, to see how good they are.
    result["mixed"] = (
        load_graph.workload_bytes("small_nodes", 8 * load_graph.VALUES_PER_NODE)
        + load_graph.workload_bytes("float_val", 400)
        + load_graph.workload_bytes("half_val", 300)
        + load_graph.workload_bytes("tensor_content", 2000)
    )
    return result


def dims(sizes):
    return b"".join(load_graph.bytes_field(2, load_graph.number_field(1, size)) for size in sizes)


def node(inputs, attributes):
    return load_graph.node(
        b"features/block_12/convolution", b"Conv2D", [b"features/block_11/relu"] * inputs, attributes
    )


def tensor(field, payload):
    shape = load_graph.bytes_field(2, dims((2**18,)))
    value = load_graph.number_field(1, load_graph.DT_FLOAT) + shape + load_graph.bytes_field(field, payload)
    attributes = load_graph.attribute(b"dtype", load_graph.number_field(6, load_graph.DT_FLOAT))
    return load_graph.node(
        b"features/weights", b"Const", [], attributes + load_graph.attribute(b"value", load_graph.bytes_field(8, value))
    )


class Watch:
    """Measures the full garbage collections while a graph is parsed."""

    def __init__(self, cpu_clock):
        self.cpu_clock = cpu_clock
        self.seconds = 0.0
        self.objects = 0
        self.paused = 0.0  # seconds of the parse that are the collections' and this watch's own

    def __call__(self, phase, information):
        if information["generation"] != 2:
            return
        if phase == "start":
            self.paused -= self.cpu_clock()
            self.objects += len(gc.get_objects())
            self.seconds -= self.cpu_clock()
        else:
            self.seconds += self.cpu_clock()
            self.paused += self.cpu_clock()


def timed_parse(cpu_clock, message_class, data, warming=b""):
    """Return CPU seconds of a parse, the objects that Python's collector got from it, and those that it had before."""
    # The pages that a child shares with its parent are copied when it writes, as Python does to count references, and
    # a program that loads a graph has just read the file. Both happen here, before the clock is read.
    message_class().ParseFromString(warming)
    data.count(b"\0")
    graph = message_class()
    gc.collect()
    first, second, _third = gc.get_threshold()
    gc.set_threshold(first, second, max(0, FULL_COLLECTION // ((first + 1) * (second + 2)) - 1))
    before = len(gc.get_objects())
    watch = Watch(cpu_clock)
    # Python 2.7 has none: what it collects counts as parsing.
    callbacks = getattr(gc, "callbacks", [])
    callbacks.append(watch)
    start = cpu_clock()
    graph.ParseFromString(data)
    seconds = cpu_clock() - start - watch.paused
    callbacks.remove(watch)
    return dict(
        seconds=seconds,
        objects=len(gc.get_objects()) - before,
        baseline=before,
        collection=watch.seconds / max(1, watch.objects),
    )


def in_fresh_process(function, *arguments):
    """Return the bytes that the function returns in a process of its own."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            with os.fdopen(writer, "wb") as stream:
                stream.write(function(*arguments))
        except MemoryError:
            os._exit(NO_MEMORY)
        finally:
            os._exit(0)
    os.close(writer)
    with io.open(reader, "rb", 0) as stream:
        answer = stream.readall()
    status = os.waitpid(process, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL or os.WEXITSTATUS(status) == NO_MEMORY:
        raise load_graph.Refused(
            "unproven", "A small graph got no memory on this board: measure while less runs on it."
        )
    if not answer:
        raise load_graph.Refused(
            "failed", "A small graph that was made to calibrate cannot be parsed: repair that protobuf."
        )
    return answer


def made_blocks(column):
    every = blocks(column)
    names = sorted(every)
    lengths = json.dumps([[name, len(every[name])] for name in names])
    return lengths.encode("ascii") + b"\n" + b"".join(every[name] for name in names)


def received_blocks(made):
    position = made.index(b"\n") + 1
    every = {}
    for name, length in json.loads(made[:position].decode("ascii")):
        every[name] = made[position : position + length]
        position += length
    return every


def sample(message_class, block, repeats, small):
    return json.dumps(timed_parse(load_graph.cpu_clock, message_class, block * repeats, small)).encode("ascii")


def calibrate(arguments, result):
    message_class = load_graph.graph_class(arguments["schema"], arguments["data_types"])
    result["backend"] = shared.backend_of(message_class)
    load_graph.limit_memory(arguments["memory"])
    column = 0 if result["backend"] == "python" else 1
    collects = result["backend"] == "python" and hasattr(gc, "callbacks") and sys.version_info < FIRST_INCREMENTAL
    result["thresholds"] = list(gc.get_threshold()) if collects else None
    # Made by another process and kept to the end: memory that this one gave back would be used by the parses.
    made = in_fresh_process(made_blocks, column)
    every = received_blocks(made)
    small = every.pop("graphs")
    result["start"] = timed_parse(load_graph.cpu_clock, message_class, small)
    result["rounds"] = []
    began = spent()
    # Round by round, so that what else the board does hits every sample alike.
    while has_time(len(result["rounds"]), spent() - began, arguments["budget"]):
        parses = {}
        for name, block in every.items():
            answer = in_fresh_process(sample, message_class, block, REPEATS[name][column], small)
            parses[name] = json.loads(answer.decode("ascii"))
        result["rounds"].append(parses)
        shared.report(result)


def spent():
    """Return the CPU seconds of this process and of those that it has started and waited for."""
    return sum(os.times()[:4])


def has_time(rounds, seconds, budget):
    return rounds == 0 or rounds < ROUNDS and seconds * (rounds + 1) <= budget * rounds


def main():
    arguments = json.loads(sys.argv[1])
    result = {}
    try:
        calibrate(arguments, result)
    except load_graph.Refused as refused:
        shared.report(dict(result, status=refused.status, error=str(refused)))


if __name__ == "__main__":
    main()
