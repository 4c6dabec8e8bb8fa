# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take everything of the collection off a board, and put back what was there before it came."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation import pip_constraint
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import digest, remove
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.homes import homes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import commit
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.debian_package import (
    await_dpkg,
    installed_package,
    refresh_linker_cache,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.install import result, undo
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.lock import board_lock
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import exact
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.snapshot import restore, take

KINDS = ("module", "library")


def changes(board):
    """Whether there is anything to remove."""
    return board.read_state() is not None or board.interrupted()


def absent(board, options, gather):
    """Remove what is managed; a run that was killed is undone first. The result of the module, with failed."""
    if not os.path.lexists(board.folder):
        return result(gather(), changed=False)
    with board_lock(board, options["lock_timeout"]):
        try:
            return _absent(board, options, gather)
        finally:
            commit.tidy(board)


def _absent(board, options, gather):
    board.drop_temporary()
    changed = os.path.lexists(board.transaction)
    if changed:
        await_dpkg(board, options["dpkg_lock_timeout"])
        commit.roll_back(board, options["dpkg_lock_timeout"])
    state = board.read_state()
    if state is None:
        return result(gather(), changed=changed)
    installed = installed_package()
    originals = commit.original_scopes(board, KINDS)
    scope = [item for dummy, items in originals for item in items] + [exact("state", board.state)]
    scope += [exact("constraint", path) for path in (board.constraints, os.path.realpath(board.pip_conf))]
    take(board.partial, board.transaction, scope, [], dict(package=installed and installed["version"]), None)
    try:
        _remove(board, options, state)
    # Whatever goes wrong must leave the board as it was.
    except Exception as error:
        return undo(board, options, gather, str(error) or type(error).__name__)
    board.drop_transaction()
    commit.forget(board)
    for home in homes():
        remove(os.path.join(home, ".cache", "jetfleet"))
    return result(gather(), changed=True)


def _remove(board, options, state):
    kinds = KINDS if _module_is_ours(state) else KINDS[1:]
    commit.put_back_package(board, None, options["dpkg_lock_timeout"])
    for folder, scope in commit.original_scopes(board, kinds):
        restore(folder, scope)
    refresh_linker_cache(board)
    pip_constraint.apply_constraint(board, False, None)


def _module_is_ours(state):
    """Whether the module is still the one that was installed: pip's list of its files tells, with their sums."""
    wheel = state["wheel"] or {}
    noted = wheel.get("record_sha256")
    return noted is not None and digest("sha256", wheel["record"]) == noted
