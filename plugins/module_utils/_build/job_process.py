# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a build job: a daemon that runs one step after the other."""

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
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.daemon import start_daemon

_clock = getattr(time, "monotonic", time.time)
# Seconds between two looks at a step.
_PERIOD = 0.2
# Seconds between two writes of the state: a flash card wears out.
_STATE_PERIOD = 5


def detach(folder, lock, steps, timeout, state):
    """Start the job as a daemon that holds the lock; the caller keeps neither the lock nor a child."""

    def run():
        # Python ignores this signal, and the steps would inherit that.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        _Job(folder, steps, timeout, state).run()

    start_daemon(run, [lock], folder.log)
    os.close(lock)


class _Job(object):
    def __init__(self, folder, steps, timeout, state):
        self._folder = folder
        self._steps = steps
        self._deadline = _clock() + timeout
        self._state = dict(state, pid=os.getpid())

    def run(self):
        for index in missing_steps(self._steps):
            step = self._steps[index]
            self._update(step=index + 1, name=step["name"], units_done=None, units_total=None)
            begun = self._folder.log_size()
            os.write(1, STEP_MARK + to_bytes(step["name"]) + b"\n")
            code, in_time = self._run_step(step)
            # A step may leave processes behind, which must not run beside the next step.
            self._folder.kill_leftovers()
            if code != 0 or not in_time:
                self._update(status="failed", exit_status=code, timed_out=not in_time)
                return
            self._folder.keep_log(begun)
            _touch(step["creates"])
        self._update(status="done", exit_status=0)

    def _run_step(self, step):
        """Return the exit status (negative: a signal) and whether there was enough time."""
        environment = dict(_in_english(os.environ), **step["environment"])
        environment[MARK] = self._folder.path
        counter = _Counter(step["counts"], self._folder.log)
        total = counter.expected(step, environment)
        try:
            process = subprocess.Popen(step["argv"], cwd=step["chdir"], env=environment, stdin=0, close_fds=True)
        except (OSError, ValueError) as error:
            os.write(2, to_bytes("{0}: {1}\n".format(step["argv"][0], error)))
            return 127, True
        written = 0
        while process.poll() is None:
            if _clock() > self._deadline:
                self._folder.kill_leftovers()
                return process.wait(), False
            if _clock() > written + _STATE_PERIOD:
                written = _clock()
                self._update(units_done=counter.done(), units_total=total)
            time.sleep(_PERIOD)
        return process.returncode, True

    def _update(self, **changes):
        self._state.update(changes)
        self._state["elapsed"] = int(time.time() - self._state["started"])
        self._state["log_tail"] = self._folder.log_tail()
        try:
            self._folder.write(self._state)
        except (IOError, OSError):
            # A full disk: the step reports that itself, and the lock shows that the job has ended.
            traceback.print_exc()


def _in_english(variables):
    """Return the variables with English messages, which can be recognised; the character set stays that of the locale."""
    changed = dict(variables, LC_MESSAGES="C")
    changed.pop("LANGUAGE", None)
    everything = changed.pop("LC_ALL", None)
    if everything:
        changed["LC_CTYPE"] = everything
    return changed


class _Counter(object):
    """Counts the lines of the log that stand for a unit of work each."""

    def __init__(self, pattern, log):
        self._pattern = re.compile(to_bytes(pattern)) if pattern else None
        self._log = log
        self._offset = os.path.getsize(log)
        self._done = 0
        self._rest = b""

    def expected(self, step, environment):
        """Return the number of units to do, None where it is unknown."""
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
        """Return the number of units that were begun, None where nothing is counted."""
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
