# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copy or download the files to install into a folder of our own, and verify them before anything is changed."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import errno
import hashlib
import os
import signal
import socket
import stat
import time

from ansible.module_utils.common.text.converters import to_native
from ansible.module_utils.six.moves.http_client import HTTPException
from ansible.module_utils.six.moves.urllib.error import HTTPError, URLError
from ansible.module_utils.urls import open_url
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import (
    check_room,
    fsync,
    is_file_name,
    make_folder,
    remove,
)

_BLOCK = 1 << 18
_PAUSE = 1


class _TimeIsUp(Exception):
    pass


def check_names(entries):
    """Refuse names that are not those of files in one folder, and entries without exactly one source."""
    for entry in entries:
        if not is_file_name(entry["name"]):
            raise Refusal("{0!r} is not a valid file name: use the names in the manifest.".format(entry["name"]))
        if bool(entry.get("path")) == bool(entry.get("url")):
            raise Refusal("{0} needs a path or a url, and not both: give one of them.".format(entry["name"]))


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
            "{0} has the SHA-256 {1} instead of {2}: copy it to the board again.".format(
                entry["name"], found, entry["sha256"].lower()
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
    with _new_file(target) as copy, _time_limit(timeout, entry):
        for left in range(retries, -1, -1):
            try:
                return _fetch(entry["url"], copy, timeout)
            except HTTPError as error:
                # Only what can succeed later is requested again.
                cause, left = "HTTP {0}".format(error.code), left if error.code >= 500 or error.code == 416 else 0
                if error.code == 416:
                    copy.truncate(0)
            except (HTTPException, URLError, socket.error) as error:
                if getattr(error, "errno", None) == errno.ENOSPC:
                    raise
                cause = to_native(error)
            if not left:
                raise Refusal("{0} cannot be fetched ({1}): repair the mirror.".format(entry["url"], cause))
            time.sleep(_PAUSE)


def _fetch(url, copy, timeout):
    """Fetch what is still missing; return the SHA-256 of the whole file."""
    copy.seek(0, os.SEEK_END)
    start = copy.tell()
    answer = open_url(url, headers={"Range": "bytes={0}-".format(start)} if start else {}, timeout=timeout)
    if start and answer.getcode() != 206:
        start = 0
        copy.seek(0)
        copy.truncate(0)
    length = int(answer.headers.get("Content-Length") or 0)
    check_room(os.path.dirname(copy.name), length)
    for block in iter(lambda: answer.read(_BLOCK), b""):
        copy.write(block)
    copy.flush()
    if length and copy.tell() < start + length:
        raise URLError("the connection ended after {0} bytes".format(copy.tell()))
    copy.seek(0)
    result = hashlib.sha256()
    for block in iter(lambda: copy.read(_BLOCK), b""):
        result.update(block)
    return result.hexdigest()


def _new_file(path):
    remove(path)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    # Has the name of the file: a file object of a descriptor would not.
    return open(path, "r+b")


@contextlib.contextmanager
def _time_limit(seconds, entry):
    """Interrupt any wait for the network, also for name servers."""

    def stop(dummy_signal, dummy_frame):
        raise _TimeIsUp

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except _TimeIsUp:
        raise Refusal(
            "{0} could not be fetched within {1} s: repair the link or allow more time.".format(entry["url"], seconds)
        )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
