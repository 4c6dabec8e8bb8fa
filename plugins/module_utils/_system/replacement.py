# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replace the content of a file so that, whatever happens, its name refers to the complete old or the complete new bytes.

The new bytes are written beside the old file, under a hidden, random name. The process that replaces a file holds a lock
on it, which the kernel releases when the process dies: a hidden name that is found under the lock is a leftover.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import binascii
import contextlib
import errno
import hashlib
import os
import re
import shutil
import signal
import stat
import time

from ansible.module_utils.common.text.converters import to_bytes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import check_room, fsync
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.lock import flock
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import telling_line

# Seconds, and bytes.
_COPY_TIMEOUT = 60
_BLOCK = 1 << 20
# The suffix that Ansible's own modules give a backup: process and time.
_BACKUP = r"\.[0-9]+\.[0-9]{4}-[0-9]{2}-[0-9]{2}@[0-9]{2}:[0-9]{2}:[0-9]{2}~\Z"
_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Ended(Exception):
    """A signal requested the end of this process; str() names it."""


class Replacement:
    """Replaces one file. path: absolute, not a symbolic link; stream: the file, open for reading."""

    def __init__(self, path, stream):
        self._path = path
        self._stream = stream
        self._folder, self._base = os.path.split(path)
        self._old = os.fstat(stream.fileno())
        # Derived from the name of the file, so that leftovers of other files are not removed.
        self._hidden = ".jetfleet-" + hashlib.sha256(to_bytes(self._base)).hexdigest()[:16] + "-"
        # Hidden names that exist.
        self._made = []
        # The file with the new content, and its hidden name.
        self._out = None
        self.new = None
        self._lock()
        self._remove_leftovers()

    def _lock(self):
        try:
            locked = flock(self._stream.fileno())
        except EnvironmentError as error:
            reason = "{0} cannot be locked ({1}): move it to a file system of this host's own."
            raise Refusal(reason.format(self._path, error.strerror))
        if not locked:
            raise Refusal("Another run is replacing {0}: let it finish, then run again.".format(self._path))
        self._check_unchanged()

    def _check_unchanged(self):
        now = os.stat(self._path)
        if any(getattr(now, name) != getattr(self._old, name) for name in ("st_dev", "st_ino", "st_size", "st_mtime")):
            raise Refusal("{0} was changed by another process meanwhile: run again.".format(self._path))

    def _remove_leftovers(self):
        """Remove what a killed run left: hidden files, and backups that are only another name of the file itself."""
        hidden = re.compile(re.escape(self._hidden) + r"[0-9a-f]{16}\Z")
        backup = re.compile(re.escape(self._base) + _BACKUP)
        for name in os.listdir(self._folder):
            if not hidden.match(name) and not backup.match(name):
                continue
            path = os.path.join(self._folder, name)
            facts = os.lstat(path)
            if backup.match(name):
                is_leftover = (facts.st_dev, facts.st_ino) == (self._old.st_dev, self._old.st_ino)
            else:
                owners = (os.geteuid(), self._old.st_uid)
                is_leftover = stat.S_ISREG(facts.st_mode) and facts.st_nlink == 1 and facts.st_uid in owners
            if is_leftover:
                os.unlink(path)

    def open(self, size):
        """Return a binary file for new content of that many bytes, with owner, mode and attributes of the old file."""
        check_room(self._folder, size)
        self.new, self._out = self._new()
        return self._out

    def commit(self, backup):
        """Move the new content into place, and return the path of the old one, None without backup."""
        os.fsync(self._out.fileno())
        self._check_unchanged()
        target = "{0}.{1}.{2}".format(self._path, os.getpid(), time.strftime("%Y-%m-%d@%H:%M:%S~"))
        _ignore_signals()
        if backup:
            self._back_up(target)
        try:
            os.rename(self.new, self._path)
        except EnvironmentError:
            if backup:
                os.unlink(target)
            raise
        fsync(self._folder)
        return target if backup else None

    def _back_up(self, target):
        try:
            os.link(self._path, target)
        except EnvironmentError as error:
            if error.errno == errno.EEXIST:
                raise Refusal("{0} exists already: remove it, then run again.".format(target))
            if error.errno not in (errno.EPERM, errno.EMLINK, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
            # A file system without hard links, or a file of another user.
            self._copy(target)

    def _copy(self, target):
        check_room(self._folder, self._old.st_size)
        path, copy = self._new()
        with copy:
            self._stream.seek(0)
            shutil.copyfileobj(self._stream, copy, _BLOCK)
            copy.flush()
            os.fsync(copy.fileno())
        os.rename(path, target)

    def _new(self):
        """Return (hidden name, stream) of an empty file with the owner, mode and attributes of the old one."""
        path = os.path.join(self._folder, self._hidden + to_os(binascii.hexlify(os.urandom(8)).decode("ascii")))
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._made.append(path)
        stream = os.fdopen(descriptor, "w+b")
        # By descriptor: another user who may write to the folder could replace the name by a link.
        pair = ["/proc/{0}/fd/{1}".format(os.getpid(), file.fileno()) for file in (self._stream, stream)]
        ended = run_process(
            ["cp", "--attributes-only", "--preserve=all"] + pair, _COPY_TIMEOUT, dict(os.environ, LC_ALL="C")
        )
        if ended["status"] != "ok":
            reason = "The owner and mode of {0} cannot be copied ({1}): check its file system."
            raise Refusal(reason.format(self._path, telling_line(ended["stderr"], ended["cause"] or ended["status"])))
        facts = os.fstat(descriptor)
        if any(getattr(facts, name) != getattr(self._old, name) for name in ("st_uid", "st_gid", "st_mode")):
            reason = "{0} would lose its owner or group: run this as its owner or as root."
            raise Refusal(reason.format(self._path))
        return path, stream

    def discard(self):
        """Remove the files that were not moved into place."""
        _ignore_signals()
        for path in self._made:
            try:
                os.unlink(path)
            except EnvironmentError as error:
                if error.errno != errno.ENOENT:
                    raise


def _ignore_signals():
    """Protect the last steps and the cleanup from signals; ended_by_signals() restores the handlers."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def ended_by_signals():
    """Raise Ended for the signals that request the end of a process, so that it can clean up.

    Yield a function that raises Ended again: Python drops an exception that is raised in one of its own callbacks, as after
    a fork.
    """
    asked = []

    def check():
        if asked:
            raise Ended("signal {0}".format(asked[0]))

    def end(number, dummy_frame):
        _ignore_signals()
        asked.append(number)
        check()

    before = dict((number, signal.signal(number, end)) for number in _SIGNALS)
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
