# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the artefact store on the controller holds for an ABI key."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts import store as artefact_store
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.artefact import Manifest


class StoredArtefact:
    """What is stored for a key. All of it follows from one reading of the manifest."""

    def __init__(self, store: str, key: str) -> None:
        """Read the manifest."""
        self._stored = artefact_store.StoredArtefact(store, key)
        self.folder: str = self._stored.folder
        self.key = key
        # The bytes that a signature is for.
        self.content: bytes = self._stored.content or b""

    def complete(self) -> Manifest | None:
        """Return the manifest if the files are all there, or None.

        Only presence and size are checked: a survey of many boards must be cheap. The sums are
        checked before anything is installed, by verify, and by the module artefact_store.
        """
        manifest: Manifest | None = self._stored.manifest if self._stored.is_complete() else None
        return manifest

    def fault(self) -> str | None:
        """Return what is wrong with a folder that was made for another key, None where it is right or not there."""
        fault: str | None = self._stored.fault()
        return fault

    def manifest(self) -> Manifest:
        """Return the manifest; a ValueError says that there is none for this key."""
        manifest: Manifest = self._stored.check()
        return manifest

    def verify(self, names: Iterable[str] | None = None) -> None:
        """Check the sums of the files, all or the named ones; a ValueError names the first that was changed."""
        self._stored.verify(names)


def find_artefact(store: str, key: str) -> Manifest | None:
    """Return the manifest of a key whose files are all there, or None."""
    return StoredArtefact(store, key).complete()
