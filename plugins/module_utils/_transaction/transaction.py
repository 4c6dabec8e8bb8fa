# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a change of a board as a whole, or restore the board."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import time

from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.old_processes import processes_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import commit, preparation
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.debian_package import Dpkg
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.lock import board_lock
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.snapshot import manifest_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.units import Units, check_units
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.workplace import drop_workplaces

# Seconds that an import which has begun gets to end: at least, as a multiple of what one takes here, and at most.
_SHORTEST, _IMPORTS, _LONGEST = 0.5, 3, 15


class Transaction:
    """One change of a board.

    options: those of the module; gather: a function that returns the facts, or the named subsets of them.

    Every result is that of the module, with failed.
    """

    def __init__(self, layout, options, gather):
        self.layout = layout
        self.options = options
        self.dpkg = Dpkg(layout, options["dpkg_lock_timeout"])
        self.units = Units(layout, options["restart_units"], options["restart_seconds"])
        self._unit_faults = []
        self._gather = gather
        self._pause = _SHORTEST
        # When the last file came to its place.
        self._switched = 0

    def check(self):
        """Refuse what cannot be done, before anything is changed."""
        check_units(self.layout, self.options["restart_units"])

    def result(self, changed, facts=None):
        facts = facts or self._gather()
        return dict(
            changed=changed,
            failed=False,
            rolled_back=False,
            reason=None,
            restart_needed=processes_facts(self.layout.read_state(), self.layout.proc)["old"],
            failed_units=self._unit_faults,
            ansible_facts=dict(jetfleet=facts),
        )

    def look_at(self, executable):
        """Return what preparation.look_at() does, and know from it how long imports take."""
        board = preparation.look_at(executable, self.options["timeout"])
        self._pause = min(max(_SHORTEST, _IMPORTS * board.seconds), _LONGEST)
        return board

    def wait(self):
        """Return when imports that have begun are over."""
        time.sleep(self._pause)
        self._switched = preparation.clock()

    def drop_workplaces(self):
        """Remove what was staged as soon as imports that were redirected to it are over."""
        time.sleep(max(0, self._switched + self._pause - preparation.clock()))
        drop_workplaces(self.layout)

    def roll_back(self):
        """Restore everything that a transaction can have changed, and let the units run on it that it has restarted."""
        commit.roll_back(self.layout, self.dpkg, self.wait)
        self._unit_faults = self.units.restart_again()

    def _run_locked(self):
        with board_lock(self.layout, self.options["lock_timeout"]):
            # Another run can have changed the board while this one waited.
            self.check()
            # Every user imports what is installed, whatever root keeps to himself.
            mask = os.umask(0o022)
            try:
                return self._run()
            finally:
                os.umask(mask)
                commit.tidy(self.layout)

    def _attempt(self, change):
        """Call change(); return None, or the result of a transaction that was undone."""
        try:
            change()
        # Whatever goes wrong, a full disk too, must leave the board as it was.
        except Exception as error:
            return self._undo(str(error) or type(error).__name__)
        return None

    def _undo(self, reason):
        """Restore the board, and say in one sentence why and to what."""
        cause = reason.rstrip(".")
        try:
            self.roll_back()
            self._compare(manifest_of(self.layout.transaction)["before"]["module"], self._gather()["module"])
            self.layout.drop_transaction()
            self.drop_workplaces()
            self.layout.drop_temporary()
            facts = self._gather()
        except Exception as error:
            message = "{0}; the board could not be put back ({1}): its snapshot {2} is kept, run again to try again."
            message = message.format(cause, str(error).rstrip("."), self.layout.transaction)
            return dict(self.result(True), failed=True, reason=reason, msg=message)
        message = "{0}; the board was put back to {1}".format(cause, _description(facts["module"]))
        message = "; ".join([message] + self._unit_faults) + "."
        return dict(self.result(False, facts), failed=True, rolled_back=True, reason=reason, msg=message)

    def _compare(self, before, module):
        """Raise a Failure unless the module that is imported is the one of before."""
        for name in preparation.COMPARED:
            if module[name] != before[name]:
                raise Failure(
                    "the {0} of the protobuf that is imported was {1} and is {2}".format(
                        name, before[name], module[name]
                    )
                )


def _description(module):
    if module["status"] == "ok":
        return "protobuf {0} (backend {1})".format(module["version"], module["backend"])
    return "having no protobuf" if module["status"] == "absent" else "a protobuf that cannot be imported"
