# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a child process a guest of the board: it takes only what the board's own programs leave.

It gets processor time and disk accesses that nobody else wants, it is the first to be killed where memory ends, and it gets
an error instead of memory that it must not have. Nothing of this needs privileges, and where the kernel refuses a part of it,
the rest remains.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import resource

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.memory import MEBIBYTE, guest_memory

NICE = 19
OOM_SCORE = 1000
# MB that a guest gets in any case: more than pip or an interpreter with protobuf needs, which every look at a board starts.
LEAST = 64
# Bytes of the address space that take no memory: libraries that are mapped from their files, of which a TensorFlow with CUDA
# has more than a gigabyte, and what malloc reserves for each thread.
_ADDRESSES = 2 * 1024 * MEBIBYTE
_IONICE = ("/usr/bin/ionice", "/bin/ionice")
_IDLE_CLASS = "3"


def guest_limits(reserve):
    """Return [(resource, its soft and hard limit)] for a guest that leaves `reserve` MB to others."""
    memory = guest_memory(reserve)
    if memory is None:
        return []
    memory = max(memory, LEAST * MEBIBYTE)
    # The first counts private memory that can be written, since Linux 4.7. Before that, only the second one helps.
    return [_limit(resource.RLIMIT_DATA, memory), _limit(resource.RLIMIT_AS, memory + _ADDRESSES)]


def _limit(number, most):
    """Return a limit that is no higher than before. The hard one stays: an answer may need a little more in the end."""
    soft, hard = resource.getrlimit(number)
    return number, (min(limit for limit in (most, soft, hard) if limit != resource.RLIM_INFINITY), hard)


def lower_priority():
    """Give this process, which has a session of its own, the lowest priorities."""
    os.nice(NICE)
    # The kernel may share the processor between sessions first. Then only this makes a session give way to another one.
    _write("/proc/self/autogroup", NICE)
    _write("/proc/self/oom_score_adj", OOM_SCORE)
    _idle_disk()


def _write(path, number):
    try:
        with open(path, "w") as stream:
            stream.write(str(number))
    except EnvironmentError:
        pass


def _idle_disk():
    """Make the disk accesses of this process wait for those of all others.

    Python has no call for that. The tool sets it for this process instead of starting the command, because then the error of
    a command that cannot be started would be lost. Through ctypes it would cost more, and not every Python has that.
    """
    tool = next((path for path in _IONICE if os.access(path, os.X_OK)), None)
    if tool is None:
        return
    process = os.fork()
    if process == 0:
        try:
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, 1)
            os.dup2(silent, 2)
            os.execv(tool, [tool, "-c", _IDLE_CLASS, "-p", str(os.getppid())])
        finally:
            os._exit(1)
    os.waitpid(process, 0)
