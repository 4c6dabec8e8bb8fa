# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command with bounded time and output as a given user, and leave no process of it behind."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import os
import resource
import select
import signal
import subprocess
import time

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.guest import lower_priority
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import become
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import lacks_memory

# The PATH of root, who installs.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Bytes. A program may print endlessly, and the cause of a failure is at the end: only the end is kept.
_OUTPUT_LIMIT = 4 * 1024 * 1024
# Seconds.
_KILL_GRACE = 5
_PR_SET_PDEATHSIG = 1
# Where the child itself fails before it runs the command; Python 2.7 raises what happened there.
_ChildError = getattr(subprocess, "SubprocessError", OSError)
clock = getattr(time, "monotonic", time.time)
# KiB that the largest process had, of those since largest_process() was called.
_peaks = []


def run_process(command, timeout, environment, identity=None, dies_with_parent=False, guest=None):
    """Run a command from / in a process group of its own, which is killed as a whole in the end.

    timeout: seconds; identity: the (user id, group id) that it runs as, by default those that this process acts as;
    dies_with_parent: whether it is killed when this process is; guest: None, or for a guest of the board its limits (see
    guest.py).
    Return status, exit_code, signal, stdout, stderr and cause (of a command that could not be started);
    status is ok (exit code 0), failed, crashed (by a signal), timed_out, not_found, not_started or, for a guest that got no
    memory, unproven.
    """
    try:
        process = _start(command, environment, identity or (os.geteuid(), os.getegid()), dies_with_parent, guest)
    except (OSError, ValueError) as exception:
        missing = getattr(exception, "errno", None) in (errno.ENOENT, errno.ENOTDIR)
        cause = getattr(exception, "strerror", None) or str(exception)
        return _report("not_found" if missing else "not_started", cause=cause)
    except _ChildError:
        return _report("not_started", cause="this process must not change its user")
    try:
        stdout, stderr, in_time = _collect(process, timeout)
    finally:
        _kill_group(process)
    ended = _ended(process.returncode, in_time, _text(stdout), _text(stderr))
    return dict(ended, status="unproven") if guest is not None and _got_no_memory(ended) else ended


def largest_process():
    """Return the MB that the largest process had that ended since the last call, 0 where there was none."""
    peak = max(_peaks or [0])
    del _peaks[:]
    return peak / 1024.0


def _start(command, environment, identity, dies_with_parent, guest):
    # The standard input of this process can be the module's source: the command must not read from it.
    devnull = os.open(os.devnull, os.O_RDONLY)
    bind = _binding() if dies_with_parent else None

    def prepare_child():
        os.setsid()
        # A limit of one byte stops core files and, unlike zero, core handlers such as apport too.
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (0 if hard == 0 else 1, hard))
        if guest is not None:
            lower_priority()
        become(*identity)
        # After that, because a process that changes its user forgets it.
        if bind:
            bind()
        # At the very end, because it is this process that gets no more memory.
        for number, pair in guest or ():
            resource.setrlimit(number, pair)

    try:
        return subprocess.Popen(
            command,
            stdin=devnull,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env=environment,
            close_fds=True,
            preexec_fn=prepare_child,
        )
    finally:
        os.close(devnull)


def _binding():
    """Return a function by which a child of this process asks the kernel to be killed when this process dies."""
    # Costs time, and a Python that was built without libffi lacks it: facts do without.
    import ctypes

    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def bind():
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return bind


def _collect(process, timeout):
    """Read both pipes until the process has ended or its time is up; return (stdout, stderr, whether it ended in time)."""
    deadline = clock() + timeout
    buffers = {process.stdout: bytearray(), process.stderr: bytearray()}
    waiting = list(buffers)
    in_time = True
    while True:
        ended = _has_ended(process)
        left = deadline - clock()
        # A process that has ended can leave a grandchild that keeps the pipes open: do not wait for that.
        ready = select.select(waiting, [], [], 0 if ended else max(0, min(left, 0.05)))[0]
        for stream in ready:
            block = os.read(stream.fileno(), 65536)
            if not block:
                waiting.remove(stream)
            buffers[stream] += block
            del buffers[stream][:-_OUTPUT_LIMIT]
        if ended and not ready:
            break
        if left <= 0:
            in_time = ended
            break
    return buffers[process.stdout], buffers[process.stderr], in_time


def _has_ended(process):
    """Return whether a process has ended, and note its largest size, which only wait4 tells for each by itself."""
    if process.returncode is None:
        try:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        except OSError:
            return process.poll() is not None  # SIGCHLD is ignored, and the process is gone
        if pid:
            process.returncode = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
            _peaks.append(usage.ru_maxrss)
    return process.returncode is not None


def _text(output):
    return to_os(bytes(output).decode("utf-8", "replace"))


def _kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        pass  # no process is left
    # A process in an uninterruptible call survives SIGKILL: do not wait for it forever.
    deadline = clock() + _KILL_GRACE
    while not _has_ended(process) and clock() < deadline:
        time.sleep(0.01)
    process.stdout.close()
    process.stderr.close()


def _ended(code, in_time, stdout, stderr):
    if not in_time:
        return _report("timed_out", None, None, stdout, stderr)
    if code < 0:
        return _report("crashed", None, -code, stdout, stderr)
    return _report("failed" if code else "ok", code, None, stdout, stderr)


def _got_no_memory(ended):
    """Return whether a guest ended because it got no memory: it says so, or the kernel has killed it."""
    if ended["status"] == "crashed" and ended["signal"] == signal.SIGKILL:
        return True
    return ended["status"] in ("crashed", "failed") and lacks_memory(ended["stderr"])


def _report(status, exit_code=None, killed_by=None, stdout="", stderr="", cause=None):
    return dict(status=status, exit_code=exit_code, signal=killed_by, stdout=stdout, stderr=stderr, cause=cause)
