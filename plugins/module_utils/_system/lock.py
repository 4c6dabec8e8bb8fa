# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lock files with flock(2): the kernel releases a lock when its last holder ends."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import fcntl
import os


def flock(descriptor, operation=fcntl.LOCK_EX | fcntl.LOCK_NB):
    """Lock an open file; return whether it is locked now, False while another process holds it."""
    try:
        fcntl.flock(descriptor, operation)
    except EnvironmentError as error:
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            raise
        return False
    return True


def lock_file(path, mode=0o600, wait=False):
    """Return the descriptor of a file that is locked now, None while another process holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, mode)
    # Programs that are started must not hold the lock after their parent.
    fcntl.fcntl(descriptor, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    locked = False
    try:
        locked = flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        if not locked:
            os.close(descriptor)
    return descriptor if locked else None


def has_open(pid, path):
    """Return whether a process has a file open: a number alone may be that of another process, or of another container."""
    folder = "/proc/{0}/fd".format(pid)
    try:
        wanted = os.stat(path)
        return any(_is(os.path.join(folder, name), wanted) for name in os.listdir(folder))
    except EnvironmentError:
        return False  # one of them is gone, or the process is another user's


def _is(path, wanted):
    try:
        return os.path.samestat(os.stat(path), wanted)
    except EnvironmentError:
        return False  # closed by now, or no file
