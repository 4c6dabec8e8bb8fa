# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the line of a tool's output that explains why it failed."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re
from collections import OrderedDict

# Bytes and lines. Tools print the cause at the end, followed by a few hundred lines at most, such as a memory map.
LIMIT = 256 * 1024
_LAST_LINES = 2000
# Characters at both ends of a text that are looked at, whatever its size: some tools go on for long after the cause.
_HEAD = 8 * 1024
_TAIL = 120 * 1024
# Characters of a line that are searched, so that no pattern takes long, and that are shown.
_LINE_LIMIT = 500
_MAX_SHOWN = 300

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|[\x00-\x08\x0e-\x1f\x7f]")
# pip, and Python for groups of exceptions, draw a frame around the output of others.
_BOX = re.compile(r"^(?:(?:[|+]|[^\x00-\x7f]+>?) +)+(?=[\x00-\x7f])")
_NO_WORD = re.compile(r"^\W+")
_TRACEBACK = re.compile(r"^\W*(?:Exception Group )?Traceback \(most recent call last\):\s*$")
_EXCEPTION = re.compile(r"^\W*[A-Za-z_][\w.]*(?:: |\s*$)")
# There is no traceback for a syntax error in the file that Python was started with.
_SYNTAX = re.compile(r"(?:Syntax|Indentation|Tab)Error: ")
_FRAME = re.compile(r"\[0x[0-9a-f]+\]$")
_LIBRARY = re.compile(r"(/\S*?\.so[.\d]*)\(")
# Of Python, NumPy, C++, the loader and threads. The static block for thread-local variables has a size of its own: a library
# that does not fit into it never does.
_NO_MEMORY = re.compile(
    r"MemoryError|std::bad_alloc|annot allocate memory(?! in static TLS block)|[Uu]nable to allocate|[Oo]ut of memory|OpenBLAS"
    r" blas_thread_init: pthread_create|Resource temporarily unavailable"
)


def both_ends(text, head=_HEAD, tail=_TAIL):
    """Return a text, or the lines at both ends of one that is too long to be searched in a moment."""
    if len(text) <= head + tail:
        return text
    # What a cut leaves of a line could look like another line.
    start, end = text[:head], text[-tail:]
    newline = b"\n" if isinstance(text, bytes) else "\n"
    return start.rpartition(newline)[0] + newline + (end.partition(newline)[2] or end)


def lacks_memory(text):
    """Return whether what a program said shows that it got no memory."""
    return bool(_NO_MEMORY.search(both_ends(text)))


def telling_line(text, silent="it said nothing"):
    """Return the line that best explains a failure, without a full stop and shortened; `silent` where there is none.

    Lines that it announces, for example with a colon at its end, are appended.
    """
    lines = _lines(text)
    index = _telling_index([_plain(line) for line in lines], lines)
    if index is None:
        return silent
    line = " ".join([_plain(lines[index])] + _announced(lines, index)).rstrip(".: ")
    return _native(line if len(line) <= _MAX_SHOWN else line[:_MAX_SHOWN].rstrip() + " ...")


def trouble(text):
    """Return disk or memory where the output shows that the host ran out of it, else None."""
    patterns = _patterns()
    lines = [line for line in map(_plain, _lines(text)) if not patterns.NOISE.search(line)]
    for name, pattern in (("disk", patterns.DISK_FULL), ("memory", patterns.NO_MEMORY)):
        if any(pattern.search(line) for line in lines):
            return name
    return None


def lock_sentence(text):
    """Return one sentence about a lock of apt or dpkg that another process holds; None where the output shows none."""
    patterns = _patterns()
    text = "\n".join(_lines(text))
    if not patterns.LOCKED.search(text):
        return None
    holder = patterns.HOLDER.search(text)
    return _native(
        "Another process holds the lock of apt or dpkg on the board{0}: let it finish, then run again.".format(
            _who(holder) if holder else ""
        )
    )


