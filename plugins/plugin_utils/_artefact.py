# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the artefact store on the controller holds for an ABI key.

PRIVATE to the collection.
"""

from __future__ import annotations

import json
import os
from typing import Any


def find_artefact(store: str, key: str) -> dict[str, Any] | None:
    """Return the manifest of a key whose files are all there, or None.

    Only presence and size are looked at: a survey of many boards must be cheap. The module
    artefact_store reads the sums, when it stores and with state=verified.
    """
    folder = os.path.join(store, key)
    try:
        with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as stream:
            manifest = json.load(stream)
        files = manifest["files"]
        complete = all(os.path.getsize(os.path.join(folder, name)) == entry["bytes"] for name, entry in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return manifest if files and complete else None
