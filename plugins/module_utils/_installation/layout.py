# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where an installation has its files on a board, and the folder that records it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import (
    fsync,
    list_folder,
    read_json,
    remove,
)

FOLDER = "/var/lib/jetfleet"
SCHEMA = 1
# In a snapshot: what was there, and what the transaction is for.
MANIFEST = "manifest.json"
INTENT = "intent.json"


class Layout:
    """The paths of an installation; tests have their own."""

    def __init__(
        self,
        folder=FOLDER,
        prefix="/usr/local",
        pip_conf="/etc/pip.conf",
        dpkg=("dpkg",),
        ldconfig=("ldconfig",),
        systemctl=("systemctl",),
        journalctl=("journalctl",),
        # What is there as long as systemd runs the system.
        systemd="/run/systemd/system",
        proc="/proc",
    ):
        self.folder = folder
        self.prefix = prefix
        self.pip_conf = pip_conf
        self.dpkg = list(dpkg)
        self.ldconfig = list(ldconfig)
        self.systemctl = list(systemctl)
        self.journalctl = list(journalctl)
        self.systemd = systemd
        self.proc = proc
        self.lock = os.path.join(folder, "lock")
        self.state = os.path.join(folder, "state.json")
        self.constraints = os.path.join(folder, "constraints.txt")
        self.original = os.path.join(folder, "original")
        self.transaction = os.path.join(folder, "transaction")
        # Which units a transaction restarts.
        self.units = os.path.join(self.transaction, "units.json")
        self.partial = os.path.join(folder, "transaction.partial")
        self.packages = os.path.join(folder, "packages")
        # The list of the folders in which files are staged beside those that they replace.
        self.workplaces = os.path.join(folder, "workplaces.json")
        # Libraries on their way to their place.
        self.unpacked = os.path.join(folder, "unpacked")
        self.incoming = os.path.join(folder, "incoming")
        # The owner of a virtual environment has to read the wheel, and needs a place for pip's temporary files.
        self.wheel = os.path.join(folder, "wheel")

    def read_state(self):
        """Return what the last transaction recorded, None where the board is not managed."""
        return read_json(self.state)

    def interrupted(self):
        """Return whether a transaction is running or was killed."""
        return any(os.path.lexists(path) for path in (self.transaction, self.workplaces) + self._temporary())

    def adopted_by_transaction(self):
        """Return the set of paths that a transaction found and takes over from no package; None where there is none."""
        if not os.path.lexists(self.transaction):
            return None
        intent = read_json(os.path.join(self.transaction, INTENT)) or {}
        manifest = read_json(os.path.join(self.transaction, MANIFEST)) or {}
        return set(manifest.get("entries", ())) if intent.get("adopted") else set()

    def kept_package(self, version):
        """Return where the file of an installed version of our package is kept."""
        return os.path.join(self.packages, "{0}_{1}.deb".format(PACKAGE, version))

    def drop_temporary(self):
        """Remove what no later run can use."""
        partial = tuple(path + ".partial" for path in (self.state, self.constraints, self.workplaces))
        for path in self._temporary() + partial:
            remove(path)

    def _temporary(self):
        return self.partial, self.incoming, self.wheel, self.unpacked

    def drop_transaction(self):
        """Delete the snapshot: a part of one must never be taken for a whole one."""
        if os.path.lexists(self.transaction):
            os.rename(self.transaction, self.partial)
            fsync(self.folder)
        remove(self.partial)

    def keep_only(self, version):
        """Keep the file of one version of our package (None: of no version)."""
        kept = version and self.kept_package(version)
        for name in list_folder(self.packages):
            if os.path.join(self.packages, name) != kept:
                remove(os.path.join(self.packages, name))
