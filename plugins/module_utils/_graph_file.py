# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.

"""Why a file cannot be a frozen TensorFlow graph that this board can parse, seen without parsing it.

A refusal is a pair: a status of the load_time facts, and the rest of a sentence that begins with the graph's name.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import mmap
import os
import stat

PROTOBUF_LIMIT = 2**31 - 1
# Wire types of GraphDef's fields node, library, version, versions, and debug_info of TensorFlow 2.
_TOP_FIELDS = {1: 2, 2: 2, 3: 0, 4: 2, 5: 2}


def graph_refusal(path, memory):
    """(status, predicate) or None; memory is what available_memory() said."""
    try:
        facts = os.stat(path)
        if stat.S_ISDIR(facts.st_mode):
            return "graph_unreadable", "is a directory: name the graph's file in it."
        if not stat.S_ISREG(facts.st_mode):
            return "graph_unreadable", "is no regular file: name a graph's file."
        if facts.st_size == 0:
            return "graph_empty", "is empty: copy the graph again."
        refusal = size_refusal(facts.st_size, memory)
        if refusal:
            return refusal
        with open(path, "rb") as stream:
            return _content_refusal(stream)
    except (IOError, OSError) as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return "graph_missing", "does not exist on this host: copy the graph there first."
        return "graph_unreadable", "cannot be read ({0}): let the user who runs this read it.".format(error.strerror)


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


def _content_refusal(stream):
    # Mapped, not read: only the pages where a node begins are touched.
    data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        return _wire_refusal(data)
    finally:
        data.close()


def _wire_refusal(data):
    """protobuf takes many a file for a message of unknown fields, so walk over the outermost fields first."""
    position = nodes = 0
    size = len(data)
    while position < size:
        start = position
        field, kind, position = _field(data, position)
        if position > size:
            reason = (
                "is cut off or no TensorFlow graph: what begins at byte {0} goes past the end at {1}; copy it again."
            )
            return "graph_invalid", reason.format(start, size)
        if _TOP_FIELDS.get(field) != kind:
            reason = "is no frozen TensorFlow graph: at byte {0} begins no field of a GraphDef; name a binary GraphDef."
            return "graph_invalid", reason.format(start)
        nodes += field == 1
    if not nodes:
        return "graph_invalid", "has no node, so it is no frozen TensorFlow graph: name a binary GraphDef."
    return None


def _field(data, position):
    """Number and wire type of a field, and where the next one begins: past the end of data if this one is cut off."""
    tag, position = _varint(data, position)
    field, kind = tag >> 3, tag & 7
    if position > len(data) or _TOP_FIELDS.get(field) != kind:
        return field, kind, position
    number, position = _varint(data, position)
    return field, kind, position + (number if kind == 2 else 0)


def _varint(data, position):
    number = shift = 0
    # A slice is bytes on every Python, where an item is not.
    for byte in bytearray(data[position : position + 10]):
        position += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number, position
    return number, len(data) + 1
