# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder of a build job: its lock, its state file, its log, and what is left of a killed one.

The job holds the lock for its life, and the kernel lets go of it when the job dies: whether a
job runs is asked of the lock, never of a process number.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import fcntl
import hashlib
import io
import json
import os
import signal
import time

from ansible.module_utils.common.text.converters import to_bytes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os, to_text
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import LIMIT, telling_line, trouble

# Every process of a job carries this variable: so those are found that outlived their job.
MARK = "JETFLEET_BUILD_JOB"
# Stands in the log before the name of a step.
STEP_MARK = b"\n== "
_TAIL_BYTES = 16384
_TAIL_LINES = 40
_PERIOD = 0.05
_PATIENCE = 10
_DIGESTED = ("name", "argv", "chdir", "creates")


def digest_steps(steps):
    """What the steps do. Their environment is left out: it says how many compilers run at once."""
    named = [[step[key] for key in _DIGESTED] for step in steps]
    return hashlib.sha256(json.dumps(to_text(named), sort_keys=True).encode("utf-8")).hexdigest()


def missing_steps(steps):
    """Indices of the steps that have not succeeded yet."""
    return [index for index, step in enumerate(steps) if not os.path.exists(step["creates"])]


class JobFolder(object):
    """One folder, which one job at a time works for."""

    def __init__(self, path):
        self.path = path
        self.log = os.path.join(path, "job.log")
        self._state = os.path.join(path, "job.json")
        self._lock = os.path.join(path, "job.lock")

    def make(self):
        if not os.path.isdir(self.path):
            os.makedirs(self.path, 0o700)
        os.chmod(self.path, 0o700)

    def lock(self):
        """Descriptor of the lock, None while a job holds it."""
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (IOError, OSError) as error:
            os.close(descriptor)
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            return None
        return descriptor

    def running(self):
        if not os.path.exists(self._lock):
            return False
        descriptor = self.lock()
        if descriptor is None:
            return True
        os.close(descriptor)
        return False

    def read(self):
        """What a job wrote last, None without one."""
        try:
            with io.open(self._state, encoding="utf-8") as stream:
                return to_os(json.load(stream))
        except (IOError, OSError, ValueError):
            return None

    def write(self, state):
        """Replace the state file as a whole, on the disk too."""
        partial = self._state + ".partial"
        with io.open(partial, "wb") as stream:
            stream.write(json.dumps(state, sort_keys=True).encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(partial, self._state)
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def log_tail(self):
        """The last lines of the log that are not empty."""
        lines = to_os(self._end(_TAIL_BYTES).decode("utf-8", "replace")).splitlines()
        return [line.rstrip() for line in lines if line.strip()][-_TAIL_LINES:]

    def fault(self):
        """Why the last step has failed, as far as its output says so: the line of it that tells most, and what the host lacks."""
        output = self._end(LIMIT).rpartition(STEP_MARK)[2]
        # The first line is the name of the step, or a part of a line.
        output = output.partition(b"\n")[2] if b"\n" in output else b""
        return dict(telling_line=telling_line(output), trouble=trouble(output))

    def _end(self, size):
        try:
            with io.open(self.log, "rb") as stream:
                stream.seek(max(0, os.path.getsize(self.log) - size))
                return stream.read()
        except (IOError, OSError):
            return b""

    def kill_leftovers(self):
        """Kill every process of this folder's job, and wait until none is left."""
        for _attempt in range(int(_PATIENCE / _PERIOD)):
            found = self._marked()
            if not found:
                return
            for pid in found:
                _kill(pid)
            time.sleep(_PERIOD)

    def _marked(self):
        mark = to_bytes("{0}={1}".format(MARK, self.path))
        return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if mark in _environment(pid)]


def _environment(pid):
    # Other users' processes cannot be read, and they are none of ours.
    try:
        with io.open("/proc/{0}/environ".format(pid), "rb") as stream:
            return stream.read().split(b"\0")
    except (IOError, OSError):
        return []


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass  # it has ended by itself
