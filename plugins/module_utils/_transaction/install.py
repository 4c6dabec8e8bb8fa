# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install a Debian package and a wheel in one transaction."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation import permissions, pip_constraint
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import INTENT
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.old_processes import this_moment
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure, Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import (
    check_rooms,
    fsync,
    make_folder,
    read_json,
    remove,
    write_json,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import interpreter_identity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import commit, preparation
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.debian_package import (
    installed_package,
    package_content,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.health import faults
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.libraries import is_newer, place_libraries
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.module_change import ModuleChange
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.pip import wheel_bytes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.records import claimed_paths, record_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import belongs, packaged
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.snapshot import (
    manifest_of,
    scan,
    size,
    take,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.staging import check_names
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.transaction import Transaction
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.workplace import made_folders

# What programs that run notice, and the rest.
_FILES = ("package", "wheel", "remove_copies", "unlist_copies", "adopt_files")
_WORK = _FILES + ("refresh_linker_cache",)


class Installation(Transaction):
    """Installs what the options name, or finishes what a killed run began to install."""

    def __init__(self, layout, options, gather):
        super(Installation, self).__init__(layout, options, gather)
        self._intent_path = os.path.join(layout.transaction, INTENT)
        # Paths of our own copies of package and wheel, and the folder that pip installs to.
        self.files = {}
        self.purelib = None
        self._facts = None
        self._changes_files = False

    def check(self):
        super(Installation, self).check()
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
        board = self.look_at(self.options["executable"])
        self.purelib = board.interpreter["purelib"]
        preparation.check_copies(board.interpreter, self.options)
        self.files = preparation.stage_files(self.options, self.layout.incoming, board.interpreter)
        interrupted = os.path.lexists(self.layout.transaction)
        self._changes_files = interrupted or any(self.options[name] for name in _FILES)
        if not interrupted and not self._has_work():
            # A run was killed before it began to change anything, or after its end.
            return self.result(True)
        if interrupted:
            self.dpkg.wait()
        self._check_room()
        change = ModuleChange(self.options, self.purelib, interpreter_identity(self.options["executable"]))
        if "wheel" in self.files:
            change.stage(self.layout, self.files["wheel"])
        self._begin(change, board)
        if self._changes_files:
            self.units.begin()
        return self._attempt(lambda: self._complete(change)) or self.result(True, self._facts)

    def _check_room(self):
        kept = size(scan(claimed_paths(self.purelib))) if "wheel" in self.files else 0
        # Sources and byte code of the wheel, beside what is there; a rollback stages that once more.
        module = 2 * wheel_bytes(self.files["wheel"]) + kept if "wheel" in self.files else 0
        library = package_content(self.files["package"])[2] if "package" in self.files else 0
        # dpkg unpacks the package while the libraries of both packages are in place.
        check_rooms([(self.purelib, module), (self.layout.prefix, 2 * library), (self.layout.folder, kept + library)])

    def _begin(self, change, board):
        """Take a snapshot; that of a killed run stays, for it holds what was there."""
        scope, package = self._scope(change)
        if os.path.lexists(self.layout.transaction):
            if self._resume(scope):
                return
            # The killed run was about other files: that one is undone first.
            self.roll_back()
            self.layout.drop_transaction()
            board = self.look_at(self.options["executable"])
            change.find_copies()
            scope, package = self._scope(change)
        before = dict(package=package, module=board.module, lines=change.lines)
        layout = self.layout
        made, intent = made_folders(layout), self._intent()
        take(layout.partial, layout.transaction, scope, change.sites, change.identity, before, intent, made)

    def _scope(self, change):
        layout, options = self.layout, self.options
        scope = [["state", layout.state]]
        if self.changes_constraint():
            scope += [["constraint", path] for path in (layout.constraints, os.path.realpath(layout.pip_conf))]
        version = options["package"] and options["package"]["version"]
        libraries, package = preparation.library_paths(layout, self.files.get("package"), version)
        libraries.update(options["adopt_files"])
        scope += [item for path in sorted(libraries) for item in packaged(path)]
        return scope + change.scope(), package

    def _resume(self, scope):
        """Return whether the snapshot of a killed run covers the scope; then it becomes the one of this run."""
        known = set(path for dummy, path in manifest_of(self.layout.transaction)["scope"])
        if not all(belongs(path, known) for dummy, path in scope):
            return False
        self.dpkg.finish_linker()
        write_json(self._intent_path, commit.merged(read_json(self._intent_path), self._intent()), 0o600)
        return True

    def _intent(self):
        wheel, package = self.options["wheel"], self.options["package"]
        if wheel:
            wheel = dict(name=wheel["name"], sha256=wheel["sha256"], record=record_of(self.purelib, wheel["name"]))
        return dict(
            abi_key=self.options["abi_key"],
            executable=self.options["executable"],
            python_version=self.options["expected"].get("python_version"),
            package=dict(name=PACKAGE, version=package["version"]) if package else None,
            wheel=wheel,
            adopted=bool(self.options["adopt_files"]),
            constraint=self.options["constraint"],
        )

    def _complete(self, change):
        """Change the board, check it and record its state."""
        self._apply(change)
        changed = this_moment() if self._changes_files else None
        facts = self._gather()
        found = faults(facts, self.options["expected"], self.options["load_time_budget"], self.layout.prefix)
        if found:
            raise Failure(found[0])
        self.units.restart()
        before, intent = self.layout.read_state(), read_json(self._intent_path)
        noted = commit.distribution_packages(before, intent["abi_key"], facts["packages"])
        changed = changed or (before or {}).get("module_changed")
        state = dict(commit.merged(before, intent), distribution_packages=noted, module_changed=changed)
        commit.commit(self.layout, state)
        self.drop_workplaces()
        # Nothing else has changed since.
        changed = [name for name in ("installation", "processes") if name in facts]
        again = self._gather(changed)
        self._facts = dict(facts, **dict((name, again[name]) for name in changed))

    def _apply(self, change):
        kept = self._keep_package() if "package" in self.files else None
        if kept:
            self._place_libraries(kept)
        change.apply(manifest_of(self.layout.transaction)["scope"], self.wait)
        content = package_content(kept)[0] if kept else []
        for path in self.options["adopt_files"]:
            if path not in content:
                remove(path)
        if kept:
            self.dpkg.install(kept)
            permissions.set_right(permissions.library_part(self.layout.prefix, installed_package()))
        if "wheel" in self.files:
            permissions.set_right(permissions.module_part(record_of(self.purelib, self.options["wheel"]["name"])))
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

    def _place_libraries(self, kept):
        installed = installed_package()
        newer = is_newer(self.options["package"]["version"], installed and installed["version"])
        if place_libraries(kept, self.layout.unpacked, newer):
            self.dpkg.refresh_linker_cache()
