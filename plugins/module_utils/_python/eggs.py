# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read files that lie in a directory or inside a zipped egg, as Python does."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import zipfile

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os


def list_directory(path):
    """Return the sorted names in a directory, which may lie in a zip file; [] where it does not exist."""
    try:
        return sorted(os.listdir(path))
    except EnvironmentError:
        pass
    archive, inside = split(path)
    prefix = inside + "/" if inside else ""
    names = [name[len(prefix) :] for name in _members(archive) if name.startswith(prefix)]
    return sorted(set(name.split("/")[0] for name in names if name))


def read_bytes(path):
    """Return the content of a file, which may lie in a zip file; None where it cannot be read."""
    try:
        if os.path.isfile(path):
            with open(path, "rb") as stream:
                return stream.read()
        archive, inside = split(path)
        if archive is None:
            return None
        with zipfile.ZipFile(archive) as opened:
            return opened.read(next(name for name in opened.namelist() if to_os(name) == inside))
    except (EnvironmentError, StopIteration, RuntimeError, zipfile.BadZipfile):
        return None


def read_text(path):
    """Return the content of a file as text, undecodable bytes replaced; None where it cannot be read."""
    content = read_bytes(path)
    return None if content is None else to_os(content.decode("utf-8", "replace"))


def split(path):
    """Return (zip file, name inside it) of a path that leads into a zip file, else (None, None)."""
    archive = path
    while archive not in ("/", "") and not os.path.exists(archive):
        archive = os.path.dirname(archive)
    if not os.path.isfile(archive) or not zipfile.is_zipfile(archive):
        return None, None
    return archive, path[len(archive) + 1 :]


def _members(archive):
    if archive is None:
        return []
    try:
        with zipfile.ZipFile(archive) as opened:
            return to_os(opened.namelist())
    except (EnvironmentError, zipfile.BadZipfile):
        return []
