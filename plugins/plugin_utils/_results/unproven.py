# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a look at a board could not find out, most often because the board had no capacity for that."""

from __future__ import annotations

from typing import Final

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Facts

UNPROVEN: Final = "unproven"


def unproven_parts(facts: Facts) -> list[str]:
    """Return a sentence for each part of the facts that is unproven."""
    found: list[str | None] = []
    if "module" in facts and facts["module"]["status"] == UNPROVEN:
        found.append(facts["module"]["error"])
    if "opencv" in facts and facts["opencv"]["verdict"] == UNPROVEN:
        found.append(facts["opencv"]["reason"])
    if "load_time" in facts and facts["load_time"]["status"] == UNPROVEN:
        found.append(facts["load_time"]["error"])
    # All for the same reason.
    found += [graph["error"] for graph in facts.get("graphs", []) if graph["status"] == UNPROVEN][:1]
    return [sentence for sentence in found if sentence]
