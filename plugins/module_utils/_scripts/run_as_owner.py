# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Child script: become the owner of a folder and run a program in place of this one, which ends when its parent does.

Arguments: process id of the parent, user id, group id, and the program with its arguments.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import ctypes
import os
import pwd
import signal
import sys

_PR_SET_PDEATHSIG = 1


def become(uid, gid):
    if uid == os.geteuid():
        return
    os.setgid(gid)
    try:
        os.initgroups(pwd.getpwuid(uid).pw_name, gid)
    except KeyError:  # an owner without a name
        os.setgroups([gid])
    os.setuid(uid)


def main():
    parent, uid, gid = map(int, sys.argv[1:4])
    become(uid, gid)
    # A pip that outlives a killed run would write while the next run does. Changing the user forgets this.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == parent:
        os.execv(sys.argv[4], sys.argv[4:])


if __name__ == "__main__":
    main()
