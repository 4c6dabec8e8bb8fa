# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find every protobuf that an interpreter could import, and what installed it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.distributions import distributions
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.eggs import list_directory, read_text
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.search_path import SearchPath
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.homes import all_homes

_VERSION = re.compile(r"""^__version__ *= *['"]([^'"]+)['"]""", re.MULTILINE)
_EXTENSIONS = (
    ("google/protobuf/pyext", re.compile(r"_message\b.*\.(so|pyd)$")),
    ("google/protobuf/internal", re.compile(r"_api_implementation\b.*\.(so|pyd)$")),
    ("google/_upb", re.compile(r"_message\b.*\.(so|pyd)$")),
)


def find_copies(interpreter, probe, owners):
    """Return the copies on sys.path in its order, then those in other users' homes, as the fact module.copies.

    interpreter: its facts; probe: how the import ended; owners: _system.dpkg.owners.
    """
    copies = []
    seen = set()
    search_path = SearchPath(interpreter, probe.get("google_path") or [], _users_sites(interpreter))
    locations = interpreter["sys_path"] + search_path.hidden_locations() + search_path.users_locations()
    found = distributions(locations)
    for location in locations:
        real = os.path.realpath(location)
        path = os.path.join(location, "google", "protobuf", "__init__.py")
        if real in seen or not _holds_module(path):
            continue
        seen.add(real)
        copies.append(_describe(location, path, found, interpreter, search_path))
    _add_active(copies, probe.get("file"), interpreter["purelib"])
    owned = owners([copy["file"] for copy in copies])
    for copy in copies:
        if owned[copy["file"]]:
            copy["installer"] = "apt"
    return copies


def _add_active(copies, active_file, purelib):
    # dirname, not "..": that would follow a link google or google/protobuf to where the location is not.
    active = os.path.realpath(os.path.dirname(os.path.dirname(os.path.dirname(active_file)))) if active_file else None
    for copy in copies:
        copy["active"] = os.path.realpath(copy["location"]) == active
    # A finder of its own can bring a copy before all of the search path.
    installed = [copy for copy in copies if os.path.realpath(copy["location"]) == os.path.realpath(purelib)]
    if installed and not installed[0]["active"]:
        for copy in copies:
            copy["before_purelib"] = copy["before_purelib"] or copy["active"]


def find_extensions(location):
    """Return the paths of the compiled extensions of the copy at a location, which may be a zipped egg."""
    paths = []
    for directory, pattern in _EXTENSIONS:
        names = list_directory(os.path.join(location, directory))
        paths.extend(os.path.join(location, directory, name) for name in names if pattern.match(name))
    return paths


def _holds_module(path):
    return any(os.path.basename(path) + suffix in list_directory(os.path.dirname(path)) for suffix in ("", "c"))


def _users_sites(interpreter):
    # Services run as other users than this module, and each sees the copy in its own home first.
    if interpreter["virtualenv"]:
        return []
    name = "python" + ".".join(interpreter["version"].split(".")[:2])
    places = [os.path.join(home, ".local", "lib", name, "site-packages") for home in all_homes()]
    return [place for place in places if os.path.isdir(place)]


def _describe(location, path, found, interpreter, search_path):
    match = _VERSION.search(read_text(path) or "")
    version = match.group(1) if match else None
    here = [item for item in found if item["name"] == "protobuf" and item["location"] == location]
    # An outdated dist-info can lie beside the one that belongs to the files.
    here.sort(key=lambda item: item["version"] != version)
    listed_in = search_path.listed_in(location)
    return dict(
        location=location,
        file=path,
        version=version or (here[0]["version"] if here else None),
        active=False,
        installer=here[0]["installer"] if here else "unknown",
        level=_install_level(location, listed_in, interpreter),
        in_site_packages=search_path.is_own(location),
        before_purelib=search_path.comes_before_purelib(location),
        listed_in=listed_in,
    )


def _install_level(location, listed_in, interpreter):
    user_site = interpreter["user_site"]
    for path in (location, listed_in or ""):
        if user_site and (path + "/").startswith(user_site + "/"):
            return "user"
        if re.search(r"/\.local/lib/python[^/]+/site-packages(/|$)", path):
            return "user"
    if interpreter["virtualenv"] and location.startswith(interpreter["prefix"] + "/"):
        return "virtualenv"
    return "system"
