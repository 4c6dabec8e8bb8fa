# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep pip from installing other versions of protobuf, with one line in its configuration."""

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
    """Return the text with our line in its section [install]; refuse a text with another constraint."""
    _check(text, path)
    if _ours(text, path) is not None:
        return text
    line = _line(path)
    lines = text.splitlines(True)
    for number, found in enumerate(lines):
        if _section(found) == "install":
            if not found.endswith(("\n", "\r")):
                # The last line of a file needs no line end; without_line restores that.
                return text + "\n" + line.rstrip("\n")
            return "".join(lines[: number + 1] + [line] + lines[number + 1 :])
    return _HEAD + line + text


def without_line(text, path):
    """Return the text without our line, and without the section if that is ours as well."""
    number = _ours(text, path)
    if number is None:
        return text
    head = _HEAD + _line(path)
    if text.startswith(head):
        rest = text[len(head) :]
        # Options that were added to our section since stay in it.
        return rest if _is_section_or_nothing(rest) else "[install]\n" + rest
    lines = text.splitlines(True)
    if not lines[number].endswith("\n"):
        lines[number - 1] = lines[number - 1].rstrip("\n")
    return "".join(lines[:number] + lines[number + 1 :])


def check_constraint(layout, wanted):
    """Refuse a configuration with another constraint."""
    if wanted:
        _check(_read(layout.pip_conf), layout.constraints)


def constraint_differs(layout, wanted, version):
    """Return whether apply_constraint would change anything."""
    text = _read(layout.pip_conf)
    if not wanted:
        return _ours(text, layout.constraints) is not None or os.path.lexists(layout.constraints)
    return _ours(text, layout.constraints) is None or _read(layout.constraints) != _content(version)


def constraint_fact(layout, version):
    """Return whether the constraint is in place for this version; None for a part of it, or that of another version."""
    if not constraint_differs(layout, False, version):
        return False
    return None if constraint_differs(layout, True, version) else True


def apply_constraint(layout, wanted, version):
    """Put the constraint in place for one version, or remove it."""
    if not constraint_differs(layout, wanted, version):
        return
    text = _read(layout.pip_conf)
    if wanted:
        write_whole(layout.constraints, _content(version).encode("ascii"), 0o644)
        _write(layout.pip_conf, text, with_line(text, layout.constraints))
    else:
        _write(layout.pip_conf, text, without_line(text, layout.constraints))
        remove(layout.constraints)


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
    """Yield (number of the line, value) of each constraint that applies to pip install."""
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
            "pip's configuration names the constraint {0} already: remove it, or set python_protobuf_pip_constraint to false.".format(
                others[0]
            )
        )


def _read(path):
    """Return a file with every byte as one character, so that what is not ours is written back unchanged."""
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
