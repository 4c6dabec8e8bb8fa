# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure how long the protobuf of an interpreter needs to parse a TensorFlow graph, without TensorFlow."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import functools
import os

from ansible.module_utils.common.text.converters import to_bytes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.capacity import IMPORTS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.proof_forms import WORKLOADS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph import graph_file, schema
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import load_graph
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import child_source, run_child
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import acting_as, interpreter_identity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.memory import MEBIBYTE, guest_memory


def load_time_facts(executable, timeout, options, capacity):
    """Return the facts `load_time`.

    options: graph (path or None), workload, values, runs, budget (seconds), compare; timeout: seconds for each backend;
    capacity: what the board can be asked for.
    """
    facts = dict.fromkeys(("bytes", "nodes", "values", "backend", "seconds", "python", "ratio", "error"))
    facts.update(source=options["graph"] or options["workload"], encodings={})
    try:
        identity = interpreter_identity(executable)
    except Refusal as error:
        return dict(facts, status="failed", error=str(error))
    # The child reads the graph as the owner of its interpreter, who may not read what root may.
    with acting_as(*identity):
        refusal = _refusal(options)
        size = _size(options) if refusal is None else None
    if refusal:
        facts.update(status=refusal[0], error="{0} {1}".format(facts["source"], refusal[1]))
        return facts
    # The bytes and the message that is parsed from them: no backend needs less.
    shortage = capacity.shortage("the measurement", IMPORTS["protobuf"] + 2.0 * size / MEBIBYTE)
    if shortage:
        return dict(facts, status="unproven", error="{0} was not loaded: {1}".format(facts["source"], shortage))
    measure = functools.partial(_measure, executable, timeout, _arguments(options, capacity.reserve), capacity.reserve)
    facts.update(measure(facts["source"], {}))
    if options["compare"] and facts["status"] == "ok":
        facts.update(_comparison(measure, facts))
    return facts


def _refusal(options):
    for name in ("values", "runs", "budget"):
        if options[name] <= 0:
            return "failed", "cannot be measured with {0}={1}: it must be greater than 0.".format(name, options[name])
    if options["graph"]:
        return graph_file.graph_refusal(_path(options))
    if options["workload"] not in WORKLOADS:
        return "failed", "is not a workload: choose one of {0}.".format(", ".join(WORKLOADS))
    return graph_file.size_refusal(_size(options))


def _size(options):
    if options["graph"]:
        return os.path.getsize(_path(options))
    return options["values"] * load_graph.BYTES_PER_VALUE


def _path(options):
    return os.path.abspath(to_bytes(options["graph"]))


def _arguments(options, reserve):
    return dict(
        schema=schema.SCHEMA,
        data_types=schema.DATA_TYPES,
        # As numbers, because the two interpreters may disagree on the encoding of file names.
        path=list(bytearray(_path(options))) if options["graph"] else None,
        workload=options["workload"],
        values=options["values"],
        runs=options["runs"],
        budget=options["budget"],
        memory=guest_memory(reserve),
    )


def _measure(executable, timeout, arguments, reserve, source, environment):
    child = run_child(executable, child_source(load_graph), arguments, timeout, environment, reserve)
    found = child["result"] or {}
    # A timeout after the first run has only cost repetitions.
    if found.get("seconds") and child["status"] in ("ok", "timed_out"):
        return dict(found, status="ok", error=None)
    if child["status"] == "ok":
        error = found["error"]
        return dict(
            found,
            error="{0} {1}".format(source, error)
            if found["status"].startswith("graph_") or found["status"] == "unproven"
            else error,
        )
    error = child["error"]
    if child["status"] == "timed_out" and "bytes" in found:
        error = "Parsing {0} with its {1} bytes under {2} took more than {3} s: allow more time or take fewer values."
        error = error.format(source, found["bytes"], executable, timeout)
    return dict(found, seconds=None, status=child["status"], error=error)


def _comparison(measure, facts):
    """Return the facts python and ratio, measured with the pure Python backend of the same installation."""
    if facts["backend"] == "python":
        return dict(python=dict(backend="python", seconds=facts["seconds"]), ratio=1.0)
    # In the child's environment only.
    environment = dict(PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION="python")
    other = measure(facts["source"], environment)
    if other["status"] != "ok":
        return dict(error="There is no comparison with the pure Python backend: {0}".format(other["error"]))
    if other["backend"] != "python":
        return dict(
            error="There is no comparison, because this protobuf has no pure Python backend: install one that does."
        )
    ratio = other["seconds"]["min"] / facts["seconds"]["min"]
    return dict(python=dict(backend="python", seconds=other["seconds"]), ratio=round(ratio, 2))
