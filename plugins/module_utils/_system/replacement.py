# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replace the content of a file so that, whatever happens, its name refers to the complete old or the complete new bytes.

The new bytes are written beside the old file, under a hidden, random name. The process that replaces a file holds a lock
on it, which the kernel releases when the process dies: a hidden name that is found under the lock is a leftover.

Then both names are exchanged in one step, and what comes out is compared with what was read: if anybody changed the file
until the last moment, they are exchanged back. The old kernels and file systems that cannot do that leave a few
microseconds between the last comparison and the replacement.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import os
import shutil

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.exchange import exchange
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import check_room, fsync
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.leftovers import Leftovers
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.lock import flock
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.obstacles import check_replaceable
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.original import Original
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.signals import ignore_signals
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import telling_line

# Seconds, and bytes.
_COPY_TIMEOUT = 60
_BLOCK = 1 << 20


class Replacement:
    """Replaces one file. path: absolute, not a symbolic link; stream: the file, open for reading."""

    def __init__(self, path, stream):
        self._path = path
        self._folder = os.path.dirname(path)
        self._lock(stream)
        self._leftovers = Leftovers(path, os.fstat(stream.fileno()))
        self._leftovers.remove_all()
        # After that, as a leftover can be another name of the file.
        self.original = Original(path, stream)
        # Hidden names that may exist.
        self._made = []
        # The path of the backup, and the file with the new content and its hidden name.
        self._backup = None
        self._out = None
        self.new = None

    def _lock(self, stream):
        try:
            locked = flock(stream.fileno())
        except EnvironmentError as error:
            reason = "{0} cannot be locked ({1}): move it to a file system of this host's own."
            raise Refusal(reason.format(self._path, error.strerror))
        if not locked:
            raise Refusal("Another run is replacing {0}: let it finish, then run again.".format(self._path))

    def open(self, size, backup):
        """Return a binary file for new content of that many bytes; backup: whether the old file is kept under another name."""
        self._backup = self._leftovers.backup() if backup else None
        check_replaceable(self._path, self._backup)
        check_room(self._folder, size)
        self.new, self._out = self._new()
        return self._out

    def commit(self):
        """Move the new content into place, and return the path of the old one, None without backup."""
        self.original.check()
        # Once more, because writing takes capabilities from a file.
        self._copy_attributes(self._out)
        os.utime(_descriptor_path(self._out), None)
        os.fsync(self._out.fileno())
        # Whoever opens the file by its name after the exchange must find it locked.
        flock(self._out.fileno())
        ignore_signals()
        self._name_after_inode()
        if not self._exchange():
            self._rename()
        fsync(self._folder)
        return self._backup

    def _name_after_inode(self):
        """Give the new file the name that tells, after a kill, whether the exchange had happened."""
        name = self._leftovers.hidden_for_exchange(self.new, os.fstat(self._out.fileno()).st_ino)
        os.rename(self.new, name)
        self._made.append(name)
        self.new = name

    def _exchange(self):
        """Return whether the new file has the name now, False where names cannot be exchanged here."""
        with self.original.closed_to_writers():
            self.original.check()
            if not exchange(self.new, self._path):
                return False
            try:
                self.original.check_moved(self.new)
                if self._backup is None:
                    os.unlink(self.new)
                else:
                    os.rename(self.new, self._backup)
            except Exception:
                exchange(self.new, self._path)
                raise
        return True

    def _rename(self):
        """Give the new file the name without an exchange."""
        linked = self._backup is not None and self._back_up()
        try:
            with self.original.closed_to_writers():
                self.original.check(linked)
                os.rename(self.new, self._path)
        except Exception:
            if self._backup is not None:
                os.unlink(self._backup)
            raise

    def _back_up(self):
        """Make the backup; return whether it is another name of the file, not a copy."""
        try:
            os.link(self._path, self._backup)
        except EnvironmentError as error:
            if error.errno not in (errno.EPERM, errno.EMLINK, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
            # A file system without hard links, or a file of another user.
            self._copy()
            return False
        return True

    def _copy(self):
        check_room(self._folder, self.original.facts.st_size)
        path, copy = self._new()
        with copy:
            self.original.stream.seek(0)
            shutil.copyfileobj(self.original.stream, copy, _BLOCK)
            copy.flush()
            self._copy_attributes(copy)
            os.fsync(copy.fileno())
        os.rename(path, self._backup)

    def _new(self):
        """Return (hidden name, stream) of an empty file with the owner, mode and attributes of the old one."""
        path = self._leftovers.hidden()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._made.append(path)
        stream = os.fdopen(descriptor, "w+b")
        self._copy_attributes(stream)
        return path, stream

    def _copy_attributes(self, stream):
        # By descriptor: another user who may write to the folder could replace the name by a link.
        pair = [_descriptor_path(self.original.stream), _descriptor_path(stream)]
        ended = run_process(
            ["cp", "--attributes-only", "--preserve=all"] + pair, _COPY_TIMEOUT, dict(os.environ, LC_ALL="C")
        )
        if ended["status"] != "ok":
            reason = "The owner and mode of {0} cannot be copied ({1}): check its file system."
            raise Refusal(reason.format(self._path, telling_line(ended["stderr"], ended["cause"] or ended["status"])))
        facts = os.fstat(stream.fileno())
        if any(getattr(facts, name) != getattr(self.original.facts, name) for name in ("st_uid", "st_gid", "st_mode")):
            reason = "{0} would lose its owner or group: run this as its owner or as root."
            raise Refusal(reason.format(self._path))

    def discard(self):
        """Remove the files that were not moved into place."""
        ignore_signals()
        for path in self._made:
            try:
                self._leftovers.remove(path)
            except EnvironmentError as error:
                if error.errno != errno.ENOENT:
                    raise


def _descriptor_path(stream):
    return "/proc/{0}/fd/{1}".format(os.getpid(), stream.fileno())
