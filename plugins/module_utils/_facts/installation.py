# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out what the collection installed on a board, what has changed since, and what was installed by hand."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import glob
import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import Layout
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.permissions import (
    library_part,
    module_part,
    wrong_modes,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.pip_constraint import constraint_fact
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE

_HANDMADE = (
    "lib/libproto{0}.so*",
    "lib/libproto{0}.a",
    "lib/libproto{0}.la",
)
_LIBRARIES = ("buf", "buf-lite", "c")
_OTHERS = ("lib/pkgconfig/protobuf*.pc", "bin/protoc", "include/google/protobuf")
_NOTED = ("abi_key", "executable", "python_version")


def installation_facts(packages, owners, layout=None):
    """What state.json says and what is no longer as it was then; files that no package owns.

    packages: the facts `packages`.
    """
    layout = layout or Layout()
    state = layout.read_state()
    noted = state or {}
    facts = dict((name, noted.get(name)) for name in _NOTED)
    facts["adopted"] = bool(noted.get("adopted"))
    facts["constraint"] = constraint_fact(layout, noted.get("python_version"))
    facts.update(managed=state is not None, interrupted=layout.interrupted())
    # Only when dpkg has unpacked all of a package it says which files are the package's.
    is_unpacking = packages.get(PACKAGE, {}).get("status") == "half-installed"
    facts["handmade"] = [] if is_unpacking else _handmade(owners, layout)
    # A board that an older release installed on has no such list.
    facts["missing_packages"] = [
        name for name in noted.get("distribution_packages", []) if not _is_there(packages.get(name))
    ]
    facts["wrong_modes"] = wrong_modes(library_part(layout.prefix, packages.get(PACKAGE)))
    record = (noted.get("wheel") or {}).get("record")
    if record:
        facts["wrong_modes"] += wrong_modes(module_part(record))
    return facts


def _is_there(package):
    return package is not None and package["status"] == "installed" and not package["missing_files"]


def _handmade(owners, layout):
    patterns = [pattern.format(library) for pattern in _HANDMADE for library in _LIBRARIES]
    paths = [path for pattern in patterns + list(_OTHERS) for path in glob.glob(os.path.join(layout.prefix, pattern))]
    owned = owners(paths)
    found = sorted(path for path in set(paths) if owned[path] is None and _holds_anything(path))
    # A transaction puts libraries into place before dpkg knows them, and begins only where nothing is made by hand or that
    # is taken over.
    adopted = layout.adopted_by_transaction()
    return found if adopted is None else [path for path in found if path in adopted]


def _holds_anything(path):
    """Return whether a path is a file, or a folder with a file in it: dpkg leaves empty folders that it did not create."""
    return not os.path.isdir(path) or any(files for dummy, dummy2, files in os.walk(path))
