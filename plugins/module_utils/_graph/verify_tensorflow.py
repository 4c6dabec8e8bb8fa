# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the TensorFlow of an interpreter, if it has one, says to a graph and to its repacked copy."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible.module_utils.common.text.converters import to_bytes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.graph_file import available_memory
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import compare_graphs
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import child_source, run_child
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal

# Imported above, so that Ansible sends it along.
# Processor only: a board's graphics memory is its memory. And nothing but errors on the way.
_ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
# A parsed graph in the pure Python backend takes so many times its file: measured with protobuf 3.6.0 and float_val.
_MEMORY_PER_BYTE = 16
_FACTS = ("version", "imported", "constants", "constants_equal", "outputs_equal")


def has_tensorflow(executable, timeout):
    """Whether the interpreter would find a TensorFlow; a Refusal where it cannot be run."""
    child = run_child(executable, child_source(compare_graphs), {}, timeout)
    if child["result"] is None:
        raise Refusal(child["error"])
    return child["result"]["found"]


def tensorflow_proof(executable, timeout, old, new, size):
    """version, status, imported, constants, constants_equal, outputs_equal, error; what is not known is None.

    size: bytes of the larger file. status is ok, mismatch, failed, crashed, timed_out or too_large; only with mismatch the
    graphs differ, and with the others an error says what could not be run.
    """
    facts = dict.fromkeys(_FACTS)
    memory = available_memory()
    if memory is not None and _MEMORY_PER_BYTE * size > memory:
        reason = "TensorFlow was not asked, because {0} bytes of memory are available and parsing may need {1}."
        return dict(facts, status="too_large", error=reason.format(memory, _MEMORY_PER_BYTE * size))
    arguments = dict(old=list(bytearray(to_bytes(old))), new=list(bytearray(to_bytes(new))))
    child = run_child(executable, child_source(compare_graphs), arguments, timeout, _ENVIRONMENT)
    found = child["result"] or {}
    facts.update((name, found.get(name)) for name in _FACTS)
    if found.get("status") == "mismatch" or False in (facts["constants_equal"], facts["outputs_equal"]):
        # Also where it ended badly after that.
        return dict(facts, status="mismatch", error=found["error"])
    if child["status"] != "ok":
        return dict(facts, status=child["status"], error=child["error"])
    return dict(facts, status=found["status"], error=found["error"])
