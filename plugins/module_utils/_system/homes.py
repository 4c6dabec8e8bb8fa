# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find home directories of users of this host."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import glob
import os
import pwd

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process

_TIMEOUT = 10
_MOST = 1000


def homes():
    """Return the home of the current user, and of the user who became root with sudo."""
    result = [os.path.expanduser("~")]
    try:
        result.append(pwd.getpwnam(os.environ["SUDO_USER"]).pw_dir)
    except KeyError:
        pass  # not run with sudo, or by a user without an entry
    return sorted(set(result))


def all_homes():
    """Return the homes of all users that exist, each folder once.

    A directory service can know many users, or not answer, or not list those who have logged in: their homes are in /home.
    """
    lines = run_process(["getent", "passwd"], _TIMEOUT, dict(os.environ), guest=[])["stdout"].splitlines()
    fields = [line.split(":") for line in lines]
    listed = [entry[5] for entry in fields if len(entry) == 7 and entry[5].startswith("/")]
    found = {}
    for path in (["/root"] + listed)[:_MOST] + sorted(glob.glob("/home/*"))[:_MOST]:
        if os.path.isdir(path):
            found.setdefault(os.path.realpath(path), path)
    return sorted(found.values())
