# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a transaction ends: the new is noted, or the old is put back. Killed in between, either is done again."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import PACKAGE, SCHEMA
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
    finish_linker,
    install_package,
    installed_package,
    is_whole,
    purge_package,
    refresh_linker_cache,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import belongs
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.snapshot import (
    manifest_of,
    restore,
)

_SYNC_TIMEOUT = 600


def merged(before, intent):
    """What is noted: what a transaction did not touch is as it was before."""
    before = before or {}
    state = dict(intent, schema=SCHEMA)
    for name in ("package", "wheel"):
        state[name] = intent[name] or before.get(name)
    if not intent["python_version"]:
        state.update((name, before.get(name)) for name in ("python_version", "constraint"))
    state["adopted"] = intent["adopted"] or before.get("adopted", False)
    return state


def commit(board, state):
    """Make what is installed the board's state."""
    if state["wheel"] and "record" in state["wheel"]:
        state["wheel"]["record_sha256"] = digest("sha256", state["wheel"]["record"])
    # What dpkg, pip and ldconfig wrote has to be on the disk before we say so.
    run_process(["sync"], _SYNC_TIMEOUT, dict(os.environ))
    write_json(board.state, state, 0o644)
    _keep_original(board)
    board.drop_transaction()
    board.drop_temporary()
    board.keep_only(state["package"] and state["package"]["version"])


def roll_back(board, lock_timeout):
    """Put everything back to what it was before the transaction, and prove it; a Failure keeps the snapshot."""
    manifest = manifest_of(board.transaction)
    version = manifest["before"]["package"]
    finish_linker(board, lock_timeout)
    changed = put_back_package(board, version, lock_timeout)
    restore(board.transaction)
    if changed or any(item[0] == "library" for item in manifest["scope"]):
        refresh_linker_cache(board)
    board.keep_only(version)
    board.drop_transaction()


def put_back_package(board, version, lock_timeout):
    """Make dpkg have this version of our package (None: none); whether something had to be done."""
    now = installed_package()
    if version is None and now is None:
        return False
    if version is None:
        purge_package(board, lock_timeout)
    elif now is None or now["version"] != version or not is_whole(now):
        install_package(board, board.kept_package(version), lock_timeout)
    else:
        return False
    now = installed_package()
    if (now and now["version"]) != version or (now and not is_whole(now)):
        raise Failure("The package {0} is not what it was: look at the log of dpkg.".format(PACKAGE))
    return True


def tidy(board):
    """Leave nothing temporary, and nothing at all on a board that is not managed."""
    board.drop_temporary()
    if os.path.isdir(board.folder) and board.read_state() is None and not os.path.lexists(board.transaction):
        forget(board)


def forget(board):
    """Remove the board's folder. What says that the board is managed goes first, the lock last."""
    remove(board.state)
    for name in list_folder(board.folder):
        if name != os.path.basename(board.lock):
            remove(os.path.join(board.folder, name))
    remove(board.lock)
    os.rmdir(board.folder)


def layers(board):
    """The snapshots that tell what there was before the collection, the oldest first."""
    return [os.path.join(board.original, name) for name in list_folder(board.original)]


def original_scopes(board, kinds):
    """[(snapshot, the part of its scope that no older one has)] for those kinds."""
    known, result = [], []
    for layer in layers(board):
        scope = [item for item in manifest_of(layer)["scope"] if item not in known]
        known += scope
        result.append((layer, [item for item in scope if item[0] in kinds]))
    return result


def _keep_original(board):
    """A snapshot stays for the removal if it is the first one, or holds what no older one could."""
    if not os.path.lexists(board.transaction):
        return
    kept = layers(board)
    known = [item for layer in kept for item in manifest_of(layer)["scope"]]
    manifest = manifest_of(board.transaction)
    new = [item for item in manifest["scope"] if item not in known and item[0] in ("module", "library")]
    if kept and not _holds_any(manifest["entries"], new):
        return
    make_folder(board.original, 0o700)
    os.rename(board.transaction, os.path.join(board.original, "{0:04d}".format(len(kept) + 1)))
    fsync(board.original)
    fsync(board.folder)


def _holds_any(entries, scope):
    return any(belongs(path, scope) for path in entries)


def distribution_packages(before, abi_key, packages):
    """Names of the distribution's libprotobuf packages to note: what is installed, and what was noted before.

    before: the state so far. What another release of the distribution or of Python had is forgotten.
    """
    before = before or {}
    installed = [name for name in packages if packages[name]["status"] == "installed"]
    names = set(name for name in installed if name.startswith("libprotobuf"))
    if _platform(before.get("abi_key", "")) == _platform(abi_key):
        names.update(before.get("distribution_packages", []))
    return sorted(names)


def _platform(abi_key):
    """What an ABI key says of the board: all but the version in front and the digest at the end."""
    return abi_key.partition("_")[2].rpartition("_")[0]
