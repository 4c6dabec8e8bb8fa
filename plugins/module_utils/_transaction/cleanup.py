# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remove files of protobuf from a folder on the search path: whole copies, and what an installation left behind."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import io
import os
import re
import stat
import zipfile

from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.permissions import module_part
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import list_folder, remove, write_whole
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import (
    EASY_INSTALL,
    folder_stashes,
    is_egg,
    metadata_names,
    stashes,
)

_PARTS = ("protobuf", "_upb")
_NAMESPACE = re.compile(r"__init__\.py[co]?\Z")


def remove_copy(location):
    """Remove one copy: an egg with its line in easy-install.pth, or the files in a folder."""
    if is_egg(location):
        remove(location)
        _forget_egg(location)
        return
    google = os.path.join(location, "google")
    for part in _PARTS:
        remove(os.path.join(google, part))
    for name in metadata_names(list_folder(location)):
        remove(os.path.join(location, name))
    # The namespace belongs to every package in it.
    if all(_NAMESPACE.match(name) or name == "__pycache__" for name in list_folder(google)):
        remove(google)


def remove_leftovers(location):
    """Remove what pip had renamed when it was killed; a folder google only if nothing but protobuf is in it."""
    for path in stashes(location):
        inside = list_folder(path) if os.path.isdir(path) else []
        if os.path.basename(path).endswith("oogle") and set(inside) - set(_PARTS + ("__pycache__", "__init__.py")):
            continue
        remove(path)
    for path in folder_stashes(location):
        if _is_protobuf_alone(path):
            remove(path)


def _is_protobuf_alone(folder):
    inside = list_folder(folder)
    beside = set(inside) - set(metadata_names(inside)) - set(("google", "__pycache__"))
    return not beside and not set(list_folder(os.path.join(folder, "google"))) - set(
        _PARTS + ("__pycache__", "__init__.py")
    )


def remove_incomplete_metadata(location):
    """Remove metadata without the list of files, which a killed pip had not written yet: pip fails on it."""
    for name in metadata_names(list_folder(location)):
        path = os.path.join(location, name)
        if name.endswith(".dist-info") and not os.path.exists(os.path.join(path, "RECORD")):
            remove(path)


def remove_files_beside(location, wheel):
    """Remove the files and metadata of protobuf that are not in the wheel: those of a release whose metadata was lost."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(to_os(archive.namelist()))
    tops = set(name.split("/")[0] for name in names)
    for name in metadata_names(list_folder(location)):
        if name not in tops:
            remove(os.path.join(location, name))
        elif name.endswith(".dist-info"):
            _remove_unlisted(os.path.join(location, name))
    for part in _PARTS:
        for folder, folders, files in os.walk(os.path.join(location, "google", part), topdown=False):
            inside = os.path.relpath(folder, location)
            for name in files + [name for name in folders if os.path.islink(os.path.join(folder, name))]:
                if not _is_from(inside, name, names):
                    os.unlink(os.path.join(folder, name))
            if not os.listdir(folder):
                os.rmdir(folder)


def wheel_bytes(wheel):
    """Return the size of the files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return sum(item.file_size for item in archive.infolist())


def _remove_unlisted(metadata):
    """Remove what pip's list of files does not name: a killed pip leaves the list that it was writing, RECORD*.tmp."""
    listed = module_part(os.path.join(metadata, "RECORD")).paths
    for name in list_folder(metadata):
        path = os.path.join(metadata, name)
        if os.path.isfile(path) and os.path.normpath(path) not in listed:
            os.unlink(path)


def _is_from(folder, name, names):
    """Return whether a file is one of the names or compiled from one. A killed compilation leaves NAME.pyc.NUMBER."""
    path = folder + "/" + name
    if path in names or not name.endswith((".pyc", ".pyo")):
        return path in names
    if folder.endswith("/__pycache__"):
        return "{0}/{1}.py".format(os.path.dirname(folder), name.split(".")[0]) in names
    return path[:-1] in names


def _forget_egg(egg):
    """Remove the line of an egg; without any egg only the lines of setuptools itself are left, and the file goes."""
    path = os.path.join(os.path.dirname(egg), EASY_INSTALL)
    if not os.path.exists(path):
        return
    with io.open(path, encoding="latin-1", newline="") as stream:
        lines = stream.read().splitlines(True)
    left = [line for line in lines if os.path.basename(line.strip()) != os.path.basename(egg)]
    if not [line for line in left if line.strip() and not line.startswith("import ")]:
        remove(path)
    elif left != lines:
        state = os.stat(path)
        owner = (state.st_uid, state.st_gid)
        write_whole(path, "".join(left).encode("latin-1"), stat.S_IMODE(state.st_mode), owner)
