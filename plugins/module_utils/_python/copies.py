# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every protobuf that an interpreter could import, and who put it there."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import glob
import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.distributions import distributions
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.eggs import (
    list_directory,
    read_text,
)

_VERSION = re.compile(r"""^__version__ *= *['"]([^'"]+)['"]""", re.MULTILINE)
_EXTENSIONS = (
    ("google/protobuf/pyext", re.compile(r"_message\b.*\.(so|pyd)$")),
    ("google/protobuf/internal", re.compile(r"_api_implementation\b.*\.(so|pyd)$")),
    ("google/_upb", re.compile(r"_message\b.*\.(so|pyd)$")),
)


def find_copies(interpreter, active_file, owners):
    """The copies on sys.path in its order, then those in other users' homes; active_file was really imported."""
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
    """The compiled parts of the copy at a location, also of one in a zipped egg."""
    paths = []
    for directory, pattern in _EXTENSIONS:
        names = list_directory(os.path.join(location, directory))
        paths.extend(os.path.join(location, directory, name) for name in names if pattern.match(name))
    return paths


def _holds_module(path):
    return any(os.path.basename(path) + suffix in list_directory(os.path.dirname(path)) for suffix in ("", "c"))


def _other_homes(interpreter):
    # Services run as other users than we do, and each sees the copy in its own home first.
    if interpreter["virtualenv"]:
        return []
    name = "python" + ".".join(interpreter["version"].split(".")[:2])
    homes = glob.glob("/home/*") + ["/root"]
    return [os.path.join(home, ".local", "lib", name, "site-packages") for home in sorted(homes)]


def _describe(location, path, found, interpreter):
    match = _VERSION.search(read_text(path) or "")
    version = match.group(1) if match else None
    here = [item for item in found if item["name"] == "protobuf" and item["location"] == location]
    # A second, outdated dist-info can lie beside the one that belongs to the files.
    here.sort(key=lambda item: item["version"] != version)
    return dict(
        location=location,
        file=path,
        version=version or (here[0]["version"] if here else None),
        active=False,
        installer=here[0]["installer"] if here else "unknown",
        scope=_scope(location, interpreter),
    )


def _scope(location, interpreter):
    user_site = interpreter["user_site"]
    if user_site and (location + "/").startswith(user_site + "/"):
        return "user"
    if re.search(r"/\.local/lib/python[^/]+/site-packages(/|$)", location):
        return "user"
    if interpreter["virtualenv"] and location.startswith(interpreter["prefix"] + "/"):
        return "virtualenv"
    return "system"
