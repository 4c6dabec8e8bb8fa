# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seconds that protobuf needs to parse a graph, from what is in the graph and what small graphs cost on this board.

They are those of the first parse of a process, on a core of its own. Differences below a millisecond mean nothing.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import io

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.garbage_collector import collected_objects
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph import graph_file, schema
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.contents import graph_contents
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import calibrate as calibration_script
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import load_graph
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import child_source, run_child

# What costs time, in units of a graph's `work`; each is also the name of the sample that is mostly that.
# "graphs" is what the first parse of a process costs whatever it parses.
KINDS = (
    "graphs",
    "bytes",
    "nodes",
    "fields",
    "attributes",
    "messages",
    "fixed_values",
    "varint_values",
    "varint_bytes",
)
BUDGET = 3.0  # CPU seconds for the rounds of one backend; the first one is run whatever it takes
# Pure Python's cost in units of that of C++. Source: benchmarks/load_prediction.py --ratios, protobuf 3.6.0's wheel under
# Python 3.6 on an x86-64 core, medians of five calibrations, rounded.
REFERENCE_RATIOS = {
    "graphs": 3.0,
    "bytes": 0.7,
    "nodes": 18.5,
    "fields": 10.5,
    "attributes": 49.5,
    "messages": 56.0,
    "fixed_values": 161.0,
    "varint_values": 158.0,
    "varint_bytes": 99.0,
}
_SWEEPS = 200


def calibrate(executable, timeout):
    """What this board's protobuf costs.

    backend: the one in use, or None; error: why there is none, or None; error_percent: how far the prediction is off for
    a graph that the rates do not come from, under that backend; and rates by backend: python, cpp and, where it is the
    one in use, upb. Each is None where that backend is not there and cannot be told from another one.

    Rates: seconds {kind: seconds of one unit}, objects {kind: objects of Python's collector}, baseline (objects before),
    thresholds (of the collector, or None where that is in the seconds), collection (seconds for each object in a full collection), measured.
    """
    told = dict.fromkeys(("backend", "error", "error_percent", "python", "cpp"))
    answer = _run(executable, timeout, {})
    if answer["error"]:
        return dict(told, error=answer["error"])
    backend = told["backend"] = answer["backend"]
    work = sample_work(backend)
    told[backend] = _rates(answer, work)
    told["error_percent"] = _error_percent(told[backend], answer, work["mixed"])
    if backend != "python":
        # In the child's environment only.
        other = _run(executable, timeout, dict(PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION="python"))
        if other["backend"] == "python" and not other["error"]:
            told["python"] = _rates(other, sample_work("python"))
    if told["cpp"] is None and told["python"] is not None:
        told["cpp"] = reference_rates(told["python"])
    return told


def predict(rates, work):
    """Seconds. work: as graph_contents() counts it."""
    work = dict(work, graphs=1)
    seconds = sum(rates["seconds"][kind] * work[kind] for kind in KINDS)
    if rates["thresholds"]:
        objects = int(sum(rates["objects"][kind] * work[kind] for kind in KINDS))
        seconds += rates["collection"] * collected_objects(rates["baseline"], objects, rates["thresholds"])
    return seconds


def reference_rates(python):
    """What C++ would cost, from what pure Python costs."""
    seconds = dict((kind, python["seconds"][kind] / REFERENCE_RATIOS[kind]) for kind in KINDS)
    return dict(
        seconds=seconds, objects=dict.fromkeys(KINDS, 0.0), baseline=0, thresholds=None, collection=0.0, measured=False
    )


def solve(samples):
    """kind -> cost of one unit. samples: kind -> (work, cost of that work); each kind is most of its own sample.

    Gauss-Seidel, because a cost is never negative: one that would be is 0, and the others make up for it.
    """
    rates = dict.fromkeys(samples, 0.0)
    for _sweep in range(_SWEEPS):
        for kind in samples:
            work, cost = samples[kind]
            others = sum(rates[other] * work[other] for other in samples if other != kind)
            rates[kind] = max(0.0, (cost - others) / work[kind])
    return rates


def sample_work(backend):
    """sample -> what is in its graph."""
    column = 0 if backend == "python" else 1
    result = {}
    for name, block in calibration_script.blocks(load_graph, column).items():
        work = graph_contents(io.BytesIO(block))["work"]
        result[name] = dict((kind, work[kind] * calibration_script.REPEATS[name][column]) for kind in work)
        result[name]["graphs"] = int(name == "graphs")
    return result


def _run(executable, timeout, environment):
    arguments = dict(
        shared=child_source(load_graph),
        schema=schema.SCHEMA,
        data_types=schema.DATA_TYPES,
        memory=graph_file.available_memory(),
        budget=BUDGET,
    )
    child = run_child(executable, child_source(calibration_script), arguments, timeout, environment)
    found = child["result"] or {}
    # Time that ran out after the first round has cost accuracy, no more.
    if found.get("rounds"):
        return dict(found, error=None)
    return dict(found, backend=found.get("backend"), error=found.get("error") or child["error"])


def _rates(answer, work):
    costs = dict((name, _medians(answer, name)) for name in KINDS)
    result = dict(
        (cost, solve(dict((kind, (work[kind], costs[kind][cost])) for kind in KINDS)))
        for cost in ("seconds", "objects")
    )
    return dict(
        result,
        baseline=costs["bytes"]["baseline"],
        thresholds=answer["thresholds"],
        # Objects of messages within messages cost more than others, and most graphs have them.
        collection=costs["messages"]["collection"],
        measured=True,
    )


def _medians(answer, name):
    parses = [answer["start"]] if name == "graphs" else [parses[name] for parses in answer["rounds"]]
    return dict((key, load_graph.median([parse[key] for parse in parses])) for key in parses[0])


def _error_percent(rates, answer, work):
    real = _medians(answer, "mixed")["seconds"]
    # Neither the start nor a full collection was part of that parse.
    predicted = predict(dict(rates, thresholds=None), work) - rates["seconds"]["graphs"]
    return round(100 * abs(predicted - real) / real, 1)
