# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder in which a board remembers what was installed, and what was there before."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import (
    fsync,
    list_folder,
    read_json,
    remove,
)

FOLDER = "/var/lib/jetfleet"
PACKAGE = "jetfleet-libprotobuf"
SCHEMA = 1


class Board:
    """Where everything is: tests have their own places."""

    def __init__(
        self, folder=FOLDER, prefix="/usr/local", pip_conf="/etc/pip.conf", dpkg=("dpkg",), ldconfig=("ldconfig",)
    ):
        self.folder = folder
        self.prefix = prefix
        self.pip_conf = pip_conf
        self.dpkg = list(dpkg)
        self.ldconfig = list(ldconfig)
        self.lock = os.path.join(folder, "lock")
        self.state = os.path.join(folder, "state.json")
        self.constraints = os.path.join(folder, "constraints.txt")
        self.original = os.path.join(folder, "original")
        self.transaction = os.path.join(folder, "transaction")
        self.partial = os.path.join(folder, "transaction.partial")
        self.packages = os.path.join(folder, "packages")
        self.incoming = os.path.join(folder, "incoming")
        # Who owns a virtual environment has to read the wheel, and needs a place for pip's temporary files.
        self.wheel = os.path.join(folder, "wheel")

    def read_state(self):
        """What the last transaction noted, None where the board is not managed."""
        return read_json(self.state)

    def interrupted(self):
        """Whether a transaction runs, or was killed."""
        return any(os.path.lexists(path) for path in (self.transaction, self.partial, self.incoming, self.wheel))

    def kept_package(self, version):
        """Where the file of an installed version of our package is kept."""
        return os.path.join(self.packages, "{0}_{1}.deb".format(PACKAGE, version))

    def drop_temporary(self):
        """Remove what no later run can use."""
        for path in (self.partial, self.incoming, self.wheel, self.state + ".partial", self.constraints + ".partial"):
            remove(path)

    def drop_transaction(self):
        """Forget the snapshot: half of one must never look like one."""
        if os.path.lexists(self.transaction):
            os.rename(self.transaction, self.partial)
            fsync(self.folder)
        remove(self.partial)

    def keep_only(self, version):
        """Keep the file of one version of our package (None: of none)."""
        kept = version and self.kept_package(version)
        for name in list_folder(self.packages):
            if os.path.join(self.packages, name) != kept:
                remove(os.path.join(self.packages, name))
