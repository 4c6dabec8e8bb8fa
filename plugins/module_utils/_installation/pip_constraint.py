# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guard against other versions of protobuf: one line in pip's configuration, text in and text out."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import io
import os
import re
import stat

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import remove, write_whole

_SECTION = re.compile(r"[ \t]*\[([^\]]+)\]")
_HEAD = "# Added by jetfleet.protobuf.\n[install]\n"
_OPTION = re.compile(r"constraint[ \t]*[=:][ \t]*(.*)")


def with_line(text, path):
    """The text with our line in its section [install]; a Refusal when there is another constraint."""
    _check(text, path)
    if _ours(text, path) is not None:
        return text
    line = _line(path)
    lines = text.splitlines(True)
    for number, found in enumerate(lines):
        if _section(found) == "install":
            if not found.endswith(("\n", "\r")):
                # The last line of a file needs no end, and gets it back when ours goes.
                return text + "\n" + line.rstrip("\n")
            return "".join(lines[: number + 1] + [line] + lines[number + 1 :])
    return _HEAD + line + text


def without_line(text, path):
    """The text without our line, and without the section if that is ours as well."""
    number = _ours(text, path)
    if number is None:
        return text
    head = _HEAD + _line(path)
    if text.startswith(head):
        rest = text[len(head) :]
        # Who has written into our section since keeps it.
        return rest if _is_section_or_nothing(rest) else "[install]\n" + rest
    lines = text.splitlines(True)
    if not lines[number].endswith("\n"):
        lines[number - 1] = lines[number - 1].rstrip("\n")
    return "".join(lines[:number] + lines[number + 1 :])


def check_constraint(board, wanted):
    """Refuse where another constraint is there already."""
    if wanted:
        _check(_read(board.pip_conf), board.constraints)


def constraint_differs(board, wanted, version):
    """Whether apply_constraint would change anything."""
    text = _read(board.pip_conf)
    if not wanted:
        return _ours(text, board.constraints) is not None or os.path.lexists(board.constraints)
    return _ours(text, board.constraints) is None or _read(board.constraints) != _content(version)


def constraint_fact(board, version):
    """Whether the guard is in place for this version; None where only a part of it, or that of another version, is."""
    if not constraint_differs(board, False, version):
        return False
    return None if constraint_differs(board, True, version) else True


def apply_constraint(board, wanted, version):
    """Put the guard in place for one version, or take it away."""
    if not constraint_differs(board, wanted, version):
        return
    text = _read(board.pip_conf)
    if wanted:
        write_whole(board.constraints, _content(version).encode("ascii"), 0o644)
        _write(board.pip_conf, text, with_line(text, board.constraints))
    else:
        _write(board.pip_conf, text, without_line(text, board.constraints))
        remove(board.constraints)


def _line(path):
    return "constraint = {0}\n".format(path)


def _content(version):
    return "# Written by jetfleet.protobuf: set python_protobuf_pip_constraint to false to lift this.\nprotobuf=={0}\n".format(
        version
    )


def _is_section_or_nothing(text):
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", ";"))]
    return not lines or _section(lines[0]) is not None


def _section(line):
    match = _SECTION.match(line)
    return match.group(1).strip() if match else None


def _constraints(text):
    """(number of the line, value) of each constraint that holds for pip install."""
    section = None
    lines = text.splitlines()
    for number, line in enumerate(lines):
        section = _section(line) or section
        match = _OPTION.match(line)
        if match and section in ("install", "global"):
            more = []
            for following in lines[number + 1 :]:
                if not following.startswith((" ", "\t")):
                    break
                more.append(following.strip())
            yield number, " ".join([match.group(1).strip()] + more).strip()


def _ours(text, path):
    return next((number for number, value in _constraints(text) if value == path), None)


def _check(text, path):
    others = [value for dummy, value in _constraints(text) if value != path]
    if others:
        raise Refusal(
            "pip's configuration names the constraint {0} already: remove it or do without ours.".format(others[0])
        )


def _read(path):
    """Every byte of a file as one letter, so that what is not ours comes back as it was."""
    try:
        with io.open(path, encoding="latin-1", newline="") as stream:
            return stream.read()
    except EnvironmentError:
        return ""


def _write(path, before, after):
    if before == after:
        return
    real = os.path.realpath(path)
    if not after:
        remove(real)
        return
    mode, owner = 0o644, None
    if os.path.exists(real):
        state = os.stat(real)
        mode, owner = stat.S_IMODE(state.st_mode), (state.st_uid, state.st_gid)
    write_whole(real, after.encode("latin-1"), mode, owner)
