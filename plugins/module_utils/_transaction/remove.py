# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remove what was installed, and put back what was there before the collection came."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation import pip_constraint
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.distributions import distributions
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import digest, remove
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.homes import homes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import acting_as, folder_identity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import commit, preparation
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.debian_package import installed_package
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.module_files import restore_module
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.path_files import put_back, text_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.records import claimed_paths, site_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import packaged
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.snapshot import (
    manifest_of,
    restore,
    take,
    text_in,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.transaction import Transaction


class Removal(Transaction):
    """Removes what is managed; a run that was killed is undone first."""

    def changes(self):
        """Return whether there is anything to remove."""
        return self.layout.read_state() is not None or self.layout.interrupted()

    def run(self):
        # A folder without a state is what a killed removal left.
        if not os.path.lexists(self.layout.folder):
            return self.result(False)
        self.check()
        return self._run_locked()

    def _run(self):
        layout = self.layout
        layout.drop_temporary()
        interrupted = os.path.lexists(layout.transaction)
        if interrupted:
            self.dpkg.wait()
            self.roll_back()
            layout.drop_transaction()
            self.drop_workplaces()
        state = layout.read_state()
        if state is None:
            return self.result(interrupted)
        unwanted = self._unwanted(state)
        self._take_snapshot(state, unwanted)
        self.units.begin()
        undone = self._attempt(lambda: self._remove(unwanted))
        if undone:
            return undone
        layout.drop_transaction()
        self.drop_workplaces()
        commit.forget(layout)
        for home in homes():
            remove(os.path.join(home, ".cache", "jetfleet"))
        return self.result(True)

    def _unwanted(self, state):
        """Return the paths of the module that was installed; None where the module is another one since."""
        if not _module_is_ours(state):
            return None
        return claimed_paths(site_of(state["wheel"]["record"]))

    def _take_snapshot(self, state, unwanted):
        layout = self.layout
        installed = installed_package()
        paths = set(path for dummy, part in commit.original_parts(layout, ("library",)) for path in part)
        scope = [item for path in sorted(paths) for item in packaged(path)] + [["state", layout.state]]
        scope += [["constraint", path] for path in (layout.constraints, os.path.realpath(layout.pip_conf))]
        sites = []
        if unwanted is not None:
            parts = commit.original_parts(layout, ("module",))
            scope += [["module", path] for path in sorted(unwanted.union(*[part for dummy, part in parts]))]
            scope += [["path_file", path] for path in self._lines()]
            sites = [site_of(state["wheel"]["record"])]
            sites += sorted(set(site for folder, dummy in parts for site in manifest_of(folder)["sites"]) - set(sites))
        module = self._look(state["executable"])
        before = dict(package=installed and installed["version"], module=module, lines={})
        identity = manifest_of(commit.original_snapshots(layout)[0])["identity"]
        take(layout.partial, layout.transaction, scope, sites, identity, before, None)

    def _look(self, executable):
        """Return what is imported; an interpreter that is gone imports nothing."""
        try:
            return self.look_at(executable).module
        except Refusal:
            return dict.fromkeys(preparation.COMPARED)

    def _lines(self):
        """Return {path of an easy-install.pth: (snapshot, lines)} of what was taken out of it."""
        found = {}
        for snapshot in commit.original_snapshots(self.layout):
            for path, lines in manifest_of(snapshot)["before"]["lines"].items():
                found.setdefault(path, (snapshot, lines))
        return found

    def _remove(self, unwanted):
        layout = self.layout
        libraries = commit.original_parts(layout, ("library",))
        if commit.place_old_libraries(layout, None, libraries):
            self.dpkg.refresh_linker_cache()
        if unwanted is not None:
            restore_module(layout, commit.original_parts(layout, ("module",)), unwanted, self.wait)
            for path, (snapshot, lines) in sorted(self._lines().items()):
                _put_back_lines(path, snapshot, lines)
        commit.put_back_package(layout, self.dpkg, None, libraries)
        for snapshot, paths in libraries:
            restore(snapshot, paths)
        self.dpkg.refresh_linker_cache()
        pip_constraint.apply_constraint(layout, False, None)
        self.units.restart()


def _put_back_lines(path, snapshot, lines):
    """Put lines back into a file that may have others by now; a file that is gone comes back as it was."""
    owner = folder_identity(os.path.dirname(path), manifest_of(snapshot)["identity"])
    before = text_in(snapshot, path)
    with acting_as(*owner):
        if os.path.lexists(path):
            put_back(path, lines, before)
        is_as_before = not os.path.lexists(path) or text_of(path) == before
    if is_as_before:
        restore(snapshot, [path], owner)


def _module_is_ours(state):
    """Return whether the module is still the one that was installed: its list of files is, and there is no other list."""
    wheel = state["wheel"] or {}
    noted = wheel.get("record_sha256")
    if noted is None or digest("sha256", wheel["record"]) != noted:
        return False
    installed = [item for item in distributions([site_of(wheel["record"])]) if item["name"] == "protobuf"]
    return len(installed) == 1
