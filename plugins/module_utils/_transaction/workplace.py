# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stage files in a hidden folder of a site-packages folder: the same file system, and nothing that Python or pip reads."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import binascii
import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import (
    existing_folder,
    fsync,
    read_json,
    remove,
    write_json,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import acting_as
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os

_PREFIX = ".jetfleet-"
_SYNC_TIMEOUT = 600


def make_workplace(layout, site, identity, unwanted=()):
    """Make an empty folder in site as a user, and return its path; it is noted before it exists.

    unwanted: folders above it, the deepest first, that go with it if nothing else is in them.
    """
    path = os.path.join(site, _PREFIX + to_os(binascii.hexlify(os.urandom(8)).decode("ascii")))
    noted = read_json(layout.workplaces) or []
    write_json(layout.workplaces, noted + [[path, identity, _missing(site) + list(unwanted)]], 0o600)
    with acting_as(*identity):
        os.makedirs(path, 0o755)
    return path


def drop_workplaces(layout):
    """Remove all of them, also those of killed runs. Imports that were redirected there must be over."""
    noted = read_json(layout.workplaces) or []
    for path, identity in [item[:2] for item in noted]:
        with acting_as(*identity):
            remove(path)
    for path, identity, made in noted:
        with acting_as(*identity):
            for folder in made:
                if os.path.isdir(folder) and not os.listdir(folder):
                    os.rmdir(folder)
            # The list can be on another disk, and must not be gone before what it lists.
            fsync(existing_folder(path))
    remove(layout.workplaces)


def made_folders(layout):
    """Return the folders that are there for these alone."""
    return set(folder for item in read_json(layout.workplaces) or [] for folder in item[2])


def _missing(folder):
    """Return the folder and those above it as far as they do not exist, the deepest first."""
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    return missing


def staged_files(root):
    """Return {path: staged file or link} of everything below a folder that stands for /."""
    found = {}
    for folder, folders, files in os.walk(root):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in files + links:
            source = os.path.join(folder, name)
            found["/" + os.path.relpath(source, root)] = source
    return found


def flush(path):
    """Bring what was staged to the disk, before a name on sys.path refers to it."""
    environment = dict(os.environ)
    # -f is for the file system of the path alone; coreutils before 8.24 do not have it.
    if run_process(["sync", "-f", path], _SYNC_TIMEOUT, environment)["status"] != "ok":
        run_process(["sync"], _SYNC_TIMEOUT, environment)
