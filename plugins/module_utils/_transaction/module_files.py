# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put the files of the module back to what snapshots hold of them, while it can be imported."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import acting_as, folder_identity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import of_site
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.snapshot import (
    differing,
    entries_of,
    extract,
    manifest_of,
    restore_attributes,
    scan,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.switch import switch
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.workplace import flush, make_workplace


def restore_module(layout, parts, unwanted, wait):
    """Restore the module from parts of snapshots, [(folder of the snapshot, paths)], and remove the unwanted files.

    wait: as of switch().
    """
    sites = _sites(parts)
    manifest = manifest_of(parts[0][0])
    identity = manifest["identity"]
    wanted, sources = {}, {}
    for folder, paths in parts:
        entries = entries_of(folder, paths)
        wanted.update(entries)
        sources.update(dict.fromkeys(entries, folder))
    found = scan(set(unwanted).union(*[part[1] for part in parts]))
    changed = differing(wanted, found)
    gone = [path for path in found if path not in wanted]
    for site in reversed(sites):
        if of_site(changed, site, sites):
            here = dict((path, sources[path]) for path in of_site(sources, site, sites))
            owner, absent = folder_identity(site, identity), _absent(site, manifest["parents"])
            _restore_site(layout, site, owner, absent, here, wanted, of_site(gone, site, sites), wait)
    for folder, paths in parts:
        restore_attributes(folder, paths, folder_identity(sites[0], identity) if sites else None)


def _restore_site(layout, site, owner, absent, sources, wanted, gone, wait):
    """Stage {path: folder of the snapshot} as a user and switch to it."""
    root = make_workplace(layout, site, owner, absent)
    for folder in sorted(set(sources.values())):
        extract(folder, dict((path, root + path) for path in sources if sources[path] == folder), owner)
    flush(root)
    placements = dict((path, root + path) for path in sources if wanted[path]["type"] != "folder")
    unwanted = [path for path in gone if os.path.islink(path) or not os.path.isdir(path) or not os.listdir(path)]
    with acting_as(*owner):
        switch(site, root + site, placements, unwanted, wait)


def _absent(site, parents):
    """Return the folders down to a site that were not there when a snapshot with these parents was taken, the deepest first."""
    return sorted(
        [path for path in parents if parents[path] is None and (site + "/").startswith(path + "/")], reverse=True
    )


def _sites(parts):
    """Return the folders on sys.path in the order in which they were changed."""
    found = []
    for folder in [part[0] for part in parts]:
        found += [site for site in manifest_of(folder)["sites"] if site not in found]
    return found
