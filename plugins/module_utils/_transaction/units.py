# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restart the units of systemd that a transaction is asked to restart, and see that they stay up.

A transaction notes which it has restarted: after a rollback these run on what was put back.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re
import time

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure, Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import read_json, write_json
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.proc import is_unit_name
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import clock, run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import telling_line

_PROPERTIES = ("LoadState", "ActiveState", "SubState", "Result", "Type", "ActiveEnterTimestampMonotonic")
_HOW_LOADED = {
    "not-found": "does not exist on this board: correct the name, or name the unit for the boards that have it only",
    "masked": "is masked: unmask it, or take it out of the list",
}
# What systemd itself says of each start.
_STARTED = re.compile(r"(?:Start|Stopp)(?:ed|ing) ")
_PAUSE = 0.2
# Seconds. What a program says before it ends comes to the journal after that.
_JOURNAL_PAUSE = 1
# Seconds. Units have 90 s each to stop and to start by default.
_ANSWER_TIMEOUT = 60
_RESTART_TIMEOUT = 600


def check_units(layout, names):
    """Refuse what could not be restarted."""
    for name in names:
        if not is_unit_name(name):
            raise Refusal(
                "'{0}' in restart_units is no name of a unit: give one such as detector.service.".format(name)
            )
    if names and not os.path.isdir(layout.systemd):
        raise Refusal(
            "This board runs without systemd, and {0} cannot be restarted: empty restart_units.".format(names[0])
        )
    for name in names:
        state = _state(layout, name).get("LoadState")
        if state != "loaded":
            how = _HOW_LOADED.get(state, "cannot be loaded ({0}): repair its unit file".format(state or "no answer"))
            raise Refusal("The unit {0} in restart_units {1}.".format(name, how))


class Units:
    """The units of a transaction that has begun. names: in their order; seconds: how long each has to stay active."""

    def __init__(self, layout, names, seconds):
        self._layout = layout
        self._names = names
        self._seconds = seconds

    def begin(self):
        """Note in a transaction what it has to restart, with what a killed run had to."""
        noted = self._noted()
        asked = self._names + [name for name in noted["asked"] if name not in self._names]
        if asked:
            self._note(dict(noted, asked=asked))

    def restart(self):
        """Restart them; a Failure for the first that does not stay active."""
        noted = self._noted()
        for name in noted["asked"]:
            if name not in noted["restarted"]:
                noted["restarted"].append(name)
                # Before, as a kill can come between.
                self._note(noted)
            fault = self._fault(name)
            if fault:
                raise Failure(fault)

    def restart_again(self):
        """Restart those that a transaction has restarted before it was undone; return what is wrong, a sentence each."""
        faults = [self._fault(name) for name in self._noted()["restarted"]]
        return [fault for fault in faults if fault]

    def _noted(self):
        return read_json(self._layout.units) or dict(asked=[], restarted=[])

    def _note(self, noted):
        write_json(self._layout.units, noted, 0o600)

    def _fault(self, name):
        """Restart a unit; return None, or that it did not stay active."""
        # One that has failed too often lately would not be started.
        _run(self._layout, ["reset-failed", name], _ANSWER_TIMEOUT)
        ended = _run(self._layout, ["restart", name], _RESTART_TIMEOUT)
        state = _state(self._layout, name)
        if ended["status"] != "ok":
            return self._sentence(name, state, telling_line(ended["stderr"], ended["status"]))
        entered = state.get("ActiveEnterTimestampMonotonic")
        deadline = clock() + self._seconds
        while not _has_done_its_work(state):
            # A unit that systemd starts again and again is active most of the time.
            if state.get("ActiveState") != "active" or state.get("ActiveEnterTimestampMonotonic") != entered:
                return self._sentence(name, state, "it gave no reason")
            if clock() >= deadline:
                break
            time.sleep(_PAUSE)
            state = _state(self._layout, name)
        return None

    def _sentence(self, name, state, reason):
        time.sleep(_JOURNAL_PAUSE)
        command = self._layout.journalctl + ["--no-pager", "--unit=" + name, "--lines=10", "--output=cat"]
        shown = run_process(command, _ANSWER_TIMEOUT, dict(os.environ, LC_ALL="C"))["stdout"]
        lines = [line for line in shown.splitlines() if not _is_systemd(line, name)]
        return "{0} did not stay active for {1} s after its restart (it is {2} and its result {3}: {4})".format(
            name, self._seconds, state.get("SubState"), state.get("Result"), telling_line("\n".join(lines), reason)
        )


def _is_systemd(line, name):
    return line.startswith((name + ": ", "-- ")) or _STARTED.match(line)


def _has_done_its_work(state):
    return [state.get(name) for name in ("Type", "ActiveState", "Result")] == ["oneshot", "inactive", "success"]


def _state(layout, name):
    ended = _run(layout, ["show", "--property=" + ",".join(_PROPERTIES), name], _ANSWER_TIMEOUT)
    return dict(line.partition("=")[::2] for line in ended["stdout"].splitlines())


def _run(layout, arguments, timeout):
    return run_process(layout.systemctl + arguments, timeout, dict(os.environ, LC_ALL="C"))
