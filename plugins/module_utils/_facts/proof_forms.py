# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts that take seconds to prove: their form, and whether what was kept elsewhere has it and holds.

Apart from what proves them, because most looks take them over, and a board compiles anew whatever a look imports.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

# The reason for the verdict absent.
NONE_FOUND = "No OpenCV was found: neither a cv2 module for the interpreter nor a libopencv_*.so for the loader."
_OPENCV = (
    "found",
    "version",
    "bindings",
    "libraries",
    "links",
    "embedded",
    "build_information",
    "import_test",
    "files",
    "verdict",
    "reason",
)
# The verdicts that say that OpenCV works. A fault can pass, so it is looked for again.
_GOOD = ("links_distribution", "embedded", "independent")
_LOAD_TIME = (
    "source",
    "bytes",
    "nodes",
    "values",
    "encodings",
    "backend",
    "seconds",
    "python",
    "ratio",
    "status",
    "error",
)
# The graphs whose load time can be measured.
WORKLOADS = ("float_val", "half_val", "small_nodes", "tensor_content")
# What costs time, as the keys of a graph's `work`. Each is also the name of the sample that mainly consists of it.
# "graphs" is the constant cost of the first parse in a process.
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
_BACKENDS = ("python", "cpp", "upb")
CALIBRATION = ("status", "backend", "error", "error_percent") + _BACKENDS
_RATES = ("seconds", "objects", "baseline", "thresholds", "collection", "measured")
# Larger numbers are none of these.
_LARGEST = 1e9


def is_proof_of_opencv(facts):
    """Return whether facts have the form of these, and say that OpenCV works in every order, or that there is none."""
    try:
        good = facts["verdict"] in _GOOD or (facts["verdict"], facts["reason"]) == ("absent", NONE_FOUND)
        worked = all(outcome["status"] == "ok" for outcome in facts["import_test"]["orders"])
        return good and worked and sorted(facts) == sorted(_OPENCV) and all(map(_is_path, files_of(facts)))
    except (AttributeError, KeyError, TypeError):
        return False


def files_of(facts):
    """Return the paths of all files that the facts `opencv` depend on, but those of Python's packages."""
    loaded = [os.path.join(folder, name) for folder, names in facts["files"].items() for name in names]
    linked = [path for link in facts["links"] for path in [link["binary"], link["library"]] + link["via"]]
    bindings = [binding["file"] for binding in facts["bindings"]]
    return sorted(set(loaded + linked + bindings + facts["libraries"] + facts["embedded"]))


def _is_path(value):
    return isinstance(value, str) and "\0" not in value


def is_proof_of_load_time(facts):
    """Return whether facts have the form of these and hold a whole measurement."""
    return (
        isinstance(facts, dict)
        and sorted(facts) == sorted(_LOAD_TIME)
        and (facts["status"], facts["error"]) == ("ok", None)
    )


def is_calibration(calibration):
    """Return whether a value is a calibration that predict() can be given, after it was kept elsewhere."""
    if not isinstance(calibration, dict) or sorted(calibration) != sorted(CALIBRATION):
        return False
    every = [calibration[backend] for backend in _BACKENDS]
    return (
        (calibration["status"], calibration["error"]) == ("ok", None)
        and calibration["backend"] in _BACKENDS
        and calibration[calibration["backend"]] is not None
        and (calibration["error_percent"] is None or _is_number(calibration["error_percent"]))
        and all(rates is None or _are_rates(rates) for rates in every)
    )


def _are_rates(rates):
    if not isinstance(rates, dict) or sorted(rates) != sorted(_RATES):
        return False
    thresholds = rates["thresholds"]
    whole = thresholds is None or (
        isinstance(thresholds, list)
        and len(thresholds) == 3
        and all(_is_number(item) and isinstance(item, int) for item in thresholds)
    )
    costs = [rates["seconds"], rates["objects"]]
    return (
        whole
        and isinstance(rates["measured"], bool)
        and _is_number(rates["baseline"])
        and _is_number(rates["collection"])
        and all(isinstance(cost, dict) and sorted(cost) == sorted(KINDS) for cost in costs)
        and all(_is_number(number) for cost in costs for number in cost.values())
    )


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _LARGEST
