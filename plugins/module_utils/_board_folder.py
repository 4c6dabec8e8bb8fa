# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.

"""The folder in which a board remembers what was installed, and what was there before."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import json
import os
import shutil

from ansible_collections.jetfleet.protobuf.plugins.module_utils._files import read_text
from ansible_collections.jetfleet.protobuf.plugins.module_utils._text import to_os

FOLDER = "/var/lib/jetfleet"
PACKAGE = "jetfleet-libprotobuf"
SCHEMA = 1


class Refusal(Exception):
    """One sentence that names cause and remedy; nothing has been changed."""


class Failure(Exception):
    """One sentence that names cause and remedy; what has been changed has to be put back."""


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


def read_json(path):
    """What a JSON file holds, None where it cannot be read."""
    try:
        return to_os(json.loads(read_text(path) or ""))
    except ValueError:
        return None


def list_folder(path):
    """Sorted names in a folder, none where it does not exist."""
    try:
        return sorted(os.listdir(path))
    except EnvironmentError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return []
        raise


def make_folder(path, mode):
    """A folder with exactly this mode; it may exist already."""
    if not os.path.isdir(path):
        os.makedirs(path, mode)
    os.chmod(path, mode)


def write_whole(path, content, mode, owner=None):
    """Replace a file so that after a loss of power it holds the old bytes or the new ones."""
    partial = path + ".partial"
    remove(partial)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        if owner is not None:
            os.fchown(descriptor, *owner)
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    os.rename(partial, path)
    fsync(os.path.dirname(path))


def write_json(path, value, mode):
    write_whole(path, json.dumps(value, indent=1, sort_keys=True).encode("ascii") + b"\n", mode)


def remove(path):
    """Remove a file, a link or a folder; it need not exist."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def fsync(path):
    """Bring a file or the names in a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
