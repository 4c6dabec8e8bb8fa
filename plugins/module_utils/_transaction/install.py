# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install a Debian package and a wheel in one transaction."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation import permissions, pip_constraint
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure, Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import (
    check_room,
    fsync,
    make_folder,
    read_json,
    remove,
    write_json,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import cleanup, commit, preparation
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.debian_package import (
    installed_package,
    package_content,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.health import faults
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.pip import install_wheel
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.snapshot import INTENT, scan, size, take
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.staging import check_names
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.transaction import Transaction

_WORK = ("package", "wheel", "remove_copies", "adopt_files", "refresh_linker_cache")


class Installation(Transaction):
    """Installs what the options name, or finishes what a killed run began to install."""

    def __init__(self, layout, options, gather):
        super(Installation, self).__init__(layout, options, gather)
        self._intent_path = os.path.join(layout.transaction, INTENT)
        # Paths of our own copies of package and wheel, and the folder that pip installs to.
        self.files = {}
        self.purelib = None

    def check(self):
        options = self.options
        check_names([options[name] for name in ("package", "wheel") if options[name]])
        if options["wheel"] and not options["pip_install"]:
            raise Refusal("pip_install is missing: give the command that the plan returns.")
        state = self.layout.read_state() or read_json(self._intent_path) or {}
        other = state.get("executable", options["executable"])
        if other != options["executable"]:
            raise Refusal(
                "The protobuf of {0} is managed on this board and not that of {1}: remove it first.".format(
                    other, options["executable"]
                )
            )
        pip_constraint.check_constraint(self.layout, options["constraint"])
        preparation.check_adopted(self.layout.prefix, options["adopt_files"])

    def changes(self):
        """Return whether there is anything to do."""
        return self._has_work() or self.layout.interrupted()

    def run(self):
        self.check()
        return self._run_locked() if self.changes() else self.result(False)

    def changes_constraint(self):
        """Return whether pip's constraint changes; it stays as it is where only the library is installed."""
        version = self.options["expected"].get("python_version")
        return bool(version) and pip_constraint.constraint_differs(self.layout, self.options["constraint"], version)

    def _has_work(self):
        return any(self.options[name] for name in _WORK) or self.changes_constraint()

    def _run(self):
        self.layout.drop_temporary()
        interpreter = preparation.managed_interpreter(self.options)
        self.purelib = interpreter["purelib"]
        self.files = preparation.stage_files(self.options, self.layout.incoming, interpreter)
        interrupted = os.path.lexists(self.layout.transaction)
        if not interrupted and not self._has_work():
            # A run was killed before it began to change anything, or after its end.
            return self.result(True)
        if interrupted:
            self.dpkg.wait()
        self._begin()
        return self._attempt(self._complete) or self.result(True)

    def _begin(self):
        """Take a snapshot; that of a killed run stays, for it holds what was there."""
        affected = preparation.affected_paths(self)
        self._check_room(affected.scope)
        if os.path.lexists(self.layout.transaction):
            if self._resume(affected.scope):
                return
            # The killed run was about other files: that one is undone first.
            commit.roll_back(self.layout, self.dpkg)
            affected = preparation.affected_paths(self)
        before = dict(package=affected.package)
        take(self.layout.partial, self.layout.transaction, affected.scope, affected.folders, before, self._intent())

    def _check_room(self, scope):
        needed = size(scan(scope))
        if "wheel" in self.files:
            # pip keeps the old files until the new ones are there.
            needed += 2 * cleanup.wheel_bytes(self.files["wheel"])
        if "package" in self.files:
            needed += package_content(self.files["package"])[2]
        for path in (self.layout.folder, self.purelib, self.layout.prefix):
            check_room(path, needed)

    def _resume(self, scope):
        """Return whether the snapshot of a killed run covers the scope; then it becomes the one of this run."""
        known = commit.manifest_of(self.layout.transaction)["scope"]
        if not all(item in known for item in scope):
            return False
        self.dpkg.finish_linker()
        write_json(self._intent_path, commit.merged(read_json(self._intent_path), self._intent()), 0o600)
        return True

    def _intent(self):
        wheel, package = self.options["wheel"], self.options["package"]
        if wheel:
            wheel = dict(name=wheel["name"], sha256=wheel["sha256"], record=self._record())
        return dict(
            abi_key=self.options["abi_key"],
            executable=self.options["executable"],
            python_version=self.options["expected"].get("python_version"),
            package=dict(name=PACKAGE, version=package["version"]) if package else None,
            wheel=wheel,
            adopted=bool(self.options["adopt_files"]),
            constraint=self.options["constraint"],
        )

    def _record(self):
        """Return where pip lists the files of the wheel."""
        name = "-".join(self.options["wheel"]["name"].split("-")[:2])
        return os.path.join(self.purelib, name + ".dist-info", "RECORD")

    def _complete(self):
        """Change the board, check it and record its state."""
        self._apply()
        facts = self._gather()
        found = faults(facts, self.options["expected"], self.options["load_time_budget"], self.layout.prefix)
        if found:
            raise Failure(found[0])
        before, intent = self.layout.read_state(), read_json(self._intent_path)
        noted = commit.distribution_packages(before, intent["abi_key"], facts["packages"])
        commit.commit(self.layout, dict(commit.merged(before, intent), distribution_packages=noted))

    def _apply(self):
        kept = self._keep_package() if "package" in self.files else None
        for path in self.options["adopt_files"]:
            remove(path)
        if kept:
            self.dpkg.install(kept)
            permissions.set_right(permissions.library_part(self.layout.prefix, installed_package()))
        if "wheel" in self.files:
            self._install_wheel(self.files["wheel"])
        # Only now, so that there is a module at any time.
        for location in self.options["remove_copies"]:
            cleanup.remove_copy(location)
        cleanup.remove_leftovers(self.purelib)
        if self.options["refresh_linker_cache"]:
            self.dpkg.refresh_linker_cache()
        if self.changes_constraint():
            version = self.options["expected"]["python_version"]
            pip_constraint.apply_constraint(self.layout, self.options["constraint"], version)

    def _keep_package(self):
        """Move the package to where it is kept, for a later transaction that has to go back to it."""
        make_folder(self.layout.packages, 0o700)
        kept = self.layout.kept_package(self.options["package"]["version"])
        os.rename(self.files["package"], kept)
        fsync(self.layout.packages)
        return kept

    def _install_wheel(self, wheel):
        cleanup.remove_incomplete_metadata(self.purelib)
        install_wheel(self.layout, wheel, self.options["pip_install"])
        cleanup.remove_files_beside(self.purelib, wheel)
        permissions.set_right(permissions.module_part(self._record()))
