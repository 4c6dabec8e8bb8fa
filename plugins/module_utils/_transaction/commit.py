# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""End a transaction: record the new state, or restore the old one. Either is repeated where it was killed."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import SCHEMA
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import (
    digest,
    fsync,
    list_folder,
    make_folder,
    remove,
    write_json,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.debian_package import (
    installed_package,
    is_whole,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import belongs
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.snapshot import manifest_of, restore

_SYNC_TIMEOUT = 600


def merged(before, intent):
    """Return the state to record; what a transaction did not change is as it was before."""
    before = before or {}
    state = dict(intent, schema=SCHEMA)
    for name in ("package", "wheel"):
        state[name] = intent[name] or before.get(name)
    if not intent["python_version"]:
        state.update((name, before.get(name)) for name in ("python_version", "constraint"))
    state["adopted"] = intent["adopted"] or before.get("adopted", False)
    return state


def commit(layout, state):
    """Record what is installed as the state of the board."""
    if state["wheel"] and "record" in state["wheel"]:
        state["wheel"]["record_sha256"] = digest("sha256", state["wheel"]["record"])
    # What dpkg, pip and ldconfig wrote has to be on the disk before the state says so.
    run_process(["sync"], _SYNC_TIMEOUT, dict(os.environ))
    write_json(layout.state, state, 0o644)
    _keep_original(layout)
    layout.drop_transaction()
    layout.drop_temporary()
    layout.keep_only(state["package"] and state["package"]["version"])


def roll_back(layout, dpkg):
    """Restore everything that the transaction can have changed, and verify it; a Failure keeps the snapshot."""
    manifest = manifest_of(layout.transaction)
    version = manifest["before"]["package"]
    dpkg.finish_linker()
    changed = put_back_package(layout, dpkg, version)
    restore(layout.transaction)
    if changed or any(item[0] == "library" for item in manifest["scope"]):
        dpkg.refresh_linker_cache()
    layout.keep_only(version)
    layout.drop_transaction()


def put_back_package(layout, dpkg, version):
    """Install this version of our package (None: remove it); return whether that was necessary."""
    now = installed_package()
    if version is None and now is None:
        return False
    if version is None:
        dpkg.purge()
    elif now is None or now["version"] != version or not is_whole(now):
        dpkg.install(layout.kept_package(version))
    else:
        return False
    now = installed_package()
    if (now and now["version"]) != version or (now and not is_whole(now)):
        raise Failure("The package {0} could not be restored: look at the log of dpkg.".format(PACKAGE))
    return True


def tidy(layout):
    """Remove what is temporary, and everything on a board that is not managed."""
    layout.drop_temporary()
    if os.path.isdir(layout.folder) and layout.read_state() is None and not os.path.lexists(layout.transaction):
        forget(layout)


def forget(layout):
    """Remove our folder on the board: first the state, which makes the board a managed one, and the lock last."""
    remove(layout.state)
    for name in list_folder(layout.folder):
        if name != os.path.basename(layout.lock):
            remove(os.path.join(layout.folder, name))
    remove(layout.lock)
    os.rmdir(layout.folder)


def original_snapshots(layout):
    """Return the snapshots of what was there before the collection, the oldest first."""
    return [os.path.join(layout.original, name) for name in list_folder(layout.original)]


def original_scopes(layout, kinds):
    """Return [(snapshot, the part of its scope that no older one has)] for those kinds."""
    known, result = [], []
    for snapshot in original_snapshots(layout):
        scope = [item for item in manifest_of(snapshot)["scope"] if item not in known]
        known += scope
        result.append((snapshot, [item for item in scope if item[0] in kinds]))
    return result


def _keep_original(layout):
    """Keep a snapshot for the removal if it is the first one, or contains paths that no older one covers."""
    if not os.path.lexists(layout.transaction):
        return
    kept = original_snapshots(layout)
    known = [item for snapshot in kept for item in manifest_of(snapshot)["scope"]]
    manifest = manifest_of(layout.transaction)
    new = [item for item in manifest["scope"] if item not in known and item[0] in ("module", "library")]
    if kept and not _holds_any(manifest["entries"], new):
        return
    make_folder(layout.original, 0o700)
    os.rename(layout.transaction, os.path.join(layout.original, "{0:04d}".format(len(kept) + 1)))
    fsync(layout.original)
    fsync(layout.folder)


def _holds_any(entries, scope):
    return any(belongs(path, scope) for path in entries)


def distribution_packages(before, abi_key, packages):
    """Return the names of the distribution's libprotobuf packages to record: the installed ones and those recorded before.

    before: the state so far, which is not used where it is of another release of the distribution or of Python.
    """
    before = before or {}
    installed = [name for name in packages if packages[name]["status"] == "installed"]
    names = set(name for name in installed if name.startswith("libprotobuf"))
    if _platform(before.get("abi_key", "")) == _platform(abi_key):
        names.update(before.get("distribution_packages", []))
    return sorted(names)


def _platform(abi_key):
    """Return the platform in an ABI key: all but the version in front and the digest at the end."""
    return abi_key.partition("_")[2].rpartition("_")[0]
