# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find what is imported as google instead of the namespace that protobuf is in, and what installed it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.distributions import (
    distributions,
    installed_paths,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.eggs import list_directory

_PACKAGE = ("__init__.py", "__init__.pyc")
_MODULE = ("google.py", "google.pyc")


def obstacle(interpreter, probe, location, owners):
    """Return (cause, remedy) of an import that another package or module google made fail; None where none did.

    interpreter: its facts; probe: how the import ended; location: of the protobuf that should have been imported.
    """
    path = _imported_google(interpreter["sys_path"], probe, location)
    if path is None:
        return None
    package = owners([path])[path]
    if package:
        return "{0} of the package {1}".format(path, package), "remove that package"
    found = [item for item in distributions(interpreter["sys_path"]) if path in installed_paths(item)]
    if not found:
        # An installation that keeps no list of its files brings a file of its own.
        is_inside = path.startswith(os.path.join(location, "google") + "/")
        return None if is_inside else (path, "rename or remove it")
    name, version = found[0]["name"], found[0]["version"]
    if name == "protobuf":
        return None
    return "{0} of the distribution {1} {2}".format(path, name, version), "uninstall {0} with pip".format(name)


def _imported_google(sys_path, probe, location):
    """Return the file that was executed as google, where that is no namespace that reaches the location."""
    if probe.get("step") == "google":
        candidates = [path for entry in sys_path for path in _googles(entry)]
        return candidates[0] if candidates else None
    if probe.get("step") != "google.protobuf":
        return None
    reached = [os.path.realpath(path) for path in probe.get("google_path") or []]
    path = probe.get("google_file")
    if path is None or os.path.realpath(os.path.join(location, "google")) in reached:
        return None
    return path[:-1] if path.endswith(".pyc") and os.path.exists(path[:-1]) else path


def _googles(entry):
    """Return the files in a folder of the search path that make a package or module google, the first one first."""
    inside = os.path.join(entry, "google")
    there = [os.path.join(inside, name) for name in _PACKAGE if name in list_directory(inside)]
    return there + [os.path.join(entry, name) for name in _MODULE if name in list_directory(entry)]
