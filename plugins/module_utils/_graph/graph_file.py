# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out without parsing it why a file is not a frozen TensorFlow graph that this board can parse.

A refusal is a pair: a status of the load_time facts, and a predicate whose sentence begins with the graph's name.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import os
import stat

from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import VARINT, WireError, WireFile
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.original import same_state
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.ownership import user_name

PROTOBUF_LIMIT = 2**31 - 1
_REMEDIES = {
    errno.EACCES: "make it readable for {user}",
    errno.EPERM: "make it readable for {user}",
    errno.ELOOP: "name the graph's file instead of a link that leads back to itself",
    errno.ENAMETOOLONG: "name it by a shorter path",
}
# {number: wire type} of GraphDef's fields node, library, version, versions, and TensorFlow 2's debug_info.
_TOP_FIELDS = {1: 2, 2: 2, 3: 0, 4: 2, 5: 2}


def graph_refusal(path):
    """Return (status, predicate) of a file that cannot be parsed, else None."""
    return examine(path, _skim)[0]


def examine(path, look):
    """Return (refusal, None), or (None, the result of look(stream)) for a file that may be a graph.

    look may raise WireError.
    """
    try:
        facts = os.stat(path)
        if stat.S_ISDIR(facts.st_mode):
            return ("graph_unreadable", "is a directory: name the graph's file in it."), None
        if not stat.S_ISREG(facts.st_mode):
            return ("graph_unreadable", "is not a regular file: name a graph's file."), None
        if facts.st_size == 0:
            return ("graph_empty", "is empty: copy the graph again."), None
        refusal = size_refusal(facts.st_size)
        if refusal:
            return refusal, None
        with open(path, "rb") as stream:
            refusal, found = _look(stream, look)
        if not same_state(facts, os.stat(path)):
            return ("graph_unreadable", "was changed by another process meanwhile: run again."), None
        return refusal, found
    except (IOError, OSError) as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return ("graph_missing", "does not exist on this host: copy the graph there first."), None
        remedy = _REMEDIES.get(error.errno, "find in dmesg what is wrong with its file system").format(
            user=user_name(os.geteuid())
        )
        return ("graph_unreadable", "cannot be read ({0}): {1}.".format(error.strerror, remedy)), None


def _look(stream, look):
    try:
        return None, look(stream)
    except WireError as error:
        return ("graph_invalid", str(error)), None


def size_refusal(size):
    """Return (status, predicate) of a graph of that many bytes that no protobuf parses, else None."""
    if size > PROTOBUF_LIMIT:
        reason = "has {0} bytes, and protobuf parses at most 2 GB (2147483647 bytes): use a smaller one."
        return "graph_too_large", reason.format(size)
    return None


def top_fields(wire):
    """Yield (field number, start of its tag, start of its value, its end) of a WireFile's outermost fields.

    protobuf takes many files of other kinds for a message of unknown fields: here those raise WireError, and so does a
    graph without nodes.
    """
    position = nodes = 0
    while position < wire.size:
        start = position
        field, value, position = _top_field(wire, start)
        nodes += field == 1
        yield field, start, value, position
    if not nodes:
        reason = "has no node, so it is not a frozen TensorFlow graph: name a binary GraphDef."
        raise WireError(position, reason)


def _top_field(wire, start):
    """Return (field number, start of its value, its end)."""
    tag, value = _varint(wire, start, start)
    if _TOP_FIELDS.get(tag >> 3) != tag & 7:
        reason = (
            "is not a frozen TensorFlow graph: a GraphDef has no such field as at byte {0}; name a binary GraphDef."
        )
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
    reason = "is truncated or not a TensorFlow graph: the data at byte {0} extends past the end at {1}; copy it again."
    return WireError(start, reason.format(start, wire.size))


def _skim(stream):
    for _field in top_fields(WireFile(stream)):
        pass
