# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a file cannot be a frozen TensorFlow graph that this board can parse, seen without parsing it.

A refusal is a pair: a status of the load_time facts, and the rest of a sentence that begins with the graph's name.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import os
import stat

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import VARINT, WireError, WireFile

PROTOBUF_LIMIT = 2**31 - 1
# Wire types of GraphDef's fields node, library, version, versions, and debug_info of TensorFlow 2.
_TOP_FIELDS = {1: 2, 2: 2, 3: 0, 4: 2, 5: 2}


def graph_refusal(path, memory):
    """(status, predicate) or None; memory is what available_memory() said."""
    return examine(path, memory, _skim)[0]


def examine(path, memory, look):
    """(refusal, None), or (None, what look(stream) returns) for a stream of what may be a graph.

    memory: bytes that a parser could get, or None where nothing is going to be parsed. look may raise WireError.
    """
    try:
        facts = os.stat(path)
        if stat.S_ISDIR(facts.st_mode):
            return ("graph_unreadable", "is a directory: name the graph's file in it."), None
        if not stat.S_ISREG(facts.st_mode):
            return ("graph_unreadable", "is no regular file: name a graph's file."), None
        if facts.st_size == 0:
            return ("graph_empty", "is empty: copy the graph again."), None
        refusal = size_refusal(facts.st_size, memory)
        if refusal:
            return refusal, None
        with open(path, "rb") as stream:
            return None, look(stream)
    except WireError as error:
        return ("graph_invalid", str(error)), None
    except (IOError, OSError) as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return ("graph_missing", "does not exist on this host: copy the graph there first."), None
        reason = "cannot be read ({0}): let the user who runs this read it."
        return ("graph_unreadable", reason.format(error.strerror)), None


def size_refusal(size, memory):
    if size > PROTOBUF_LIMIT:
        reason = "has {0} bytes, and protobuf parses at most 2 GB (2147483647 bytes): use a smaller one."
        return "graph_too_large", reason.format(size)
    # The bytes and what is made of them: no backend needs less.
    if memory is not None and 2 * size > memory:
        reason = "has {0} bytes and needs at least twice that, but only {1} bytes of memory are available: free some."
        return "graph_too_large", reason.format(size, memory)
    return None


def available_memory():
    """Bytes of memory and swap that a process can still get, or None where the kernel does not say."""
    try:
        with open("/proc/meminfo") as stream:
            sizes = dict(line.split(":", 1) for line in stream)
        return sum(int(sizes[name].split()[0]) * 1024 for name in ("MemAvailable", "SwapFree"))
    except (IOError, OSError, KeyError, ValueError):
        return None


def top_fields(wire):
    """Yield (field number, where its tag begins, where its value begins, where it ends) of a WireFile's outermost fields.

    protobuf takes many a file for a message of unknown fields: here those are an error, and so is a graph without nodes.
    """
    position = nodes = 0
    while position < wire.size:
        start = position
        field, value, position = _top_field(wire, start)
        nodes += field == 1
        yield field, start, value, position
    if not nodes:
        reason = "has no node, so it is no frozen TensorFlow graph: name a binary GraphDef."
        raise WireError(position, reason)


def _top_field(wire, start):
    """(field number, where its value begins, where it ends)"""
    tag, value = _varint(wire, start, start)
    if _TOP_FIELDS.get(tag >> 3) != tag & 7:
        reason = "is no frozen TensorFlow graph: at byte {0} begins no field of a GraphDef; name a binary GraphDef."
        raise WireError(start, reason.format(start))
    number, stop = _varint(wire, value, start)
    if tag & 7 == VARINT:
        return tag >> 3, value, stop
    if stop + number > wire.size:
        raise _past_the_end(wire, start)
    return tag >> 3, stop, stop + number


def _varint(wire, position, start):
    try:
        return wire.varint(position, wire.size)
    except WireError:
        raise _past_the_end(wire, start)


def _past_the_end(wire, start):
    reason = "is cut off or no TensorFlow graph: what begins at byte {0} goes past the end at {1}; copy it again."
    return WireError(start, reason.format(start, wire.size))


def _skim(stream):
    for _field in top_fields(WireFile(stream)):
        pass
