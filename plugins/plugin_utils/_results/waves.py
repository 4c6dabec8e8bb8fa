# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the next wave of a rollout may start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.outcome import WELL, outcome
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.registered import GATE


def stop_reason(
    hostvars: Mapping[str, Any], hosts: Iterable[str], batch: Iterable[str], max_fail_percentage: float
) -> str | None:
    """Return why the boards of the batch must stay untouched, None where they need not.

    Every board of an earlier wave counts that is not well: failed, refused, unreachable or rolled back.
    """
    this_wave = set(batch)
    earlier = [host for host in hosts if host not in this_wave and GATE in hostvars[host]]
    statuses = {host: outcome(hostvars[host])[0] for host in earlier}
    unwell = [host for host in earlier if statuses[host] not in WELL]
    held_back = [host for host in unwell if statuses[host] == "held_back"]
    if held_back:
        return str(hostvars[held_back[0]][GATE]["reason"])
    if not earlier or len(unwell) * 100 <= max_fail_percentage * len(earlier):
        return None
    named = ", ".join(f"{host} {statuses[host]}" for host in unwell[:5]) + (", ..." if len(unwell) > 5 else "")
    return (
        f"Held back, because {len(unwell)} of the {len(earlier)} boards of the waves before are not well ({named}), which is more "
        f"than {max_fail_percentage:g} per cent: cure those first, or raise rollout_max_fail_percentage."
    )
