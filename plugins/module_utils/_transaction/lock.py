# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let one run at a time change a board."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import os
import time

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import make_folder
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.lock import lock_file
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import clock

_PAUSE = 0.2


@contextlib.contextmanager
def board_lock(layout, timeout):
    """Hold the lock of the board; refuse where another run does not release it in time."""
    deadline = clock() + timeout
    descriptor = _try_lock(layout)
    while descriptor is None:
        if clock() >= deadline:
            raise Refusal(
                "Another run is changing this board (process {0}): let it finish, then run again.".format(
                    _holder(layout)
                )
            )
        time.sleep(_PAUSE)
        descriptor = _try_lock(layout)
    try:
        yield
    finally:
        os.close(descriptor)


def _try_lock(layout):
    """Return the descriptor of the locked file, None while another run holds it."""
    make_folder(layout.folder, 0o755)
    descriptor = lock_file(layout.lock)
    if descriptor is None:
        return None
    if not _is_current(descriptor, layout.lock):
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, "{0}\n".format(os.getpid()).encode("ascii"))
    return descriptor


def _is_current(descriptor, path):
    """Return whether the file still has its name: a removal removes the lock with our folder."""
    try:
        return os.fstat(descriptor).st_ino == os.stat(path).st_ino
    except EnvironmentError:
        return False


def _holder(layout):
    try:
        with open(layout.lock) as stream:
            return stream.read().strip() or "unknown"
    except EnvironmentError:
        return "unknown"