def _patterns():
    # To compile them takes longer than many a look, of which few see a tool fail.
    from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import tool_patterns

    return tool_patterns


def _who(holder):
    named = ", " + holder.group("name") if holder.group("name") else ""
    return " (process {0}{1})".format(holder.group("pid") or holder.group("other"), _native(named))


def crashed_libraries(text):
    """Return the shared libraries in the backtrace that old releases of glibc print, without glibc's own."""
    frames = [_LIBRARY.match(line) for line in _lines(text) if _FRAME.search(line)]
    found = OrderedDict((frame.group(1), None) for frame in frames if frame)
    return [_native(path) for path in found if not re.search(r"/(?:libc|ld-linux[^/]*|libpthread)\.so[^/]*$", path)]


def _telling_index(plain, lines):
    """Return the index of the line that best explains the failure, None where there is no line."""
    patterns = _patterns()
    exceptions, frames = _tracebacks(plain, lines)
    useful = [index for index, line in enumerate(plain) if index not in frames and not patterns.NOISE.search(line)]
    own = [index for index in useful if not patterns.WRAPPER.search(plain[index])]
    faults = [index for index in own if patterns.FAULT.search(plain[index])]
    wrappers = [index for index in useful if patterns.WRAPPER.search(plain[index])]
    ranked = (
        _first(patterns.TELLING, plain, own)
        # Of several exceptions, the program ended with the last.
        + sorted(set(exceptions).intersection(own))[-1:]
        + _first(patterns.ERRORS, plain, own)
        + faults[-1:]
        # Of messages that one tool passes on to the next, the first is nearest to the fault.
        + wrappers[:1]
        + own[-1:]
        + list(range(len(lines)))[-1:]
    )
    return ranked[0] if ranked else None


def _announced(lines, index):
    """Return the lines that a line announces: the next one, and more as long as they are indented."""
    patterns = _patterns()
    if not _plain(lines[index]).endswith((":", ": Failure")):
        return []
    found = []
    for line in lines[index + 1 :]:
        plain = _plain(line)
        indented = len(line) - len(line.lstrip()) > len(lines[index]) - len(lines[index].lstrip())
        # dpkg announces a failed script of a package in words that others use afterwards: only a match at the start counts.
        if patterns.NOISE.search(plain) or patterns.WRAPPER.match(plain) or (found and not indented):
            break
        found.append(plain)
    return found


def _first(choices, plain, indices):
    for pattern in choices:
        for index in indices:
            if pattern.search(plain[index]):
                return [index]
    return []


def _tracebacks(plain, lines):
    """Return (indices of the lines with the exception at the end of a traceback, indices of the other lines of tracebacks)."""
    patterns = _patterns()
    exceptions, frames, depth = [], set(), None
    for index, line in enumerate(lines):
        indent = len(line) - len(_NO_WORD.sub("", line))
        if _TRACEBACK.match(line):
            depth = indent
        if depth is not None and (indent > depth or _TRACEBACK.match(line)):
            frames.add(index)
        # Output of other programs in between, as of compilers under make, is not an exception.
        elif _SYNTAX.match(line) or (
            depth is not None and _EXCEPTION.match(line) and not patterns.NOISE.search(plain[index])
        ):
            exceptions.append(index)
            depth = None
    return exceptions, frames


def _lines(text):
    """Return the lines that are not empty; the states of a progress bar count as lines, too."""
    lines = [line for line in re.split(r"[\r\n]+", _COLOURS.sub("", _unicode(both_ends(text)))) if line.strip()]
    return [line[:_LINE_LIMIT] for line in lines[-_LAST_LINES:]]


def _plain(line):
    return _BOX.sub("", " ".join(line.split()))


def _unicode(text):
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _native(text):
    # In Python 2 only byte strings can be formatted into a sentence.
    return text if isinstance(text, str) else text.encode("utf-8")
