# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The manifest of an artefact, as the module artefact_store writes it."""

from __future__ import annotations

from typing import TypedDict


class StoredFile(TypedDict):
    sha256: str
    bytes: int


class _Files(TypedDict):
    files: dict[str, StoredFile]


class Manifest(_Files, total=False):
    """Older manifests lack the last two."""

    abi_key: str
    extensions: dict[str, str]
