# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One builder for each ABI key that no stored artefact answers.

PRIVATE to the collection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._abi import MACHINES
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._compatibility import major_minor
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._registered import BEFORE, PLAN

Rank = tuple[int, int, str]


def elect_builders(
    hostvars: Mapping[str, Any], hosts: Iterable[str], builders: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Return every builder with its targets: for each ABI key one board that stands for all boards of that key."""
    targets: dict[str, str] = {}
    fittest = sorted(set(hosts), key=lambda host: _rank(host, _plan(hostvars, host)))
    for host in fittest:
        if _plan(hostvars, host).get("needs_build") and host not in set(builders):
            targets.setdefault(_plan(hostvars, host)["abi_key"], host)
    elected: dict[str, list[str]] = {}
    for _key, target in sorted(targets.items()):
        builder = _matching_builder(hostvars, target, sorted(builders)) or _able_board(hostvars, target, fittest)
        if builder:
            elected.setdefault(builder, []).append(target)
    return [{"builder": builder, "targets": boards} for builder, boards in elected.items()]


def _matching_builder(hostvars: Mapping[str, Any], target: str, builders: list[str]) -> str | None:
    wanted = _platform(_facts(hostvars, target))
    for builder in sorted(builders, key=lambda host: _rank(host, _plan(hostvars, host))):
        if _can_build(hostvars, builder) and _platform(_facts(hostvars, builder)) == wanted:
            return builder
    return None


def _able_board(hostvars: Mapping[str, Any], target: str, fittest: list[str]) -> str | None:
    key = _plan(hostvars, target)["abi_key"]
    able = (host for host in fittest if _can_build(hostvars, host) and _plan(hostvars, host)["abi_key"] == key)
    return next(able, None)


def _can_build(hostvars: Mapping[str, Any], host: str) -> bool:
    plan = _plan(hostvars, host)
    return bool(plan) and not plan["build_refusals"]


def _platform(facts: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what a cross toolchain of the distribution cannot bridge; the architecture it can."""
    board = facts["board"]
    distribution = board["distribution"]
    return (
        board["architecture"] in MACHINES,
        distribution["id"],
        distribution["version_id"],
        board["glibc"],
        major_minor(facts["python"]["version"]),
    )


def _facts(hostvars: Mapping[str, Any], host: str) -> dict[str, Any]:
    facts: dict[str, Any] = hostvars[host][BEFORE]["ansible_facts"]["jetfleet"]
    return facts


def _plan(hostvars: Mapping[str, Any], host: str) -> dict[str, Any]:
    # A host that was unreachable or failed has no plan, or one without its results.
    plan = hostvars[host].get(PLAN) or {}
    return plan if isinstance(plan, dict) and "abi_key" in plan else {}


def _rank(host: str, plan: dict[str, Any]) -> Rank:
    """Return what sorts the fittest first: jobs at once, which memory and cores bound, then cores.

    Free memory itself is left out: it changes, and a killed build is finished by the host that began it.
    """
    build = plan.get("build") or {}
    return (-(build.get("jobs") or 0), -(build.get("cpu_count") or 0), host)
