# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Import cv2 and protobuf together in every order, each in a process of its own."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import itertools
import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import (
    crashed_libraries,
    lacks_memory,
    telling_line,
)

# Errors that the C++ runtime reports, even if the process goes on.
_COMPLAINT = re.compile(r"\[libprotobuf (?:FATAL|ERROR)[^\]]*\] *(.*)")

# A function or class of the C++ runtime, in a backtrace or in a message of the C++ library. Files in a memory map do not count:
# every mapped library is there.
_PROTOBUF_SYMBOL = re.compile(r"google::protobuf::|6google8protobuf")

_END = {
    "crashed": "was ended by signal {signal}",
    "timed_out": "did not end in time",
    "failed": "ended with exit code {exit_code}",
}


def import_in_every_order(run, names):
    """Return the outcome of each order of names; where one fails, also those of the controls that show the cause.

    run(order): the answer of run_child() for the script import_opencv.
    """
    outcomes = []
    for order in itertools.permutations(names):
        outcomes.append(outcome_of(order, run(order)))
        # Further imports would only cost a board that has no memory for one.
        if outcomes[-1]["status"] == "unproven":
            return outcomes
    failed = [outcome for outcome in outcomes if outcome["status"] != "ok"]
    if not failed or len(names) == 1:
        return outcomes
    # An order fails because of OpenCV only if it works without cv2, and cv2 works without the others.
    controls = {without_cv2(outcome["order"]) for outcome in failed} | {("cv2",)}
    outcomes += [outcome_of(order, run(order)) for order in sorted(controls)]
    if "tensorflow" in names and any(not works(outcomes, order) for order in controls - {("cv2",)}):
        # TensorFlow and protobuf fail even without cv2: that must not hide whether cv2 and protobuf work together.
        others = [name for name in names if name != "tensorflow"]
        outcomes += [
            new for new in import_in_every_order(run, others) if new["order"] not in [old["order"] for old in outcomes]
        ]
    return outcomes


def without_cv2(order):
    """Return an order without cv2."""
    return tuple(name for name in order if name != "cv2")


def works(outcomes, order):
    """Return whether an order works, None where it was not tried."""
    for outcome in outcomes:
        if tuple(outcome["order"]) == tuple(order):
            return outcome["status"] == "ok"
    return None


def outcome_of(order, answer):
    """Return an answer of run_child() as a fact; `child` keeps the result of the child itself."""
    child = answer["result"] or {"step": "starting", "works": {}, "errors": {}, "mapped": [], "mapped_by": {}}
    error = _error(answer, child)
    return {
        "order": list(order),
        "status": _status(answer["status"], error),
        "exit_code": answer["exit_code"],
        "signal": answer["signal"],
        "mapped": child["mapped"],
        "works": {name: child["works"].get(name) for name in ("cv2", "protobuf", "dnn", "tensorflow")},
        "error": error,
        "child": child,
    }


def _status(status, error):
    if error and lacks_memory(error):
        return "unproven"
    return "failed" if status == "ok" and error else status


def _error(answer, child):
    """Return one sentence, None where everything worked."""
    complaint = _COMPLAINT.search(answer["stderr"])
    reported = "libprotobuf reported: {0}".format(complaint.group(1).strip().rstrip(".")) if complaint else None
    if answer["status"] in ("crashed", "timed_out", "failed") and answer["result"]:
        detail = reported or _cause(answer["stderr"])
        return "The process {0} while {1} ({2}).".format(_END[answer["status"]].format(**answer), child["step"], detail)
    if answer["status"] != "ok":
        return answer["error"]
    for name in sorted(child["errors"]):
        return "{0} failed with {1}.".format(name, child["errors"][name].rstrip("."))
    for name in sorted(child["works"]):
        if child["works"][name] is False:
            return "{0} gave a wrong result.".format(name)
    return reported + "." if reported else None


def _cause(stderr):
    """Return the last message of a process, and the protobuf that it was in if a backtrace shows that."""
    names = [os.path.basename(path) for path in crashed_libraries(stderr)]
    places = [name for name in names if "protobuf" in name]
    if not places and _PROTOBUF_SYMBOL.search(stderr):
        places = ["google::protobuf"]
    return telling_line(stderr, "no message") + (" in " + ", ".join(places) if places else "")
