# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notice whatever happens to a file and to its name while a new version of it is made.

Size and time of modification can be the same after a change (rsync --inplace --times, cp -p). The time of the change of the
inode cannot be set, and while a lease is held nobody can begin to write: see fcntl(2).
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import errno
import fcntl
import os
import signal
import time

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal

_IDENTITY = ("st_dev", "st_ino")
_CONTENT = ("st_size", "st_mtime")
_INODE = ("st_ctime",)
# Seconds. Longer than a step of the clock that file systems use, of which there are at least 100 a second.
_STEP = 0.02


class Original:
    """A file that is open for reading. path: absolute, not a symbolic link; facts: its os.stat_result when it was opened."""

    def __init__(self, path, stream):
        self.path = path
        self.stream = stream
        self.facts = os.fstat(stream.fileno())
        self._leased = False
        self._compare(path, self.facts, _IDENTITY)
        # A change in the same step of the clock as the last one before would leave the same time: read after this step.
        time.sleep(_STEP)

    @contextlib.contextmanager
    def read(self):
        """Raise Refusal instead of any exception that comes from reading a file while it changed."""
        try:
            yield
        except Exception:
            self.check()
            raise

    def check(self, linked=False):
        """Raise Refusal where file or name have changed; linked: whether this process gave the file another name since."""
        self._compare(self.path, self.facts, _IDENTITY + _CONTENT + (() if linked else _INODE))

    def check_moved(self, path):
        """Raise Refusal where what this process moved to a path, which changes st_ctime, is not the unchanged file."""
        self._compare(path, self.facts, _CONTENT)
        # On an overlay, the first change of a file gives it another inode.
        self._compare(path, os.fstat(self.stream.fileno()), _IDENTITY)
        if self._leased and fcntl.fcntl(self.stream.fileno(), fcntl.F_GETLEASE) != fcntl.F_RDLCK:
            # Somebody opened it to write, and waits for the end of the lease.
            raise self._changed()

    def _compare(self, path, facts, names):
        try:
            now = os.lstat(path)
        except EnvironmentError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                raise
            raise self._changed()
        if not _same(now, facts, names):
            raise self._changed()

    def _changed(self):
        return Refusal("{0} was changed by another process meanwhile: run again.".format(self.path))

    @contextlib.contextmanager
    def closed_to_writers(self):
        """Make whoever opens the file to write wait, where the file system has leases; raise Refusal where it is open."""
        # Sent to the holder of a lease that somebody waits for, and deadly by default.
        before = signal.signal(signal.SIGIO, signal.SIG_IGN)
        try:
            self._leased = self._lease()
            yield
        finally:
            if self._leased:
                fcntl.fcntl(self.stream.fileno(), fcntl.F_SETLEASE, fcntl.F_UNLCK)
            self._leased = False
            signal.signal(signal.SIGIO, before)

    def _lease(self):
        try:
            fcntl.fcntl(self.stream.fileno(), fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except EnvironmentError as error:
            if error.errno != errno.EAGAIN:
                return False  # such as NFS
            raise Refusal("{0} is open for writing: let that process finish, then run again.".format(self.path))
        return True


def same_state(first, second):
    """Return whether two os.stat_results are those of one file in one state."""
    return _same(first, second, _IDENTITY + _CONTENT + _INODE)


def _same(first, second, names):
    return all(_exact(first, name) == _exact(second, name) for name in names)


def _exact(facts, name):
    """Return a field of os.stat_result; times in nanoseconds where the Python has those."""
    return getattr(facts, name + "_ns", getattr(facts, name))
