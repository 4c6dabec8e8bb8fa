# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done about copies of protobuf that can be imported instead of the one that pip installs as root.

One in the interpreter's own folders is removed. Of any other the files are left alone: what lists it is changed where
setuptools wrote that for protobuf alone, and else the board is refused. Copies of users are theirs.
"""

from __future__ import annotations

import os.path
import re

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Copy, Facts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import RemoveCopy, UnlistCopy

PYTHONPATH = "PYTHONPATH"
# Installers whose copies have metadata of protobuf.
_INSTALLERS = ("pip", "egg", "setuptools")
# What setup.py develop and pip install --editable write; a line of it can belong to another distribution.
_DEVELOPMENT = re.compile(r"easy-install\.pth|.+\.egg-link")
# The same of newer releases, one file for each distribution.
_EDITABLE = re.compile(r"__editable__\.protobuf-\d.*\.pth|__editable___protobuf_\d\w*_finder\.py")


def copy_changes(facts: Facts) -> list[RemoveCopy | UnlistCopy]:
    """Return the actions that let the interpreter find what pip installs first."""
    found = [_change(copy) for copy in _hiding_copies(facts)]
    return [action for action in found if action]


def copy_refusals(facts: Facts, *, is_changed: bool) -> list[str]:
    """Return what hides the installed module, or would, and is not ours to change; is_changed: whether there are actions."""
    purelib = facts["python"]["purelib"] or ""
    return [
        _refusal(copy, purelib)
        for copy in _hiding_copies(facts)
        if _change(copy) is None and (is_changed or copy["active"])
    ]


def module_is_hidden(facts: Facts) -> bool:
    """Return whether what was imported is a copy in a user's home, which is left alone."""
    return any(copy["active"] and copy["level"] == "user" for copy in facts["module"]["copies"])


def _hiding_copies(facts: Facts) -> list[Copy]:
    return [copy for copy in facts["module"]["copies"] if copy["level"] != "user" and _hides(copy)]


def _hides(copy: Copy) -> bool:
    # The egg that is in use has a package google with an __init__.py, which can come first from behind.
    return copy["before_purelib"] or (copy["active"] and copy["in_site_packages"] and copy["installer"] == "egg")


def _change(copy: Copy) -> RemoveCopy | UnlistCopy | None:
    listed_in = copy["listed_in"]
    described = f"protobuf {copy['version'] or 'of unknown version'} in {copy['location']}"
    if listed_in == PYTHONPATH:
        return None
    if copy["in_site_packages"]:
        return _removal(copy, described) if copy["installer"] in _INSTALLERS else None
    if listed_in is None or not _is_ours_to_change(os.path.basename(listed_in), copy["installer"]):
        return None
    return {
        "action": "unlist_copy",
        "reason": f"{listed_in} lists {described}, which can be imported instead of the installed one. Its files stay.",
        "location": copy["location"],
        "version": copy["version"],
        "listed_in": listed_in,
    }


def _removal(copy: Copy, described: str) -> RemoveCopy:
    return {
        "action": "remove_copy",
        "reason": f"The copy of {described} can be imported instead of the installed one.",
        "location": copy["location"],
        "version": copy["version"],
        "installer": copy["installer"],
        "file": copy["file"],
    }


def _is_ours_to_change(name: str, installer: str) -> bool:
    if _EDITABLE.fullmatch(name):
        return True
    return bool(_DEVELOPMENT.fullmatch(name)) and installer in _INSTALLERS


def _refusal(copy: Copy, purelib: str) -> str:
    location, listed_in = copy["location"], copy["listed_in"]
    hides = f"protobuf {copy['version'] or 'of unknown version'} in {location} can be imported instead of the one in {purelib}"
    if listed_in == PYTHONPATH:
        return (
            f"{hides}, because the variable PYTHONPATH names that folder for the user that Ansible logs in as: "
            "remove it from the variable."
        )
    if copy["in_site_packages"]:
        return f"{hides}, and neither pip nor setup.py put it there: remove it with what did."
    if listed_in is None:
        return (
            f"{hides}, because something other than PYTHONPATH and a .pth file, such as a sitecustomize.py, puts that "
            "folder on the module path: stop that, or move the folder away."
        )
    if not listed_in.endswith((".pth", ".egg-link", "_finder.py")):
        return f"{hides}, because {listed_in} is a symbolic link: remove the link."
    return f"{hides}, because {listed_in} names that folder: remove that line, or uninstall what wrote it."
