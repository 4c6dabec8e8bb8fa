# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start a daemon: a process that outlives the one that started it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import traceback


def start_daemon(run, keep, log=os.devnull):
    """Call run() in a daemon and return its process number; the caller keeps no child.

    keep: descriptors that stay open in the daemon; log: the file that its output goes to.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        # From here on nothing may return to the code of the caller.
        try:
            if os.fork() == 0:
                _detach(list(keep) + [writer], log)
                os.write(writer, str(os.getpid()).encode("ascii"))
                os.close(writer)
                run()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    pid = int(os.read(reader, 20) or 0)
    os.close(reader)
    return pid


def _detach(keep, log):
    os.setsid()
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    for descriptor, standard in ((null, 0), (output, 1), (output, 2)):
        os.dup2(descriptor, standard)
    # The caller's parent waits until no process holds the caller's pipes.
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor > 2 and descriptor not in keep:
            _close(descriptor)


def _close(descriptor):
    try:
        os.close(descriptor)
    except OSError:
        pass  # that of the listing itself
