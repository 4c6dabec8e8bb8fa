# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.

"""Whether the collection manages a board, and what a hand-made installation left under /usr/local."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import glob
import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._board_folder import Board

_HANDMADE = (
    "lib/libproto{0}.so*",
    "lib/libproto{0}.a",
    "lib/libproto{0}.la",
)
_LIBRARIES = ("buf", "buf-lite", "c")
_OTHERS = ("lib/pkgconfig/protobuf*.pc", "bin/protoc", "include/google/protobuf")
_NOTED = ("abi_key", "executable", "python_version")


def installation_facts(owners, board=None):
    """What state.json says, whether a transaction was interrupted, and the files that no package owns."""
    board = board or Board()
    state = board.read_state()
    facts = dict((name, (state or {}).get(name)) for name in _NOTED)
    for name in ("adopted", "constraint"):
        facts[name] = bool((state or {}).get(name))
    facts.update(managed=state is not None, interrupted=board.interrupted(), handmade=_handmade(owners, board.prefix))
    return facts


def _handmade(owners, prefix):
    patterns = [pattern.format(library) for pattern in _HANDMADE for library in _LIBRARIES]
    paths = [path for pattern in patterns + list(_OTHERS) for path in glob.glob(os.path.join(prefix, pattern))]
    owned = owners(paths)
    return sorted(path for path in set(paths) if owned[path] is None and _holds_anything(path))


def _holds_anything(path):
    """Whether it is a file, or a folder with a file in it: dpkg leaves empty folders that it did not make."""
    return not os.path.isdir(path) or any(files for dummy, dummy2, files in os.walk(path))
