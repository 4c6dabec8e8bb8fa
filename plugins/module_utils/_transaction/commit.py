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
    existing_folder,
    fsync,
    list_folder,
    make_folder,
    remove,
    write_json,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import folder_identity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.debian_package import (
    installed_package,
    is_whole,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.libraries import (
    place_kept_libraries,
    place_libraries,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.module_files import restore_module
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import belongs, paths_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.snapshot import (
    entries_of,
    manifest_of,
    restore,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.workplace import drop_workplaces

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


def roll_back(layout, dpkg, wait):
    """Restore everything that the transaction can have changed, and verify it; the snapshot stays.

    The module comes first, as it needs the libraries of both packages to be there while it is replaced.
    """
    snapshot = layout.transaction
    manifest = manifest_of(snapshot)
    version = manifest["before"]["package"]
    library = paths_of(manifest["scope"], ("library",))
    dpkg.finish_linker()
    if place_old_libraries(layout, version, [(snapshot, library)]):
        dpkg.refresh_linker_cache()
    restore_module(layout, [(snapshot, paths_of(manifest["scope"], ("module",)))], [], wait)
    for path in paths_of(manifest["scope"], ("path_file",)):
        restore(snapshot, [path], folder_identity(os.path.dirname(path), manifest["identity"]))
    changed = put_back_package(layout, dpkg, version, [(snapshot, library)])
    restore(snapshot, library | paths_of(manifest["scope"], ("constraint", "state")))
    if changed or library:
        dpkg.refresh_linker_cache()
    layout.keep_only(version)


def place_old_libraries(layout, version, parts):
    """Put back the libraries of an older package, or of parts of snapshots, that are gone; return whether there are any.

    Libraries that are there stay: a newer one with the same soname serves both.
    """
    kept = version and layout.kept_package(version)
    placed = bool(kept) and os.path.exists(kept) and place_libraries(kept, layout.unpacked, False)
    for snapshot, paths in parts:
        placed = place_kept_libraries(snapshot, paths) or placed
    return placed


def put_back_package(layout, dpkg, version, parts):
    """Install this version of our package, or purge it (None) and restore the libraries of these parts of snapshots.

    Return whether dpkg had anything to do.
    """
    now = installed_package()
    if version is None and now is None:
        return False
    if version is None:
        # First, as a program can need one of them that has the name of one of ours.
        for snapshot, paths in parts:
            restore(snapshot, paths)
        dpkg.purge(sorted(path for snapshot, paths in parts for path in entries_of(snapshot, paths)))
    elif now is None or now["version"] != version or not is_whole(now, layout.kept_package(version)):
        dpkg.install(layout.kept_package(version))
    else:
        return False
    now = installed_package()
    if (now and now["version"]) != version or (now and not is_whole(now, layout.kept_package(version))):
        raise Failure("The package {0} could not be restored: look at the log of dpkg.".format(PACKAGE))
    return True


def tidy(layout):
    """Remove what is temporary, and everything on a board that is not managed; bring that to the disk."""
    layout.drop_temporary()
    if not os.path.lexists(layout.transaction):
        drop_workplaces(layout)
    if os.path.isdir(layout.folder) and layout.read_state() is None and not os.path.lexists(layout.transaction):
        forget(layout)
    # What a run says has to be so after a power cut, too.
    fsync(existing_folder(layout.folder))


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


def original_parts(layout, kinds):
    """Return [(snapshot, the paths of these kinds that no older one covers)]."""
    known, result = set(), []
    for snapshot in original_snapshots(layout):
        scope = manifest_of(snapshot)["scope"]
        result.append((snapshot, set(path for path in paths_of(scope, kinds) if not belongs(path, known))))
        known.update(path for dummy, path in scope)
    return result


def _keep_original(layout):
    """Keep a snapshot for the removal if it is the first one, or contains paths that no older one covers."""
    if not os.path.lexists(layout.transaction):
        return
    remove(layout.units)
    kept = original_snapshots(layout)
    known = set(path for snapshot in kept for dummy, path in manifest_of(snapshot)["scope"])
    manifest = manifest_of(layout.transaction)
    scope = paths_of(manifest["scope"], ("module", "path_file", "library"))
    if kept and not any(belongs(path, scope) and not belongs(path, known) for path in manifest["entries"]):
        return
    make_folder(layout.original, 0o700)
    os.rename(layout.transaction, os.path.join(layout.original, "{0:04d}".format(len(kept) + 1)))
    fsync(layout.original)
    fsync(layout.folder)


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
