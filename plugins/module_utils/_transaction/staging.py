# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring the files that are to be installed into a folder of our own, and prove them before anything changes."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import errno
import hashlib
import os
import re
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
    make_folder,
    remove,
)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~!-]*\Z")
_BLOCK = 1 << 18
_PAUSE = 1


class _TimeIsUp(Exception):
    pass


def check_names(entries):
    """Refuse what cannot be the name of a file in a folder."""
    for entry in entries:
        if not _NAME.match(entry["name"]):
            raise Refusal("{0!r} is no name of a file: use the names in the manifest.".format(entry["name"]))
        if bool(entry.get("path")) == bool(entry.get("url")):
            raise Refusal("{0} needs a path or a url, and not both: give one of them.".format(entry["name"]))


def stage(entry, folder, timeout, retries):
    """Path of our own copy of a file, whose SHA-256 is what it should be. What was sent to the board for it is gone."""
    make_folder(folder, 0o700)
    target = os.path.join(folder, entry["name"])
    try:
        found = _copy(entry["path"], target) if entry.get("path") else _download(entry, target, timeout, retries)
    except EnvironmentError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise Refusal("There is no room for {0} in {1}: free some, then run again.".format(entry["name"], folder))
    finally:
        if entry.get("path"):
            _drop_sent(entry)
    if found != entry["sha256"].lower():
        remove(target)
        raise Refusal(
            "{0} has the SHA-256 {1} instead of {2}: bring it to the board again.".format(
                entry["name"], found, entry["sha256"].lower()
            )
        )
    fsync(target)
    return target


def _copy(source, target):
    try:
        # A pipe that nobody writes to would block.
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except EnvironmentError as error:
        raise Refusal("{0} cannot be read ({1}): bring it to the board again.".format(source, error.strerror))
    with os.fdopen(descriptor, "rb") as stream:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise Refusal("{0} is no file: bring it to the board again.".format(source))
        check_room(os.path.dirname(target), state.st_size)
        result = hashlib.sha256()
        with _new_file(target) as copy:
            for block in iter(lambda: stream.read(_BLOCK), b""):
                copy.write(block)
                result.update(block)
    return result.hexdigest()


def _drop_sent(entry):
    """The copy that was sent lies in .cache/jetfleet/<sum>/<name> of who sent it; other files are not ours to remove."""
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
                # Only what the server may get over is asked for again.
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
    """Fetch what is still missing; the SHA-256 of all of it."""
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
    # Names the file: a file object of a descriptor would not.
    return open(path, "r+b")


@contextlib.contextmanager
def _time_limit(seconds, entry):
    """End whatever the network is waiting for, name servers too."""

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
