# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find what an installation changes of the files of the module, and change it."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections
import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import acting_as, folder_identity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.path_files import (
    easy_install,
    lines_naming,
    take_out,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.pip import stage_wheel
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.preparation import (
    check_links,
    check_no_link,
    check_owners,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.records import (
    claimed_paths,
    linked_paths,
    metadata_folder,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import files_of, of_site, paths_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.switch import switch
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.workplace import (
    flush,
    make_workplace,
    staged_files,
)

# A copy that goes. site: the folder that its paths lie in; location: what is, or was, on sys.path.
_Copy = collections.namedtuple("_Copy", "site location paths")


class ModuleChange:
    """The change of the files of the module in the folders of an interpreter.

    options: those of the transaction; purelib: the folder to install to; identity: what the interpreter is started as.
    """

    def __init__(self, options, purelib, identity):
        self.identity = identity
        self._options = options
        self._site = purelib
        self._staged = None
        self._placements = {}
        self.find_copies()

    def find_copies(self):
        """Find what belongs to the copies that go; again where a rollback has changed them since."""
        self._copies = [_removed(location) for location in self._options["remove_copies"]]
        self._copies += [_unlisted(item["location"], item["listed_in"]) for item in self._options["unlist_copies"]]
        # {path of an easy-install.pth: the lines that are taken out of it}
        self.lines = _lines(self._copies)

    @property
    def sites(self):
        """Return the folders that something is changed in, in the order of the changes."""
        sites = [self._site] if self._placements else []
        return sites + sorted(set(copy.site for copy in self._copies) - set(sites))

    def stage(self, layout, wheel):
        """Have pip install a wheel, given by its path, beside what is there."""
        root = make_workplace(layout, self._site, self.identity)
        options = self._options
        self._staged = stage_wheel(layout, wheel, options["pip_install"], options["executable"], self._site, root)
        self._placements = staged_files(root)
        flush(root)

    def scope(self):
        """Return [kind, path] of everything that can change."""
        paths = set(metadata_folder(path) for path in self._placements)
        if self._placements:
            paths |= claimed_paths(self._site)
        for copy in self._copies:
            paths |= copy.paths
        for site in self.sites:
            here = of_site(paths.union(self._placements), site, self.sites)
            check_links(site, here)
            if self.identity[0] != 0:
                check_owners(site, files_of(here).union(here), self.identity)
        for path in self.lines:
            check_no_link(path)
        return [["module", path] for path in sorted(paths)] + [["path_file", path] for path in sorted(self.lines)]

    def apply(self, scope, wait):
        """Switch to what was staged, and withdraw the other copies. scope: of the snapshot; wait: as of switch()."""
        paths = paths_of(scope, ("module",))
        if self._placements:
            self._switch(self._site, paths, wait)
        for path, lines in sorted(self.lines.items()):
            with acting_as(*folder_identity(os.path.dirname(path), self.identity)):
                take_out(path, lines)
        for site in self.sites:
            if site != self._site or not self._placements:
                self._switch(site, paths, wait)

    def _switch(self, site, paths, wait):
        placements = self._placements if site == self._site else {}
        with acting_as(*folder_identity(site, self.identity)):
            switch(site, self._staged, placements, files_of(of_site(paths, site, self.sites)), wait)


def _removed(location):
    if location.endswith(".egg"):
        return _Copy(os.path.dirname(location), location, set([location]))
    return _Copy(location, location, claimed_paths(location))


def _unlisted(location, listed_in):
    site = os.path.dirname(listed_in)
    return _Copy(site, location, linked_paths(site))


def _lines(copies):
    """Return {path: lines} of the lines that put the copies on sys.path."""
    found = {}
    for copy in copies:
        path = easy_install(copy.site)
        lines = lines_naming(path, copy.location)
        if lines:
            found[path] = sorted(set(found.get(path, []) + lines))
    return found
