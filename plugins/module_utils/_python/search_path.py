# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out what puts a folder on the search path of an interpreter, and where it comes there."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import ast
import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.eggs import list_directory, read_text

PYTHONPATH = "PYTHONPATH"
_FINDER = re.compile(r"__editable__\w+_finder\.py\Z")
_MAPPING = re.compile(r"^MAPPING\b[^=\n]*=\s*(\{.*\})\s*$", re.MULTILINE)


class SearchPath(object):
    """The search path of an interpreter; folders are compared by what links lead to."""

    def __init__(self, interpreter, google_path, users_sites):
        """interpreter: its facts; google_path: the folders of the package google, in the order of its search.

        users_sites: the folders that it searches for other users.
        """
        self._site_packages = _real(interpreter["site_packages"])
        self._python_path = _real(interpreter["python_path"])
        self._entries = _real(interpreter["sys_path"])
        self._purelib = os.path.realpath(interpreter["purelib"])
        self._google_path = [os.path.dirname(path) for path in google_path]
        # A user's .pth files put folders on the path of that user only.
        self._sites = [place for place in interpreter["site_packages"] + [interpreter["user_site"]] if place]
        self._users_sites = users_sites

    def is_own(self, location):
        """Return whether the interpreter searches a folder, or an egg in it, by itself, and the files are really there."""
        inside = os.path.realpath(os.path.join(location, "google", "protobuf"))
        place = os.path.dirname(os.path.dirname(inside))
        is_egg = place.endswith(".egg") and place == os.path.realpath(location)
        return place in self._site_packages or (is_egg and os.path.dirname(place) in self._site_packages)

    def comes_before_purelib(self, location):
        """Return whether the interpreter looks into a folder before the one that pip installs to."""
        place, google_path = os.path.realpath(location), _real(self._google_path)
        if place in google_path and self._purelib in google_path[google_path.index(place) + 1 :]:
            return True
        return place in self._entries and self._entries.index(place) < self._purelib_index()

    def listed_in(self, location):
        """Return what puts a folder on the path, or its protobuf into it: a path or PYTHONPATH; None where nothing does."""
        place = os.path.realpath(location)
        if place in self._python_path:
            return PYTHONPATH
        if place in self._site_packages:
            return _link_out_of(location)
        is_ours = place in self._entries + _real(self.hidden_locations())
        files = _files(self._sites if is_ours else self._users_sites)
        found = [path for lists in (_has_line, _maps, _links, _runs) for path in files if lists(path, location)]
        return found[0] if found else _link_out_of(location)

    def hidden_locations(self):
        """Return the folders that the interpreter looks into although they have no place on the path."""
        return self._google_path + [location for path in _files(self._sites) for location in _mapped(path)]

    def users_locations(self):
        """Return the folders that other users have on their path."""
        files = _files(self._users_sites)
        lines = [
            os.path.join(os.path.dirname(path), line)
            for path in files
            for line in _lines(path, ".pth")
            if _is_path(line)
        ]
        return self._users_sites + lines + [location for path in files for location in _mapped(path)]

    def _purelib_index(self):
        if self._purelib in self._entries:
            return self._entries.index(self._purelib)
        # It does not exist yet: where it will be, the next one of the interpreter's own folders is now.
        own = self._site_packages
        behind = own[own.index(self._purelib) :] if self._purelib in own else []
        return min([self._entries.index(place) for place in behind if place in self._entries] or [len(self._entries)])


def _files(sites):
    return [os.path.join(site, name) for site in sites for name in list_directory(site)]


def _real(paths):
    return [os.path.realpath(path) for path in paths]


def _link_out_of(location):
    """Return the link by which the protobuf of a folder lies elsewhere, None without one."""
    google = os.path.join(location, "google")
    links = [path for path in (google, os.path.join(google, "protobuf")) if os.path.islink(path)]
    return links[0] if links else None


def _has_line(path, location):
    """Return whether a .pth file has the line of a folder."""
    return any(_is_path(line) and _is_at(path, line, location) for line in _lines(path, ".pth"))


def _maps(path, location):
    return os.path.realpath(location) in _real(_mapped(path))


def _links(path, location):
    # The second line is where setup.py is, as seen from the first.
    return any(_is_at(path, line, location) for line in _lines(path, ".egg-link")[:1])


def _runs(path, location):
    """Return whether a .pth file has a line of Python that names a folder."""
    names = (location, os.path.realpath(location))
    return any(_is_run(line) and name in line for line in _lines(path, ".pth") for name in names)


def _lines(path, suffix):
    lines = (read_text(path) or "").splitlines() if path.endswith(suffix) else []
    return [line.strip() for line in lines]


def _is_run(line):
    return line.startswith(("import ", "import\t"))


def _is_path(line):
    return bool(line) and not line.startswith("#") and not _is_run(line)


def _is_at(path, line, location):
    return os.path.realpath(os.path.join(os.path.dirname(path), line)) == os.path.realpath(location)


def _mapped(finder):
    """Return the folders in which the packages google and google.protobuf of an editable install lie."""
    match = _MAPPING.search(read_text(finder) or "") if _FINDER.search(finder) else None
    try:
        mapping = ast.literal_eval(match.group(1)) if match else {}
    except (SyntaxError, ValueError):
        return []
    found = []
    for name, path in sorted(mapping.items()):
        inside = "/" + name.replace(".", "/")
        if name in ("google", "google.protobuf") and path.endswith(inside):
            found.append(path[: -len(inside)])
    return found
