# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The paths that a transaction may change, as patterns: [kind, folder, pattern of the names in it].

A name that matches stands for everything below it. Kinds are module, library, constraint and state.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

EASY_INSTALL = "easy-install.pth"


def _stashed(name):
    """Return the pattern of the names that pip gives to what it is about to remove: a tilde replaces the first letters."""
    return "~[-~.=%0-9]*(?:" + "|".join(re.escape(name[cut:]) for cut in range(1, len(name))) + ")"


_METADATA = r"-.*\.(?:dist-info|egg-info)"
_BESIDE = "|".join(
    ("protobuf" + _METADATA, r"protobuf.*-nspkg\.pth", r"protobuf-.*\.egg", re.escape(EASY_INSTALL))
    + (_stashed("protobuf") + "-.*", _stashed("google"))
)
_IN_GOOGLE = "|".join(("protobuf", "_upb", r"__init__\.py[co]?", _stashed("protobuf"), _stashed("_upb")))


def is_egg(location):
    return location.endswith(".egg")


def module_scope(location):
    """Return the scope of a copy of protobuf: an egg, or the files in a folder on the search path."""
    if is_egg(location):
        return [exact("module", location), exact("module", os.path.join(os.path.dirname(location), EASY_INSTALL))]
    google = os.path.join(location, "google")
    return [
        ["module", location, _BESIDE],
        ["module", google, _IN_GOOGLE],
        ["module", os.path.join(google, "__pycache__"), r"__init__\..*"],
    ]


def metadata_names(names):
    """Return those of the names that are metadata of a protobuf beside its files."""
    expression = _pattern("protobuf" + _METADATA + r"|protobuf.*-nspkg\.pth")
    return [name for name in names if expression.match(name)]


def stashes(location):
    """Return what a killed pip left in a folder on the search path."""
    google = os.path.join(location, "google")
    found = _matching(location, _stashed("protobuf") + "-.*|" + _stashed("google"))
    return found + _matching(google, _stashed("protobuf") + "|" + _stashed("_upb"))


def folder_stashes(location):
    """Return the same where pip removed everything in the folder, and so had renamed the folder itself."""
    folder, name = os.path.split(location)
    return _matching(folder, _stashed(name))


def exact(kind, path):
    """Return the scope of one path."""
    return [kind, os.path.dirname(path), re.escape(os.path.basename(path))]


def packaged(kind, path):
    """Return the scope of a file of a package, with the names that dpkg gives to the new and to the old one meanwhile."""
    kind, folder, pattern = exact(kind, path)
    return [kind, folder, pattern + r"(?:\.dpkg-(?:new|tmp))?"]


def tops(scope):
    """Return the existing paths of the scope, each standing for everything below it."""
    return sorted(set(path for item in scope for path in _matching(item[1], item[2])))


def belongs(path, scope):
    """Return whether a path is part of the scope."""
    for item in scope:
        folder = item[1] + "/"
        if path.startswith(folder) and _pattern(item[2]).match(path[len(folder) :].partition("/")[0]):
            return True
    return False


def _matching(folder, pattern):
    try:
        names = os.listdir(folder)
    except EnvironmentError:
        return []
    expression = _pattern(pattern)
    return [os.path.join(folder, name) for name in sorted(names) if expression.match(name)]


def _pattern(pattern):
    return re.compile("(?:" + pattern + r")\Z")
