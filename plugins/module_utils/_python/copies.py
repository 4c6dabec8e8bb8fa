# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find every protobuf that an interpreter could import, and what installed it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import glob
import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.distributions import distributions
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.eggs import list_directory, read_text

_VERSION = re.compile(r"""^__version__ *= *['"]([^'"]+)['"]""", re.MULTILINE)
_EXTENSIONS = (
    ("google/protobuf/pyext", re.compile(r"_message\b.*\.(so|pyd)$")),
    ("google/protobuf/internal", re.compile(r"_api_implementation\b.*\.(so|pyd)$")),
    ("google/_upb", re.compile(r"_message\b.*\.(so|pyd)$")),
)


def find_copies(interpreter, active_file, owners):
    """Return the copies on sys.path in its order, then those in other users' homes, as the fact module.copies.

    interpreter: its facts; active_file: the file that was imported, or None; owners: _system.dpkg.owners.
    """
    copies = []
    seen = set()
    locations = interpreter["sys_path"] + _other_homes(interpreter)
    found = distributions(locations)
    for location in locations:
        real = os.path.realpath(location)
        path = os.path.join(location, "google", "protobuf", "__init__.py")
        if real in seen or not _holds_module(path):
            continue
        seen.add(real)
        copies.append(_describe(location, path, found, interpreter))
    active = os.path.realpath(os.path.join(active_file, "..", "..", "..")) if active_file else None
    owned = owners([copy["file"] for copy in copies])
    for copy in copies:
        copy["active"] = os.path.realpath(copy["location"]) == active
        if owned[copy["file"]]:
            copy["installer"] = "apt"
    return copies


def find_extensions(location):
    """Return the paths of the compiled extensions of the copy at a location, which may be a zipped egg."""
    paths = []
    for directory, pattern in _EXTENSIONS:
        names = list_directory(os.path.join(location, directory))
        paths.extend(os.path.join(location, directory, name) for name in names if pattern.match(name))
    return paths


def _holds_module(path):
    return any(os.path.basename(path) + suffix in list_directory(os.path.dirname(path)) for suffix in ("", "c"))


def _other_homes(interpreter):
    # Services run as other users than this module, and each sees the copy in its own home first.
    if interpreter["virtualenv"]:
        return []
    name = "python" + ".".join(interpreter["version"].split(".")[:2])
    homes = glob.glob("/home/*") + ["/root"]
    return [os.path.join(home, ".local", "lib", name, "site-packages") for home in sorted(homes)]


def _describe(location, path, found, interpreter):
    match = _VERSION.search(read_text(path) or "")
    version = match.group(1) if match else None
    here = [item for item in found if item["name"] == "protobuf" and item["location"] == location]
    # An outdated dist-info can lie beside the one that belongs to the files.
    here.sort(key=lambda item: item["version"] != version)
    return dict(
        location=location,
        file=path,
        version=version or (here[0]["version"] if here else None),
        active=False,
        installer=here[0]["installer"] if here else "unknown",
        level=_install_level(location, interpreter),
    )


def _install_level(location, interpreter):
    user_site = interpreter["user_site"]
    if user_site and (location + "/").startswith(user_site + "/"):
        return "user"
    if re.search(r"/\.local/lib/python[^/]+/site-packages(/|$)", location):
        return "user"
    if interpreter["virtualenv"] and location.startswith(interpreter["prefix"] + "/"):
        return "virtualenv"
    return "system"
