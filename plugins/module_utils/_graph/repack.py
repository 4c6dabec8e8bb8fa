# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repack the graph in a file: survey it, write the new bytes beside it, prove them, and only then replace it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import sys

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.graph_file import PROTOBUF_LIMIT, graph_refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.repack_writer import Survey, write_repacked
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.verify import ProofError, prove
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.verify_tensorflow import (
    has_tensorflow,
    tensorflow_proof,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import WireError, WireFile
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.replacement import (
    Ended,
    Replacement,
    ended_by_signals,
)


def repack(path, write, backup, executable, timeout):
    """What graph_repack returns; a Refusal where the graph stays as it is.

    path: the file itself, no symbolic link; write: whether anything may be changed; executable: whose TensorFlow is asked;
    timeout: seconds for that.
    """
    if sys.byteorder != "little":
        # TensorFlow keeps tensor_content in the order of the host that reads it.
        raise Refusal("{0} is not rewritten, because this host is big-endian: run this on the board.".format(path))
    refusal = graph_refusal(path, None)
    if refusal:
        raise Refusal("{0} {1}".format(path, refusal[1]))
    try:
        with open(path, "rb") as stream, ended_by_signals() as check_ended:
            return _repack(path, stream, write, backup, executable, timeout, check_ended)
    except WireError as error:
        raise Refusal("{0} {1}".format(path, error))
    except Ended as error:
        raise Refusal("{0} was not changed, because the run was ended by {1}: run again.".format(path, error))
    except EnvironmentError as error:
        reason = "{0} cannot be replaced ({1}): make its folder writable and free some room there, then run again."
        raise Refusal(reason.format(path, error.strerror or error))


def _repack(path, stream, write, backup, executable, timeout, check_ended):
    replacement = Replacement(path, stream) if write else None
    wire = WireFile(stream)
    survey = Survey(wire)
    if survey.bytes_after > PROTOBUF_LIMIT:
        reason = "{0} would have {1} bytes, and protobuf parses at most 2 GB (2147483647 bytes): split the graph."
        raise Refusal(reason.format(path, survey.bytes_after))
    result = dict(
        changed=bool(survey.rewritten),
        path=path,
        rewritten=survey.rewritten,
        left=survey.left,
        bytes_before=wire.size,
        bytes_after=survey.bytes_after,
        backup_file=None,
        proof=None,
        diff=dict(before_header=path, after_header=path, before=_lines(survey.before), after=_lines(survey.after)),
    )
    if result["changed"] and write:
        ask = has_tensorflow(executable, timeout)
        try:
            with replacement.open(survey.bytes_after) as out:
                write_repacked(wire, out)
                out.flush()
                result["proof"] = _proof(path, wire, out, survey)
                if ask:
                    size = max(wire.size, survey.bytes_after)
                    result["proof"]["tensorflow"] = _ask(executable, timeout, path, replacement.new, size)
                check_ended()
                result["backup_file"] = replacement.commit(backup)
        finally:
            replacement.discard()
    return result


def _lines(lines):
    return "".join(line + "\n" for line in lines)


def _proof(path, wire, out, survey):
    """tensors and values that were found to be the same, and no word of a TensorFlow yet."""
    reason = "{0} was not changed, because the new bytes {1}: that is a fault of this module, please report it."
    try:
        proof = prove(wire, WireFile(out))
    except (ProofError, WireError) as error:
        raise Refusal(reason.format(path, error))
    expected = [sum(counts[name] for counts in survey.rewritten.values()) for name in ("tensors", "values")]
    if [proof["tensors"], proof["values"]] != expected:
        raise Refusal(reason.format(path, "hold other tensors than they should"))
    return dict(proof, tensorflow=None)


def _ask(executable, timeout, path, new, size):
    found = tensorflow_proof(executable, timeout, path, new, size)
    if found["status"] == "mismatch":
        reason = "{0} was not changed, because TensorFlow {1} reads another graph from the new bytes: please report it."
        raise Refusal(reason.format(path, found["version"]))
    return found
