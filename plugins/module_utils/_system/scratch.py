# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Provide a folder for the temporary files of a program that runs as another user."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import os
import shutil
import tempfile

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import acting_as

# Where every user may have temporary files: root's TMPDIR may be closed to others.
_FOR_ALL_USERS = "/tmp"
# Nothing can be created below a file.
_NONE = "/dev/null/jetfleet"


@contextlib.contextmanager
def scratch_directory(identity):
    """Provide a folder that belongs to a user; where none can be made, a path at which none can exist."""
    path = _new(*identity)
    try:
        yield path or _NONE
    finally:
        if path:
            # Its owner could put a link to other folders there while root removes it.
            with acting_as(*identity):
                shutil.rmtree(path, ignore_errors=True)


def _new(uid, gid):
    is_own = uid == os.getuid()
    try:
        path = tempfile.mkdtemp(prefix="jetfleet-", dir=None if is_own else _FOR_ALL_USERS)
        if not is_own:
            # Where /tmp is not sticky, somebody could have put a link there.
            os.lchown(path, uid, gid)
        return path
    except EnvironmentError:
        return None
