# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The paths that a transaction may change, as [kind, path]. Kinds are module, path_file, library, constraint and state.

A path stands for everything below it, for its new file before that gets its name, and that of a Python source for its byte
code, too.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import list_folder

# What a new file is called until it gets its name: a run that is killed before leaves it.
NEW = ".jetfleet-new"
# The folder of byte code.
CACHE = "__pycache__"


def paths_of(scope, kinds):
    """Return the set of paths in a scope that are of one of the kinds."""
    return set(path for kind, path in scope if kind in kinds)


def packaged(path):
    """Return the scope of a file of a package, with the names that dpkg gives to the new and to the old one meanwhile."""
    return [["library", path + suffix] for suffix in ("", ".dpkg-new", ".dpkg-tmp")]


def existing(paths):
    """Return those of the paths that exist, with the byte code of each, each standing for everything below it."""
    found = set(name for path in paths for name in (path, path + NEW) if os.path.lexists(name))
    for path in paths:
        if path.endswith(".py"):
            found.update(_byte_code(path))
    return sorted(found)


def files_of(paths):
    """Return the existing files, links and empty folders that are one of the paths, below one, or the byte code of one."""
    found = set()
    for path in existing(paths):
        if os.path.islink(path) or not os.path.isdir(path):
            found.add(path)
            continue
        for folder, folders, files in os.walk(path):
            links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
            found.update(os.path.join(folder, name) for name in files + links)
            if not folders + files:
                found.add(folder)
    return found


def of_site(paths, site, sites):
    """Return those of the paths that lie in a site; the first of the sites has those that lie in none."""
    return [path for path in paths if max([item for item in sites if path.startswith(item + "/")] or sites[:1]) == site]


def belongs(path, paths):
    """Return whether a path is one of the paths, below one of them, or the byte code of one."""
    if path.endswith(NEW):
        path = path[: -len(NEW)]
    if source_of(path) in paths:
        return True
    while path not in paths:
        parent = os.path.dirname(path)
        if parent == path:
            return False
        path = parent
    return True


def source_of(path):
    """Return the source that a file of byte code was made from, None for another file.

    A compilation that was killed leaves NAME.pyc.NUMBER.
    """
    folder, name = os.path.split(path)
    if os.path.basename(folder) == CACHE:
        return os.path.join(os.path.dirname(folder), name.split(".")[0] + ".py")
    return path[:-1] if name.endswith((".pyc", ".pyo")) else None


def _byte_code(source):
    """Return the files that Python compiled from a source, and those that it was compiling when it was killed."""
    folder, name = os.path.split(source)
    cache = os.path.join(folder, CACHE)
    stem = name[: -len("py")]
    found = [os.path.join(cache, entry) for entry in list_folder(cache) if entry.startswith(stem)]
    return found + [source + suffix for suffix in "co" if os.path.lexists(source + suffix)]
