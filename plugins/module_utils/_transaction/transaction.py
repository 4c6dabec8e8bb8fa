# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a change of a board as a whole, or restore the board."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import commit
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.debian_package import Dpkg
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.lock import board_lock


class Transaction:
    """One change of a board. options: those of the module; gather: a function that returns the facts.

    Every result is that of the module, with failed.
    """

    def __init__(self, layout, options, gather):
        self.layout = layout
        self.options = options
        self.dpkg = Dpkg(layout, options["dpkg_lock_timeout"])
        self._gather = gather

    def check(self):
        """Refuse what cannot be done, before anything is changed."""

    def result(self, changed, facts=None):
        facts = facts or self._gather()
        return dict(changed=changed, failed=False, rolled_back=False, reason=None, ansible_facts=dict(jetfleet=facts))

    def _run_locked(self):
        with board_lock(self.layout, self.options["lock_timeout"]):
            # Another run can have changed the board while this one waited.
            self.check()
            try:
                return self._run()
            finally:
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
            commit.roll_back(self.layout, self.dpkg)
            self.layout.drop_temporary()
        except Exception as error:
            message = "{0}; the board could not be put back ({1}): its snapshot is kept, run again to try again."
            message = message.format(cause, str(error).rstrip("."))
            return dict(self.result(True), failed=True, reason=reason, msg=message)
        facts = self._gather()
        message = "{0}; the board was put back to {1}.".format(cause, _description(facts["module"]))
        return dict(self.result(False, facts), failed=True, rolled_back=True, reason=reason, msg=message)


def _description(module):
    if module["status"] == "ok":
        return "protobuf {0} (backend {1})".format(module["version"], module["backend"])
    return "having no protobuf" if module["status"] == "absent" else "a protobuf that cannot be imported"
