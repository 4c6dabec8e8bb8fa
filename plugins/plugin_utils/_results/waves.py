# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The waves of a rollout, and whether the next one may start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from ansible.utils.helpers import pct_to_int
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.outcome import WELL, outcome

Size = int | str


def split_into_waves(boards: Sequence[str], sizes: Sequence[Size]) -> list[list[str]]:
    """Return the boards as Ansible's C(serial) would divide them: a number or a share of all each, the last one repeated."""
    waves: list[list[str]] = []
    rest = list(boards)
    while rest:
        size = sizes[min(len(waves), len(sizes) - 1)]
        # Ansible takes 0 for all.
        count = pct_to_int(size, len(boards)) or len(rest)
        waves.append(rest[:count])
        rest = rest[count:]
    return waves


def stop_reason(
    hostvars: Mapping[str, Any], waves: Iterable[Sequence[str]], batch: Iterable[str], max_fail_percentage: float
) -> str | None:
    """Return why the boards of the batch must stay untouched, None if they may be changed.

    Every board of an earlier wave counts that failed, was refused, was unreachable or was rolled back.
    """
    this_wave = set(batch)
    waves_before = []
    for wave in waves:
        if not this_wave.isdisjoint(wave):
            break
        waves_before.append(wave)
    earlier = list(chain.from_iterable(waves_before))
    statuses = {host: outcome(hostvars[host])[0] for host in earlier}
    unwell = [host for host in earlier if statuses[host] not in WELL]
    held_back = [host for host in unwell if statuses[host] == "held_back"]
    if held_back:
        return outcome(hostvars[held_back[0]])[1]
    if not earlier or len(unwell) * 100 <= max_fail_percentage * len(earlier):
        return None
    named = ", ".join(f"{host} {statuses[host]}" for host in unwell[:5]) + (", ..." if len(unwell) > 5 else "")
    return (
        f"Held back, because {len(unwell)} of the {len(earlier)} boards of the waves before are not well ({named}), which is more "
        f"than {max_fail_percentage:g} per cent: fix those first, or raise jetfleet_max_fail_percentage."
    )
