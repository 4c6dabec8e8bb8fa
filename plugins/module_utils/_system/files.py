# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read, write and remove files and folders."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import hashlib
import io
import json
import os
import re
import shutil
import stat

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os

# Names of files and ABI keys come from other hosts and become parts of paths: they must not lead anywhere else.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~!-]*\Z")


def is_file_name(name):
    """Return whether a name can be that of an artefact or its folder."""
    return bool(_NAME.match(name))


def read_text(path):
    """Return the content of a small text file, undecodable bytes replaced; None where it cannot be read."""
    try:
        with io.open(path, encoding="utf-8", errors="replace") as stream:
            return to_os(stream.read())
    except EnvironmentError:
        return None


def read_lines(path):
    """Return the lines of a small text file, [] where it cannot be read."""
    return (read_text(path) or "").splitlines()


def digest(algorithm, path):
    """Return the hexadecimal digest of a file; None where it cannot be read or the algorithm is forbidden (FIPS: md5)."""
    try:
        result = hashlib.new(algorithm)
        with open_regular(path) as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                result.update(block)
    except (EnvironmentError, ValueError):
        return None
    return result.hexdigest()


def open_regular(path):
    """Open a regular file to read bytes; an IOError for anything else: a pipe would block, and a device may have no end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise IOError(errno.EINVAL, "is not a regular file", path)
    return os.fdopen(descriptor, "rb")


def read_bounded(path, most):
    """Return the bytes of a file, read once; None where it cannot be read or has more than that many."""
    try:
        with open_regular(path) as stream:
            content = stream.read(most + 1)
    except EnvironmentError:
        return None
    return content if len(content) <= most else None


def read_json(path):
    """Return the value in a JSON file, None where it cannot be read."""
    try:
        return to_os(json.loads(read_text(path) or ""))
    except ValueError:
        return None


def list_folder(path):
    """Return the sorted names in a folder, [] where it does not exist."""
    try:
        return sorted(os.listdir(path))
    except EnvironmentError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return []
        raise


def make_folder(path, mode):
    """Create a folder with exactly this mode; it may exist already."""
    if not os.path.isdir(path):
        os.makedirs(path, mode)
    os.chmod(path, mode)


def write_whole(path, content, mode, owner=None):
    """Replace a file so that even after a loss of power it holds either the old bytes or the new ones.

    owner: (uid, gid), or None for that of this process.
    """
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
    """Replace a file with a value as JSON, see write_whole()."""
    write_whole(path, json.dumps(value, indent=1, sort_keys=True).encode("ascii") + b"\n", mode)


def remove(path):
    """Remove a file, a link or a folder; it need not exist."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def fsync(path):
    """Flush a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_room(path, needed):
    """Raise Refusal where the file system of a path, which need not exist, has fewer free bytes than needed."""
    state = os.statvfs(existing_folder(path))
    free = state.f_bavail * state.f_frsize
    if free < needed:
        raise Refusal(
            "{0} has {1} MB free and {2} MB are needed: free some space, then run again.".format(
                existing_folder(path), free >> 20, (needed >> 20) + 1
            )
        )


def check_rooms(needs):
    """Do the same for several [(path, bytes)], some of which can be on one file system."""
    devices = [os.stat(existing_folder(path)).st_dev for path, dummy in needs]
    for number, device in enumerate(devices):
        check_room(needs[number][0], sum(need[1] for need, other in zip(needs, devices) if other == device))


def existing_folder(path):
    """Return a path where it is a folder, else the nearest folder above it."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path
