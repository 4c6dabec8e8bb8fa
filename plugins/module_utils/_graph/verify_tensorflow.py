# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare a graph and its repacked copy with the TensorFlow of an interpreter, if it has one."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible.module_utils.common.text.converters import to_bytes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import compare_graphs
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import child_source, run_child
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import acting_as, interpreter_identity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.memory import available_memory
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.ownership import user_name

# Processor only, because a board's GPU shares its memory; and only errors in the log.
_ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
# Memory of a graph that pure Python has parsed, in units of its file's size. Measured with protobuf 3.6.0 and float_val.
_MEMORY_PER_BYTE = 16
_FACTS = ("version", "imported", "constants", "constants_equal", "outputs_equal")


def has_tensorflow(executable, timeout):
    """Return whether the interpreter finds a TensorFlow; raise Refusal where it cannot be run. timeout: seconds."""
    child = run_child(executable, child_source(compare_graphs), {}, timeout)
    if child["result"] is None:
        raise Refusal(child["error"])
    return child["result"]["found"]


def compare_in_tensorflow(executable, timeout, old, new, size):
    """Return version, status, imported, constants, constants_equal, outputs_equal and error; unknown values are None.

    old, new: paths; size: bytes of the larger file; timeout: seconds. status is ok, mismatch, failed, crashed, timed_out or
    too_large. Only with mismatch the graphs differ; with the others but ok, the error says what could not be run.
    """
    facts = dict.fromkeys(_FACTS)
    memory = available_memory()
    if memory is not None and _MEMORY_PER_BYTE * size > memory:
        reason = "TensorFlow was not run, because {0} bytes of memory are available and parsing may need {1}."
        return dict(facts, status="too_large", error=reason.format(memory, _MEMORY_PER_BYTE * size))
    unreadable = _unreadable(executable, (old, new))
    if unreadable:
        return dict(facts, status="failed", error="TensorFlow was not run, because {0}".format(unreadable))
    arguments = dict(old=list(bytearray(to_bytes(old))), new=list(bytearray(to_bytes(new))))
    child = run_child(executable, child_source(compare_graphs), arguments, timeout, _ENVIRONMENT)
    found = child["result"] or {}
    facts.update((name, found.get(name)) for name in _FACTS)
    if found.get("status") == "mismatch" or False in (facts["constants_equal"], facts["outputs_equal"]):
        # Also where the process failed after that.
        return dict(facts, status="mismatch", error=found["error"])
    if child["status"] != "ok":
        return dict(facts, status=child["status"], error=child["error"])
    return dict(facts, status=found["status"], error=found["error"])


def _unreadable(executable, paths):
    """Return which of the files the owner of the interpreter must not read, and what to do; None where he may read all."""
    with acting_as(*interpreter_identity(executable)):
        for path in paths:
            try:
                open(path, "rb").close()
            except EnvironmentError as error:
                reason = "{0} runs as {1} and cannot read {2} ({3}): make it readable for that user."
                return reason.format(executable, user_name(os.geteuid()), path, error.strerror)
    return None
