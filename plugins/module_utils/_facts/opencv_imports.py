# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Import cv2 and protobuf together in every order, each in a process of its own, and say what came of it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import itertools
import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import (
    crashed_libraries,
    telling_line,
)

# Errors that the C++ runtime reports on its own, whatever becomes of the process.
_COMPLAINT = re.compile(r"\[libprotobuf (?:FATAL|ERROR)[^\]]*\] *(.*)")

# A function or class of the C++ runtime in a backtrace or in the words of the C++ library. Memory maps show files only: that one
# is mapped says nothing of who is to blame.
_PROTOBUF_SYMBOL = re.compile(r"google::protobuf::|6google8protobuf")

_END = {
    "crashed": "was ended by signal {signal}",
    "timed_out": "did not end in time",
    "failed": "ended with exit code {exit_code}",
}


def prove(run, names):
    """One outcome for each order of names; where one fails, also for what tells whose fault it is.

    run(order): the answer of _child.run_child.
    """
    outcomes = [outcome_of(order, run(order)) for order in itertools.permutations(names)]
    failed = [outcome for outcome in outcomes if outcome["status"] != "ok"]
    if not failed or len(names) == 1:
        return outcomes
    # An order fails because of OpenCV only if it works without cv2, and cv2 works without the others.
    controls = {without_cv2(outcome["order"]) for outcome in failed} | {("cv2",)}
    outcomes += [outcome_of(order, run(order)) for order in sorted(controls)]
    if "tensorflow" in names and any(not works(outcomes, order) for order in controls - {("cv2",)}):
        # TensorFlow and protobuf fail without cv2 already: that must not hide how cv2 and protobuf get on.
        others = [name for name in names if name != "tensorflow"]
        outcomes += [new for new in prove(run, others) if new["order"] not in [old["order"] for old in outcomes]]
    return outcomes


def without_cv2(order):
    return tuple(name for name in order if name != "cv2")


def works(outcomes, order):
    """True, False, or None where this order was not tried."""
    for outcome in outcomes:
        if tuple(outcome["order"]) == tuple(order):
            return outcome["status"] == "ok"
    return None


def outcome_of(order, answer):
    """An answer of run_child as the facts show it; `child` keeps what the child itself said."""
    child = answer["result"] or {"step": "starting", "works": {}, "errors": {}, "mapped": [], "mapped_by": {}}
    error = _error(answer, child)
    return {
        "order": list(order),
        "status": "failed" if answer["status"] == "ok" and error else answer["status"],
        "exit_code": answer["exit_code"],
        "signal": answer["signal"],
        "mapped": child["mapped"],
        "works": {name: child["works"].get(name) for name in ("cv2", "protobuf", "dnn", "tensorflow")},
        "error": error,
        "child": child,
    }


def _error(answer, child):
    """One sentence, or None where everything worked."""
    complaint = _COMPLAINT.search(answer["stderr"])
    said = "libprotobuf said: {0}".format(complaint.group(1).strip().rstrip(".")) if complaint else None
    if answer["status"] in ("crashed", "timed_out", "failed") and answer["result"]:
        detail = said or _last_words(answer["stderr"])
        return "The process {0} while {1} ({2}).".format(_END[answer["status"]].format(**answer), child["step"], detail)
    if answer["status"] != "ok":
        return answer["error"]
    for name in sorted(child["errors"]):
        return "{0} failed with {1}.".format(name, child["errors"][name].rstrip("."))
    for name in sorted(child["works"]):
        if child["works"][name] is False:
            return "{0} gave a wrong result.".format(name)
    return said + "." if said else None


def _last_words(stderr):
    """What a process said in the end, and which protobuf it was in then, as far as it shows that."""
    names = [os.path.basename(path) for path in crashed_libraries(stderr)]
    guilty = [name for name in names if "protobuf" in name]
    if not guilty and _PROTOBUF_SYMBOL.search(stderr):
        guilty = ["google::protobuf"]
    return telling_line(stderr, "no message") + (" in " + ", ".join(guilty) if guilty else "")
