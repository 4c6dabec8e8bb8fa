# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the artefact store on the controller holds for an ABI key."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable
from typing import Any

# Names out of a manifest become parts of paths, here and on boards: they may not lead anywhere else.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~!-]*")


def find_artefact(store: str, key: str) -> dict[str, Any] | None:
    """Return the manifest of a key whose files are all there, or None.

    Only presence and size are looked at: a survey of many boards must be cheap. The sums are
    read before anything is installed, by verify_files, and by the module artefact_store.
    """
    folder = os.path.join(store, key)
    manifest = _read(folder)
    try:
        files = manifest["files"]
        complete = all(os.path.getsize(os.path.join(folder, name)) == entry["bytes"] for name, entry in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return manifest if files and complete else None


def artefact_fault(store: str, key: str) -> str | None:
    """Return what is wrong with a folder that was made for another key, None where it is right or not there."""
    folder = os.path.join(store, key)
    manifest = _read(folder)
    found = manifest.get("abi_key") if isinstance(manifest, dict) else key
    if found == key:
        return None
    return (
        f"The artefact in {folder} was made for {found or 'no ABI key'} and not for {key}: "
        "delete that folder and run the playbook jetfleet.protobuf.build."
    )


def read_manifest(store: str, key: str) -> dict[str, Any]:
    """Return the manifest of a key; a ValueError says in one sentence that there is none for it."""
    manifest = _read(os.path.join(store, key))
    if not _well_formed(manifest):
        raise ValueError(
            f"The artefact store {store} holds no readable manifest for {key}: run the playbook jetfleet.protobuf.build."
        )
    fault = artefact_fault(store, key)
    if fault:
        raise ValueError(fault)
    found: dict[str, Any] = manifest
    return found


def verify_files(store: str, key: str, names: Iterable[str] | None = None) -> None:
    """Read the files of a key, all or the named ones; a ValueError names the first that is not as it was stored."""
    folder = os.path.join(store, key)
    files = read_manifest(store, key)["files"]
    for name in sorted(files if names is None else names):
        found = _digest(os.path.join(folder, name))
        if found != files[name]["sha256"]:
            raise ValueError(
                f"{os.path.join(folder, name)} has the SHA-256 {found or 'of no file'} instead of "
                f"{files[name]['sha256']}: delete {folder} and run the playbook jetfleet.protobuf.build."
            )


def _read(folder: str) -> Any:
    try:
        with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as stream:
            return json.load(stream)
    except (OSError, ValueError):
        return None


def _well_formed(manifest: Any) -> bool:
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if not files or not isinstance(files, dict):
        return False
    return all(
        _NAME.fullmatch(name) and isinstance(entry, dict) and isinstance(entry.get("sha256"), str)
        for name, entry in files.items()
    )


def _digest(path: str) -> str | None:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()
