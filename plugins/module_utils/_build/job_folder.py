# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage the folder of a build job: its lock, its state file, its log, and the processes that a killed job left.

The job holds the lock as long as it lives, and the kernel releases it when the job dies: the
lock shows whether a job is running, never a process number.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import io
import json
import os
import shutil
import signal
import time

from ansible.module_utils.common.text.converters import to_bytes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import make_folder, read_json, write_json
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.lock import lock_file
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os, to_text
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import LIMIT, telling_line, trouble

# Every process of a job has this variable, by which those that outlived their job are found.
MARK = "JETFLEET_BUILD_JOB"
# Precedes the name of a step in the log.
STEP_MARK = b"\n== "
_TAIL_BYTES = 16384
_TAIL_LINES = 40
# Seconds between two attempts to kill, and of all attempts.
_PERIOD = 0.05
_KILL_TIMEOUT = 10
_DIGESTED = ("name", "argv", "chdir", "creates")


def digest_steps(steps):
    """Return a hexadecimal digest of what steps do, without their environment, which only sets how many compilers run at once."""
    named = [[step[key] for key in _DIGESTED] for step in steps]
    return hashlib.sha256(json.dumps(to_text(named), sort_keys=True).encode("utf-8")).hexdigest()


def missing_steps(steps):
    """Return the indices of the steps that have not succeeded yet."""
    return [index for index, step in enumerate(steps) if not os.path.exists(step["creates"])]


class JobFolder(object):
    """One folder, in which one job runs at a time."""

    def __init__(self, path):
        self.path = path
        self.log = os.path.join(path, "job.log")
        # What every step has written that has succeeded, also those of jobs before.
        self._history = os.path.join(path, "build.log")
        self._state = os.path.join(path, "job.json")
        self._lock = os.path.join(path, "job.lock")

    def make(self):
        make_folder(self.path, 0o700)

    def lock(self):
        """Return the descriptor of the lock, None while a job holds it."""
        return lock_file(self._lock)

    def running(self):
        """Return whether a job holds the lock."""
        if not os.path.exists(self._lock):
            return False
        descriptor = self.lock()
        if descriptor is None:
            return True
        os.close(descriptor)
        return False

    def read(self):
        """Return what a job wrote last, None where none did."""
        return read_json(self._state)

    def write(self, state):
        write_json(self._state, state, 0o600)

    def log_tail(self):
        """Return the last lines of the log that are not empty."""
        lines = to_os(self._end(_TAIL_BYTES).decode("utf-8", "replace")).splitlines()
        return [line.rstrip() for line in lines if line.strip()][-_TAIL_LINES:]

    def log_size(self):
        return os.path.getsize(self.log)

    def keep_log(self, begun):
        """Add the log from an offset on to what is stored with the artefact."""
        with io.open(self.log, "rb") as stream, io.open(self._history, "ab") as history:
            stream.seek(begun)
            shutil.copyfileobj(stream, history)

    def fault(self):
        """Return telling_line and trouble of the output of the last step, see tool_output.py."""
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
        for _attempt in range(int(_KILL_TIMEOUT / _PERIOD)):
            found = self._marked()
            if not found:
                return
            for pid in found:
                _kill(pid)
            time.sleep(_PERIOD)

    def _marked(self):
        mark = to_bytes("{0}={1}".format(MARK, self.path))
        pids = map(int, filter(str.isdigit, os.listdir("/proc")))
        return [pid for pid in pids if mark in _environment(pid) and self._is_of(pid)]

    def _is_of(self, pid):
        """Return whether the path is this folder for a process, too: a host sees the processes of its containers."""
        try:
            return os.path.samestat(os.stat("/proc/{0}/root{1}".format(pid, self.path)), os.stat(self.path))
        except OSError:
            return False  # it has ended


def _environment(pid):
    # Processes of other users cannot be read, and do not belong to the job.
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
