# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one line of a tool's output that says why it failed. For boards, builders and the controller alike."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import tool_patterns as words

# Tools say why at the end, and after that come a few hundred lines at most, as a memory map.
LIMIT = 256 * 1024
_LAST_LINES = 2000
# No pattern may take long, and what is shown has to be read.
_LINE_LIMIT = 500
_LONGEST = 300

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|[\x00-\x08\x0e-\x1f\x7f]")
# pip, and Python for groups of exceptions, draw a frame around what others have said.
_BOX = re.compile(r"^(?:(?:[|+]|[^\x00-\x7f]+>?) +)+(?=[\x00-\x7f])")
_NO_WORD = re.compile(r"^\W+")
_TRACEBACK = re.compile(r"^\W*(?:Exception Group )?Traceback \(most recent call last\):\s*$")
_EXCEPTION = re.compile(r"^\W*[A-Za-z_][\w.]*(?:: |\s*$)")
# The parser shows no traceback for the file that Python was started with.
_SYNTAX = re.compile(r"(?:Syntax|Indentation|Tab)Error: ")
_FRAME = re.compile(r"\[0x[0-9a-f]+\]$")
_LIBRARY = re.compile(r"(/\S*?\.so[.\d]*)\(")


def telling_line(text, silent="it said nothing"):
    """The line that tells most, on one line, without a full stop and of readable length; `silent` where there is none.

    A line that announces others, as one with a colon at its end does, is told with them.
    """
    lines = _lines(text)
    index = _telling_index([_plain(line) for line in lines], lines)
    if index is None:
        return silent
    line = " ".join([_plain(lines[index])] + _announced(lines, index)).rstrip(".: ")
    return _native(line if len(line) <= _LONGEST else line[:_LONGEST].rstrip() + " ...")


def trouble(text):
    """What a machine lacks: disk, memory, or None where the output does not say so."""
    lines = [line for line in map(_plain, _lines(text)) if not words.NOISE.search(line)]
    for name, pattern in (("disk", words.DISK_FULL), ("memory", words.NO_MEMORY)):
        if any(pattern.search(line) for line in lines):
            return name
    return None


def lock_sentence(text):
    """What to do about a lock of apt or dpkg that somebody else holds; None where the output does not say so."""
    text = "\n".join(_lines(text))
    if not words.LOCKED.search(text):
        return None
    holder = words.HOLDER.search(text)
    return _native(
        "Another process holds the lock of apt or dpkg on the board{0}: let it finish, then run again.".format(
            _who(holder) if holder else ""
        )
    )


def _who(holder):
    named = ", " + holder.group("name") if holder.group("name") else ""
    return " (process {0}{1})".format(holder.group("pid") or holder.group("other"), _native(named))


def crashed_libraries(text):
    """The shared libraries through which the backtrace goes that old releases of glibc print, without glibc's own."""
    found = []
    for line in _lines(text):
        library = _LIBRARY.match(line) if _FRAME.search(line) else None
        if library and library.group(1) not in found:
            found.append(library.group(1))
    return [_native(path) for path in found if not re.search(r"/(?:libc|ld-linux[^/]*|libpthread)\.so[^/]*$", path)]


def _telling_index(plain, lines):
    """Number of the line that tells most, None where there is no line."""
    exceptions, frames = _tracebacks(plain, lines)
    speaking = [index for index, line in enumerate(plain) if index not in frames and not words.NOISE.search(line)]
    own = [index for index in speaking if not words.WRAPPER.search(plain[index])]
    faults = [index for index in own if words.FAULT.search(plain[index])]
    wrappers = [index for index in speaking if words.WRAPPER.search(plain[index])]
    ranked = (
        _first(words.TELLING, plain, own)
        # Of one exception after the other, the last is what the program ended with.
        + [index for index in exceptions if index in own][-1:]
        + _first(words.ERRORS, plain, own)
        + faults[-1:]
        # Of what was passed on from one to the next, the first is nearest to the fault.
        + wrappers[:1]
        + own[-1:]
        + list(range(len(lines)))[-1:]
    )
    return ranked[0] if ranked else None


def _announced(lines, index):
    """What belongs to a line: the next one, and more as long as they are indented."""
    if not _plain(lines[index]).endswith((":", ": Failure")):
        return []
    found = []
    for line in lines[index + 1 :]:
        plain = _plain(line)
        indented = len(line) - len(line.lstrip()) > len(lines[index]) - len(lines[index].lstrip())
        # dpkg announces a script of a package that has failed in words which others use after the fact: only a start counts.
        if words.NOISE.search(plain) or words.WRAPPER.match(plain) or (found and not indented):
            break
        found.append(plain)
    return found


def _first(patterns, plain, indices):
    for pattern in patterns:
        for index in indices:
            if pattern.search(plain[index]):
                return [index]
    return []


def _tracebacks(plain, lines):
    """(numbers of the lines with an exception that a traceback ends with, numbers of the lines of tracebacks before them)."""
    exceptions, frames, depth = [], set(), None
    for index, line in enumerate(lines):
        indent = len(line) - len(_NO_WORD.sub("", line))
        if _TRACEBACK.match(line):
            depth = indent
        if depth is not None and (indent > depth or _TRACEBACK.match(line)):
            frames.add(index)
        # What others write between the lines, as compilers under make do, is no exception.
        elif _SYNTAX.match(line) or (
            depth is not None and _EXCEPTION.match(line) and not words.NOISE.search(plain[index])
        ):
            exceptions.append(index)
            depth = None
    return exceptions, frames


def _lines(text):
    """The lines that are not empty; what a progress bar has written over counts as lines, too."""
    lines = [line for line in re.split(r"[\r\n]+", _COLOURS.sub("", _unicode(text))) if line.strip()]
    return [line[:_LINE_LIMIT] for line in lines[-_LAST_LINES:]]


def _plain(line):
    return _BOX.sub("", " ".join(line.split()))


def _unicode(text):
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _native(text):
    # In Python 2 only its own strings can be put into a sentence.
    return text if isinstance(text, str) else text.encode("utf-8")
