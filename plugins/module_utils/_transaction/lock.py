# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run at a time on a board. The kernel lets go of the lock when its holder dies."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import errno
import fcntl
import os
import time

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import make_folder

_PAUSE = 0.2
_clock = getattr(time, "monotonic", time.time)


@contextlib.contextmanager
def board_lock(board, timeout):
    """Hold the lock of the board; a Refusal when another run does not let go of it in time."""
    deadline = _clock() + timeout
    descriptor = _try_lock(board)
    while descriptor is None:
        if _clock() >= deadline:
            raise Refusal(
                "Another run is changing this board (process {0}): let it finish, then run again.".format(
                    _holder(board)
                )
            )
        time.sleep(_PAUSE)
        descriptor = _try_lock(board)
    try:
        yield
    finally:
        os.close(descriptor)


def _try_lock(board):
    """Descriptor of the locked file, None while another run has it."""
    make_folder(board.folder, 0o755)
    descriptor = os.open(board.lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    # dpkg and pip must not hold the lock after us, and neither must what they start.
    fcntl.fcntl(descriptor, fcntl.F_SETFD, fcntl.fcntl(descriptor, fcntl.F_GETFD) | fcntl.FD_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except EnvironmentError as error:
        os.close(descriptor)
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            raise
        return None
    if not _is_current(descriptor, board.lock):
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, "{0}\n".format(os.getpid()).encode("ascii"))
    return descriptor


def _is_current(descriptor, path):
    """Whether the file still has its name: who removes the board's folder removes the lock with it."""
    try:
        return os.fstat(descriptor).st_ino == os.stat(path).st_ino
    except EnvironmentError:
        return False


def _holder(board):
    try:
        with open(board.lock) as stream:
            return stream.read().strip() or "unknown"
    except EnvironmentError:
        return "unknown"
