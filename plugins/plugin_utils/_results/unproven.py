# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a look at a board could not find out, most often because the board had no capacity for that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

UNPROVEN: Final = "unproven"
# part of the facts -> (what says that it is unproven, the sentence why)
_PARTS = {
    "module": ("status", "error"),
    "opencv": ("verdict", "reason"),
    "load_time": ("status", "error"),
    "graphs": ("status", "error"),
}


def unproven_parts(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return a sentence for each part of the facts that is unproven; graphs are so for one reason."""
    found: dict[str, str] = {}
    for part, (status, reason) in _PARTS.items():
        entries = facts.get(part) or []
        for entry in entries if isinstance(entries, list) else [entries]:
            if entry.get(status) == UNPROVEN:
                found.setdefault(part, str(entry.get(reason)))
    return found
