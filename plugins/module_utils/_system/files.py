# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read files of which none needs to exist."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import hashlib
import io
import json
import os
import shutil

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os


def read_text(path):
    """Content of a small text file; None where it cannot be read."""
    try:
        with io.open(path, encoding="utf-8", errors="replace") as stream:
            return to_os(stream.read())
    except EnvironmentError:
        return None


def read_lines(path):
    return (read_text(path) or "").splitlines()


def digest(algorithm, path):
    """Hexadecimal digest of a file; None where it cannot be read or the algorithm is forbidden (FIPS: md5)."""
    try:
        result = hashlib.new(algorithm)
        with open(path, "rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                result.update(block)
    except (EnvironmentError, ValueError):
        return None
    return result.hexdigest()


def read_json(path):
    """What a JSON file holds, None where it cannot be read."""
    try:
        return to_os(json.loads(read_text(path) or ""))
    except ValueError:
        return None


def list_folder(path):
    """Sorted names in a folder, none where it does not exist."""
    try:
        return sorted(os.listdir(path))
    except EnvironmentError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return []
        raise


def make_folder(path, mode):
    """A folder with exactly this mode; it may exist already."""
    if not os.path.isdir(path):
        os.makedirs(path, mode)
    os.chmod(path, mode)


def write_whole(path, content, mode, owner=None):
    """Replace a file so that after a loss of power it holds the old bytes or the new ones."""
    partial = path + ".partial"
    remove(partial)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        if owner is not None:
            os.fchown(descriptor, *owner)
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    os.rename(partial, path)
    fsync(os.path.dirname(path))


def write_json(path, value, mode):
    write_whole(path, json.dumps(value, indent=1, sort_keys=True).encode("ascii") + b"\n", mode)


def remove(path):
    """Remove a file, a link or a folder; it need not exist."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def fsync(path):
    """Bring a file or the names in a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_room(path, needed):
    """Refuse where a file system has not this many bytes left."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    state = os.statvfs(path)
    free = state.f_bavail * state.f_frsize
    if free < needed:
        raise Refusal(
            "{0} has {1} MB free and {2} MB are needed: free some, then run again.".format(
                path, free >> 20, (needed >> 20) + 1
            )
        )
