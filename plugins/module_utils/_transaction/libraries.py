# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put shared libraries beside those that are there, so that an old and a new module find their own at the same time.

dpkg removes the libraries of the old package while it installs the new one. The module that is linked to the old ones must
have been replaced by then, and that needs the new ones.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re
import shutil

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import run_tool
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import fsync, make_folder, remove
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.snapshot import entries_of, extract
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.workplace import staged_files

_TIMEOUT = 900
_LIBRARY = re.compile(r"/lib[^/]*\.so(?:\.[0-9.]+)?\Z")


def is_newer(version, other):
    """Return whether a version of a package is newer than another one (None: none is installed)."""
    return other is None or run_tool(["dpkg", "--compare-versions", version, "gt", other], _TIMEOUT)["status"] == "ok"


def place_libraries(package, folder, replaces):
    """Put the libraries of a package, given by its path, into place; return whether that changed anything.

    folder: where to unpack it; replaces: whether a file that is there already is replaced. An older library that replaced
    a newer one of the same soname would end a module that needs the newer one.
    """
    remove(folder)
    make_folder(folder, 0o700)
    ended = run_tool(["dpkg-deb", "--extract", package, folder], _TIMEOUT)
    if ended["status"] != "ok":
        raise Failure("{0} cannot be unpacked: build it again.".format(os.path.basename(package)))
    staged = staged_files(folder)
    wanted = sorted(path for path in staged if _LIBRARY.search(path) and (replaces or not os.path.lexists(path)))
    # A link comes after the file that it leads to.
    for path in sorted(wanted, key=lambda path: os.path.islink(staged[path])):
        _place(staged[path], path)
    remove(folder)
    return bool(wanted)


def place_kept_libraries(snapshot, paths):
    """Put back the libraries in a snapshot that are gone; return whether there are any."""
    gone = [path for path in entries_of(snapshot, paths) if _LIBRARY.search(path) and not os.path.lexists(path)]
    extract(snapshot, dict((path, path) for path in gone))
    return bool(gone)


def _place(source, target):
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        os.makedirs(folder, 0o755)
    # The name that dpkg gives to a new file: it removes one that it finds.
    new = target + ".dpkg-new"
    remove(new)
    if os.path.islink(source):
        os.symlink(os.readlink(source), new)
    else:
        shutil.copy2(source, new)
        fsync(new)
    os.rename(new, target)
    fsync(folder)
