# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The build job itself: a process of its own that outlives who started it, and runs one step after the other."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re
import signal
import subprocess
import time
import traceback

from ansible.module_utils.common.text.converters import to_bytes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._build.job_folder import MARK, STEP_MARK, missing_steps

_clock = getattr(time, "monotonic", time.time)
_PERIOD = 0.2
# Seconds between two states on the disk: a flash card has better things to do.
_NEWS = 5


def detach(folder, lock, steps, timeout, state):
    """Start the job: a daemon that holds the lock. The caller keeps neither the lock nor a child."""
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        os.close(lock)
        return
    # From here on nobody may get back into the code of the caller.
    try:
        os.setsid()
        if os.fork() == 0:
            _become_daemon(folder, lock)
            _Job(folder, steps, timeout, state).run()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _become_daemon(folder, lock):
    os.setpgid(0, 0)
    os.chdir("/")
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    log = os.open(folder.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    for descriptor, standard in ((null, 0), (log, 1), (log, 2)):
        os.dup2(descriptor, standard)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) != lock:
            _close(int(name))


def _close(descriptor):
    try:
        os.close(descriptor)
    except OSError:
        pass  # that of the listing itself


class _Job(object):
    def __init__(self, folder, steps, timeout, state):
        self._folder = folder
        self._steps = steps
        self._deadline = _clock() + timeout
        self._state = dict(state, pid=os.getpid())

    def run(self):
        for index in missing_steps(self._steps):
            step = self._steps[index]
            self._news(step=index + 1, name=step["name"], units_done=None, units_total=None)
            os.write(1, STEP_MARK + to_bytes(step["name"]) + b"\n")
            code, in_time = self._run_step(step)
            # A step may leave processes behind; none may work on beside the next step.
            self._folder.kill_leftovers()
            if code != 0 or not in_time:
                self._news(status="failed", exit_status=code, timed_out=not in_time)
                return
            _touch(step["creates"])
        self._news(status="done", exit_status=0)

    def _run_step(self, step):
        """Exit status (negative: a signal) and whether there was time enough."""
        environment = dict(_in_english(os.environ), **step["environment"])
        environment[MARK] = self._folder.path
        counter = _Counter(step["counts"], self._folder.log)
        total = counter.expected(step, environment)
        try:
            process = subprocess.Popen(step["argv"], cwd=step["chdir"], env=environment, stdin=0, close_fds=True)
        except (OSError, ValueError) as error:
            os.write(2, to_bytes("{0}: {1}\n".format(step["argv"][0], error)))
            return 127, True
        told = 0
        while process.poll() is None:
            if _clock() > self._deadline:
                self._folder.kill_leftovers()
                return process.wait(), False
            if _clock() > told + _NEWS:
                told = _clock()
                self._news(units_done=counter.done(), units_total=total)
            time.sleep(_PERIOD)
        return process.returncode, True

    def _news(self, **changes):
        self._state.update(changes)
        self._state["elapsed"] = int(time.time() - self._state["started"])
        self._state["log_tail"] = self._folder.log_tail()
        try:
            self._folder.write(self._state)
        except (IOError, OSError):
            # A full disk: the step is going to say so itself, and the lock says that the job has ended.
            traceback.print_exc()


def _in_english(variables):
    """The variables of the connection, but with messages that can be told apart; the letters stay those of its locale."""
    changed = dict(variables, LC_MESSAGES="C")
    changed.pop("LANGUAGE", None)
    everything = changed.pop("LC_ALL", None)
    if everything:
        changed["LC_CTYPE"] = everything
    return changed


class _Counter(object):
    """Counts the lines of the log that are one unit of work each."""

    def __init__(self, pattern, log):
        self._pattern = re.compile(to_bytes(pattern)) if pattern else None
        self._log = log
        self._offset = os.path.getsize(log)
        self._done = 0
        self._rest = b""

    def expected(self, step, environment):
        """The number of units to do, None when nobody knows."""
        if not (self._pattern and step["count_command"]):
            return None
        with open(os.devnull, "wb") as null:
            try:
                process = subprocess.Popen(
                    step["count_command"],
                    cwd=step["chdir"],
                    env=environment,
                    stdin=0,
                    stdout=subprocess.PIPE,
                    stderr=null,
                    close_fds=True,
                )
            except (OSError, ValueError):
                return None
            output = process.communicate()[0]
        return sum(1 for line in output.splitlines() if self._pattern.search(line)) or None

    def done(self):
        """The number of units that were begun, None where nothing is counted."""
        if not self._pattern:
            return None
        with open(self._log, "rb") as stream:
            stream.seek(self._offset)
            text = stream.read()
        self._offset += len(text)
        lines = (self._rest + text).split(b"\n")
        self._rest = lines.pop()
        self._done += sum(1 for line in lines if self._pattern.search(line))
        return self._done


def _touch(path):
    with open(path, "ab") as stream:
        os.fsync(stream.fileno())
