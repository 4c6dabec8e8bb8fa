# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the files of the distribution protobuf in a site-packages folder, by the lists that installers keep."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.distributions import (
    distributions,
    recorded_files,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import owners
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import list_folder, read_lines

_NAME = "protobuf"
_PACKAGES = ("google/protobuf", "google/_upb")
# What setuptools puts into the folder for a source tree elsewhere: of setup.py develop, and of pip install -e.
_LINK = "protobuf.egg-link"
_LINKED = (_LINK, "protobuf-nspkg.pth")
_EDITABLE = "__editable__"
_LIBRARY = re.compile(r"/lib(?:64)?/python[^/]*/")


def claimed_paths(site):
    """Return the set of paths in and beside a site-packages folder that belong to the distribution protobuf.

    A folder of metadata stands for everything in it. Files of other distributions and of Debian packages are not among
    the paths, whatever the lists of protobuf say. Without a list, all that no other distribution lists in the folders of
    the package is protobuf's.
    """
    found = distributions([site])
    own = [item for item in found if item["name"] == _NAME]
    listed = [_listed(item["metadata"]) for item in own]
    paths = set(path for files in listed for path in files or [] if _is_near(path, site))
    paths.update(item["metadata"] for item in own)
    paths.update(linked_paths(site))
    if None in listed or not own:
        paths.update(_package_files(site))
        paths.update(_namespace_files(site, [item["version"] for item in own]))
    paths -= _files_of_others(site, [item for item in found if item["name"] != _NAME])
    owned = owners(sorted(path for path in paths if os.path.lexists(path)))
    return set(path for path in paths if not owned.get(path))


def linked_paths(site):
    """Return the set of paths in a site-packages folder by which protobuf's sources elsewhere are on sys.path."""
    paths = set()
    if os.path.lexists(os.path.join(site, _LINK)):
        paths.update(path for path in [os.path.join(site, name) for name in _LINKED] if os.path.lexists(path))
    for item in distributions([site]):
        files = _listed(item["metadata"]) or []
        if item["name"] == _NAME and any(os.path.basename(path).startswith(_EDITABLE) for path in files):
            paths.update(path for path in files if _is_near(path, site))
            paths.add(item["metadata"])
    return paths


def record_of(site, wheel):
    """Return where pip lists the files of a wheel, given by its name."""
    return os.path.join(site, "-".join(wheel.split("-")[:2]) + ".dist-info", "RECORD")


def site_of(record):
    """Return the site-packages folder of a list of files."""
    return os.path.dirname(os.path.dirname(record))


def metadata_folder(path):
    """Return the folder of metadata that a path lies in, else the path itself."""
    folder = os.path.dirname(path)
    return folder if folder.endswith((".dist-info", ".egg-info")) else path


def _listed(metadata):
    """Return the paths in the list of an installation, None where it has none."""
    if metadata.endswith(".dist-info"):
        files = recorded_files(os.path.join(metadata, "RECORD"))
        # A loss of power can leave it empty.
        return [path for path, dummy in files or [] if _is_file(path)] or None
    lines = read_lines(os.path.join(metadata, "installed-files.txt"))
    files = [os.path.normpath(os.path.join(metadata, line)) for line in lines if line]
    return [path for path in files if _is_file(path)] or None


def _is_file(path):
    """Return whether a listed path can stand for itself alone: others have files in a folder, too."""
    return os.path.islink(path) or not os.path.isdir(path)


def _is_near(path, site):
    """Return whether a listed path can be one that pip installed with the folder: no list may name any other file."""
    base = _LIBRARY.split(site + "/")[0]
    return path.startswith((site + "/", base + "/bin/", base + "/share/", base + "/include/"))


def _package_files(site):
    found = []
    for package in _PACKAGES:
        for folder, folders, files in os.walk(os.path.join(site, package)):
            links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
            found += [os.path.join(folder, name) for name in files + links]
    return found


def _namespace_files(site, versions):
    names = "|".join(re.escape(version) for version in versions if version) or r"[0-9][^-]*"
    expression = re.compile(r"protobuf-(?:{0})-(?:py[0-9.]+-)?nspkg\.pth\Z".format(names))
    return [os.path.join(site, name) for name in list_folder(site) if expression.match(name)]


def _files_of_others(site, others):
    listed = [_listed(item["metadata"]) or [] for item in others]
    return set(path for files in listed for path in files)
