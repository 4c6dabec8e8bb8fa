# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Predict the seconds that protobuf needs to parse a graph, from its contents and from what small graphs cost on this board.

The prediction is for the first parse in a process, on a core of its own. Differences below a millisecond mean nothing.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import functools
import io

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.garbage_collector import collected_objects
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.proof_forms import CALIBRATION, KINDS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph import schema
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.contents import graph_contents
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import calibrate as calibration_script
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import load_graph
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import child_source, run_child
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.memory import guest_memory

MEMORY = 96  # MB of a process with the largest sample, measured with every backend
BUDGET = 3.0  # CPU seconds for the rounds of one backend; the first round is always completed
# Cost of pure Python divided by that of C++. Source: benchmarks/load_prediction.py --ratios, protobuf 3.6.0's wheel under
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
# Iterations of solve(): the rates of real samples converge within a few.
_SWEEPS = 200


def calibrate(executable, timeout, capacity):
    """Return what parsing costs with this board's protobuf; timeout: seconds for each backend; capacity: of the board.

    backend: the one in use, or None; error: why there is none, or None; status: unproven where the board has no capacity for
    it, else ok; error_percent: error of the prediction for another graph under that backend; and rates by backend: python,
    cpp and, where it is in use, upb. Rates are None where that backend is missing and cannot be estimated from another one.

    Rates: seconds {kind: seconds for one unit}, objects {kind: objects of Python's collector}, baseline (objects before),
    thresholds (of the collector, None where it is part of the seconds), collection (seconds for each object in a full
    collection), measured (False for an estimate).
    """
    result = dict.fromkeys(CALIBRATION)
    result["status"] = "ok"
    shortage = capacity.shortage("the calibration", MEMORY)
    if shortage:
        return dict(result, status="unproven", error=shortage)
    run = functools.partial(_run, executable, timeout, capacity.reserve)
    answer = run({})
    if answer["error"]:
        return dict(result, status="unproven" if answer["status"] == "unproven" else "ok", error=answer["error"])
    backend = result["backend"] = answer["backend"]
    work = sample_work(backend)
    result[backend] = _rates(answer, work)
    result["error_percent"] = _error_percent(result[backend], answer, work["mixed"])
    if backend != "python":
        # In the child's environment only.
        other = run(dict(PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION="python"))
        if other["backend"] == "python" and not other["error"]:
            result["python"] = _rates(other, sample_work("python"))
    if result["cpp"] is None and result["python"] is not None:
        result["cpp"] = reference_rates(result["python"])
    return result


def predict(rates, work):
    """Return the seconds to parse a graph; rates: of calibrate(); work: of graph_contents()."""
    work = dict(work, graphs=1)
    seconds = sum(rates["seconds"][kind] * work[kind] for kind in KINDS)
    if rates["thresholds"]:
        objects = int(sum(rates["objects"][kind] * work[kind] for kind in KINDS))
        seconds += rates["collection"] * collected_objects(rates["baseline"], objects, rates["thresholds"])
    return seconds


def reference_rates(python):
    """Return estimated rates of C++ from those of pure Python."""
    seconds = dict((kind, python["seconds"][kind] / REFERENCE_RATIOS[kind]) for kind in KINDS)
    return dict(
        seconds=seconds, objects=dict.fromkeys(KINDS, 0.0), baseline=0, thresholds=None, collection=0.0, measured=False
    )


def solve(samples):
    """Return {kind: cost of one unit}; samples: {kind: (work, cost of that work)}, where each kind dominates its sample.

    Uses Gauss-Seidel, because costs are never negative: one that would be is 0, and the others make up for it.
    """
    rates = dict.fromkeys(samples, 0.0)
    for _sweep in range(_SWEEPS):
        for kind in samples:
            work, cost = samples[kind]
            others = sum(rates[other] * work[other] for other in samples if other != kind)
            rates[kind] = max(0.0, (cost - others) / work[kind])
    return rates


def sample_work(backend):
    """Return {sample: work of its graph} of the samples that calibrate a backend."""
    column = 0 if backend == "python" else 1
    result = {}
    for name, block in calibration_script.blocks(column).items():
        work = graph_contents(io.BytesIO(block))["work"]
        result[name] = dict((kind, work[kind] * calibration_script.REPEATS[name][column]) for kind in work)
        result[name]["graphs"] = int(name == "graphs")
    return result


def _run(executable, timeout, reserve, environment):
    arguments = dict(
        schema=schema.SCHEMA,
        data_types=schema.DATA_TYPES,
        memory=guest_memory(reserve),
        budget=BUDGET,
    )
    child = run_child(executable, child_source(calibration_script), arguments, timeout, environment, reserve)
    found = child["result"] or {}
    # A timeout after the first round has only cost accuracy.
    if found.get("rounds"):
        return dict(found, status="ok", error=None)
    status = found.get("status", child["status"])
    return dict(found, status=status, backend=found.get("backend"), error=found.get("error") or child["error"])


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
        # Objects of nested messages cost more than others, and most graphs have them.
        collection=costs["messages"]["collection"],
        measured=True,
    )


def _medians(answer, name):
    parses = [answer["start"]] if name == "graphs" else [parses[name] for parses in answer["rounds"]]
    return dict((key, load_graph.median([parse[key] for parse in parses])) for key in parses[0])


def _error_percent(rates, answer, work):
    real = _medians(answer, "mixed")["seconds"]
    # That parse included neither the start nor a full collection.
    predicted = predict(dict(rates, thresholds=None), work) - rates["seconds"]["graphs"]
    return round(100 * abs(predicted - real) / real, 1)
