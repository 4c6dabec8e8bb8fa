# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repack the graph in a file: write the new bytes beside it, verify them, and only then replace the file."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import sys

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.graph_file import PROTOBUF_LIMIT, graph_refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.repack_writer import Summary, write_repacked
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.verify import Mismatch, verify_repacked
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.verify_tensorflow import (
    compare_in_tensorflow,
    has_tensorflow,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import WireError, WireFile
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.obstacles import sentence
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.original import Original
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.replacement import Replacement
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.signals import Ended, ended_by_signals


def repack(path, write, backup, executable, timeout):
    """Return what graph_repack returns; raise Refusal where the graph stays as it is.

    path: the file itself, not a symbolic link; write: False in check mode; backup: whether to keep the old file;
    executable: the interpreter whose TensorFlow compares both graphs; timeout: seconds for that.
    """
    if sys.byteorder != "little":
        # TensorFlow reads tensor_content in the byte order of its host.
        raise Refusal("{0} is not rewritten, because this host is big-endian: run this on the board.".format(path))
    refusal = graph_refusal(path)
    if refusal:
        raise Refusal("{0} {1}".format(path, refusal[1]))
    try:
        with open(path, "rb") as stream, ended_by_signals() as check_ended:
            replacement = Replacement(path, stream) if write else None
            original = replacement.original if write else Original(path, stream)
            with original.read():
                return _repack(original, replacement, backup, executable, timeout, check_ended)
    except WireError as error:
        raise Refusal("{0} {1}".format(path, error))
    except Ended as error:
        raise Refusal("{0} was not changed, because the run was ended by {1}: run again.".format(path, error))
    except EnvironmentError as error:
        raise Refusal(sentence(path, error))


def _repack(original, replacement, backup, executable, timeout, check_ended):
    """Return what repack() returns; replacement: None in check mode."""
    path = original.path
    wire = WireFile(original.stream)
    summary = Summary(wire)
    original.check()
    if summary.bytes_after > PROTOBUF_LIMIT:
        reason = "{0} would have {1} bytes, and protobuf parses at most 2 GB (2147483647 bytes): split the graph."
        raise Refusal(reason.format(path, summary.bytes_after))
    result = dict(
        changed=bool(summary.rewritten),
        path=path,
        rewritten=summary.rewritten,
        left=summary.left,
        bytes_before=wire.size,
        bytes_after=summary.bytes_after,
        backup_file=None,
        verification=None,
        diff=dict(before_header=path, after_header=path, before=_lines(summary.before), after=_lines(summary.after)),
    )
    if result["changed"] and replacement:
        compare = has_tensorflow(executable, timeout)
        try:
            with replacement.open(summary.bytes_after, backup) as out:
                result["verification"] = _write(path, wire, out, summary)
                if compare:
                    size = max(wire.size, summary.bytes_after)
                    found = _compare(executable, timeout, path, replacement.new, size)
                    result["verification"]["tensorflow"] = found
                check_ended()
                result["backup_file"] = replacement.commit()
        finally:
            replacement.discard()
    return result


def _lines(lines):
    return "".join(line + "\n" for line in lines)


def _write(path, wire, out, summary):
    """Return {tensors, values, tensorflow: None} of the copy that was written and verified; raise Refusal where it differs."""
    reason = "{0} was not changed, because the new bytes {1}: this is a bug in the module, please report it."
    try:
        write_repacked(wire, out)
        out.flush()
        found = verify_repacked(wire, WireFile(out))
    except (Mismatch, WireError) as error:
        raise Refusal(reason.format(path, error))
    expected = [sum(counts[name] for counts in summary.rewritten.values()) for name in ("tensors", "values")]
    if [found["tensors"], found["values"]] != expected:
        raise Refusal(reason.format(path, "do not hold the expected tensors"))
    return dict(found, tensorflow=None)


def _compare(executable, timeout, path, new, size):
    """Return what TensorFlow finds, see compare_in_tensorflow(); raise Refusal where it reads another graph."""
    found = compare_in_tensorflow(executable, timeout, path, new, size)
    if found["status"] == "mismatch":
        reason = (
            "{0} was not changed, because TensorFlow {1} reads a different graph from the new bytes: please report it."
        )
        raise Refusal(reason.format(path, found["version"]))
    return found
