# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remove what was installed, and put back what was there before the collection came."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation import pip_constraint
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import digest, remove
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.homes import homes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import commit
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.debian_package import installed_package
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import exact
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.snapshot import restore, take
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.transaction import Transaction

_KINDS = ("module", "library")


class Removal(Transaction):
    """Removes what is managed; a run that was killed is undone first."""

    def changes(self):
        """Return whether there is anything to remove."""
        return self.layout.read_state() is not None or self.layout.interrupted()

    def run(self):
        # A folder without a state is what a killed removal left.
        return self._run_locked() if os.path.lexists(self.layout.folder) else self.result(False)

    def _run(self):
        layout = self.layout
        layout.drop_temporary()
        interrupted = os.path.lexists(layout.transaction)
        if interrupted:
            self.dpkg.wait()
            commit.roll_back(layout, self.dpkg)
        state = layout.read_state()
        if state is None:
            return self.result(interrupted)
        self._take_snapshot()
        undone = self._attempt(lambda: self._remove(state))
        if undone:
            return undone
        layout.drop_transaction()
        commit.forget(layout)
        for home in homes():
            remove(os.path.join(home, ".cache", "jetfleet"))
        return self.result(True)

    def _take_snapshot(self):
        layout = self.layout
        installed = installed_package()
        originals = commit.original_scopes(layout, _KINDS)
        scope = [item for dummy, items in originals for item in items] + [exact("state", layout.state)]
        scope += [exact("constraint", path) for path in (layout.constraints, os.path.realpath(layout.pip_conf))]
        take(layout.partial, layout.transaction, scope, [], dict(package=installed and installed["version"]), None)

    def _remove(self, state):
        kinds = _KINDS if _module_is_ours(state) else _KINDS[1:]
        commit.put_back_package(self.layout, self.dpkg, None)
        for folder, scope in commit.original_scopes(self.layout, kinds):
            restore(folder, scope)
        self.dpkg.refresh_linker_cache()
        pip_constraint.apply_constraint(self.layout, False, None)


def _module_is_ours(state):
    """Return whether the module is still the one that was installed, by pip's list of its files with their sums."""
    wheel = state["wheel"] or {}
    noted = wheel.get("record_sha256")
    return noted is not None and digest("sha256", wheel["record"]) == noted
