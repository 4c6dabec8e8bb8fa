# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the artefact store on the controller holds for an ABI key."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts import store as artefact_store
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.artefact import Manifest


def find_artefact(store: str, key: str) -> Manifest | None:
    """Return the manifest of a key whose files are all there, or None.

    Only presence and size are checked: a survey of many boards must be cheap. The sums are
    checked before anything is installed, by verify_files, and by the module artefact_store.
    """
    manifest: Manifest = artefact_store.load_manifest(store, key)
    try:
        files = manifest["files"]
        complete = all(
            os.path.getsize(os.path.join(store, key, name)) == entry["bytes"] for name, entry in files.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return manifest if files and complete else None


def artefact_fault(store: str, key: str) -> str | None:
    """Return what is wrong with a folder that was made for another key, None where it is right or not there."""
    fault: str | None = artefact_store.artefact_fault(store, key)
    return fault


def read_manifest(store: str, key: str) -> Manifest:
    """Return the manifest of a key; a ValueError says that there is none for it."""
    manifest: Manifest = artefact_store.read_manifest(store, key)
    return manifest


def verify_files(store: str, key: str, names: Iterable[str] | None = None) -> None:
    """Check the sums of the files of a key, all or the named ones; a ValueError names the first that was changed."""
    artefact_store.verify(store, key, names)
