# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copy or download the files to install into a folder of our own, and verify them before anything is changed."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import hashlib
import os
import stat

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import (
    check_room,
    fsync,
    is_file_name,
    make_folder,
    remove,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.download import download

_BLOCK = 1 << 18


def check_names(entries):
    """Refuse names that are not those of files in one folder, and entries without exactly one source."""
    for entry in entries:
        if not is_file_name(entry["name"]):
            raise Refusal("{0!r} is not a valid file name: use the names in the manifest.".format(entry["name"]))
        if bool(entry.get("path")) == bool(entry.get("url")):
            raise Refusal("{0} needs a path or a url, and not both: give one of them.".format(entry["name"]))
        if entry.get("url") and entry.get("bytes") is None:
            sentence = "{0} has a url and no bytes: give the size that the manifest of the artefact has."
            raise Refusal(sentence.format(entry["name"]))


def stage(entry, folder, timeout, retries):
    """Return the path of our own verified copy of a file. The copy that was sent to the board for it is removed."""
    make_folder(folder, 0o700)
    target = os.path.join(folder, entry["name"])
    try:
        found = _copy(entry["path"], target) if entry.get("path") else _download(entry, target, timeout, retries)
    except EnvironmentError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise Refusal("There is no room for {0} in {1}: free some space, then run again.".format(entry["name"], folder))
    finally:
        if entry.get("path"):
            _drop_sent(entry)
    if found != entry["sha256"].lower():
        remove(target)
        raise Refusal(
            "{0} has the SHA-256 {1} instead of {2}: copy it to the {3} again.".format(
                entry["name"], found, entry["sha256"].lower(), "mirror" if entry.get("url") else "board"
            )
        )
    fsync(target)
    return target


def _copy(source, target):
    try:
        # A pipe that no process writes to would block.
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except EnvironmentError as error:
        raise Refusal("{0} cannot be read ({1}): copy it to the board again.".format(source, error.strerror))
    with os.fdopen(descriptor, "rb") as stream:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise Refusal("{0} is not a regular file: copy it to the board again.".format(source))
        check_room(os.path.dirname(target), state.st_size)
        result = hashlib.sha256()
        with _new_file(target) as copy:
            for block in iter(lambda: stream.read(_BLOCK), b""):
                copy.write(block)
                result.update(block)
    return result.hexdigest()


def _drop_sent(entry):
    """Remove the copy that was sent, .cache/jetfleet/<sum>/<name> of the user who sent it, and no other file."""
    folder = os.path.dirname(entry["path"])
    if not folder.endswith("/.cache/jetfleet/" + entry["sha256"]):
        return
    remove(entry["path"])
    for path in (folder, os.path.dirname(folder)):
        try:
            os.rmdir(path)
        except EnvironmentError:
            return  # it holds something else, or is gone


def _download(entry, target, timeout, retries):
    check_names([entry])
    check_room(os.path.dirname(target), entry["bytes"])
    with _new_file(target) as copy:
        return download(entry, copy, timeout, retries)


def _new_file(path):
    remove(path)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    # Has the name of the file: a file object of a descriptor would not.
    return open(path, "r+b")
