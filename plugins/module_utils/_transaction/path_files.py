# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take lines out of easy-install.pth, and put them back where they were."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import io
import os
import re
import stat

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import remove, write_whole

EASY_INSTALL = "easy-install.pth"
# The bytes of a letter, each taken for a character, can be what splitlines() takes for the end of a line.
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def easy_install(site):
    """Return the path of the file in a site-packages folder that lists eggs and source trees."""
    return os.path.join(site, EASY_INSTALL)


def lines_naming(path, location):
    """Return the lines of such a file that put a location on sys.path."""
    site = os.path.dirname(path)
    real = os.path.realpath(location)
    lines = [_bare(line) for line in _LINE.findall(text_of(path))]
    return [line for line in lines if line.strip() and os.path.realpath(os.path.join(site, _as_path(line))) == real]


def take_out(path, lines):
    """Remove these lines; a file that then lists nothing is removed."""
    text = text_of(path)
    left = [line for line in _LINE.findall(text) if _bare(line) not in lines]
    if "".join(left) == text:
        return
    if [line for line in left if line.strip() and not line.startswith("import ")]:
        _write(path, "".join(left))
    else:
        remove(path)


def put_back(path, lines, before):
    """Add these lines again, each in front of the line that followed it in the text before."""
    now, order = _LINE.findall(text_of(path)), _LINE.findall(before)
    for number in reversed(range(len(order))):
        line = order[number]
        found = [_bare(other) for other in now]
        if _bare(line) not in lines or _bare(line) in found:
            continue
        following = [found.index(_bare(other)) for other in order[number + 1 :] if _bare(other) in found]
        if following:
            now.insert(following[0], line if line.endswith("\n") else line + "\n")
            continue
        if now and not now[-1].endswith("\n"):
            now[-1] += "\n"
        now.append(line)
    if "".join(now) != text_of(path):
        _write(path, "".join(now))


def text_of(path):
    """Return the file with every byte as one character, so that what is not ours is written back unchanged."""
    if not os.path.isfile(path):
        return ""
    with io.open(path, encoding="latin-1", newline="") as stream:
        return stream.read()


def _bare(line):
    return line.rstrip("\r\n")


def _as_path(line):
    """Return a line of text_of() in the form that os expects."""
    content = line.encode("latin-1").strip()
    return content if str is bytes else os.fsdecode(content)  # novm


def _write(path, text):
    mode, owner = 0o644, None
    if os.path.exists(path):
        state = os.stat(path)
        mode, owner = stat.S_IMODE(state.st_mode), (state.st_uid, state.st_gid)
    write_whole(path, text.encode("latin-1"), mode, owner)
