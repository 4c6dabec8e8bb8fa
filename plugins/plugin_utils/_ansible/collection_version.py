# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The version of this collection."""

from __future__ import annotations

from pathlib import Path

import yaml


def collection_version() -> str:
    """Return the version of an installed collection, or of a checkout."""
    root = Path(__file__).parents[3]
    manifest = root / "MANIFEST.json"
    if manifest.exists():
        # JSON is YAML.
        return str(yaml.safe_load(manifest.read_bytes())["collection_info"]["version"])
    return str(yaml.safe_load((root / "galaxy.yml").read_bytes())["version"])
