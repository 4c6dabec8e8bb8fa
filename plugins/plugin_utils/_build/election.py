# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One builder for each ABI key that the artefact store does not answer, or the reasons why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts.binaries import MACHINES
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.abi import DISTRIBUTION_PREFIX
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.releases import major_minor
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.registered import BEFORE, PLAN

# What a builder could not build, and why, by ABI key: registered by the playbook build.
FAILURES = "__build_failures"

Facts = Mapping[str, Any]
Rank = tuple[int, int, str]


def elect_builders(
    hostvars: Mapping[str, Any],
    hosts: Iterable[str],
    builders: Iterable[str] = (),
    stored: Callable[[str], bool] = lambda _key: False,
) -> list[dict[str, Any]]:
    """Return for each missing key who builds it, for which boards, and why others do not."""
    # A host of both groups is a board as well as a builder.
    boards: dict[str, list[str]] = {}
    for host in sorted(set(hosts), key=lambda name: _rank(name, _plan(hostvars, name))):
        plan = _plan(hostvars, host)
        if plan.get("needs_build"):
            boards.setdefault(plan["abi_key"], []).append(host)
    return [
        _elect(hostvars, key, targets, sorted(set(builders)))
        for key, targets in sorted(boards.items())
        if not stored(key)
    ]


def _elect(hostvars: Mapping[str, Any], key: str, targets: list[str], builders: list[str]) -> dict[str, Any]:
    target = targets[0]
    # PyPI's wheel is downloaded by the controller: the board lends its name only.
    if _plan(hostvars, target).get("wheel_provider") == "pypi":
        able, refusals = _judge(hostvars, key, target, [target])
    else:
        ranked = sorted(builders, key=lambda name: _rank(name, _plan(hostvars, name)))
        able, refusals = _judge(hostvars, key, target, ranked or targets)
        if builders and not able:
            refusals.append(f"Add a host with {_platform(_facts(hostvars, target))} to the group builders.")
    return {
        "abi_key": key,
        "builder": able[0] if able else None,
        "target": target,
        "targets": sorted(targets),
        "refusals": refusals,
    }


def _judge(
    hostvars: Mapping[str, Any], key: str, target: str, candidates: Iterable[str]
) -> tuple[list[str], list[str]]:
    """Return the candidates that can build, fittest first, and a sentence for each other one."""
    able, refusals = [], []
    for host in candidates:
        refusal = _refusal(hostvars, key, target, host)
        if refusal:
            refusals.append(refusal)
        else:
            able.append(host)
    return able, refusals


def _refusal(hostvars: Mapping[str, Any], key: str, target: str, host: str) -> str | None:
    failure = (hostvars[host].get(FAILURES) or {}).get(key)
    if failure:
        return f"{host} failed to build {key}: {failure}"
    plan = _plan(hostvars, host)
    if not plan:
        return f"{host} was not reached or could not be surveyed, so it does not build {key}."
    reasons = match_builder(_facts(hostvars, target), _facts(hostvars, host))
    if reasons:
        return f"{host} does not build for {_platform(_facts(hostvars, target))}: it has {', '.join(reasons)}."
    if plan["build_refusals"]:
        return f"{host} cannot build now: {' '.join(plan['build_refusals'])}"
    return None


def match_builder(target: Facts, builder: Facts) -> list[str]:
    """Return what keeps a builder from making files for a board; the cross toolchain bridges the architecture."""
    reasons = []
    architecture = builder["board"]["architecture"]
    if architecture not in MACHINES:
        reasons.append(f"the architecture {architecture} instead of {' or '.join(sorted(MACHINES))}")
    for wanted, found in zip(_needs(target), _needs(builder), strict=True):
        if wanted != found:
            reasons.append(f"{found} instead of {wanted}")
    prefix = builder["python"].get("base_prefix")
    if prefix != DISTRIBUTION_PREFIX:
        # build_deps installs the headers that belong to the distribution's own Python.
        if not builder["python"].get("headers"):
            reasons.append(f"no headers of the Python in {prefix}")
        if architecture != target["board"]["architecture"]:
            reasons.append(f"a Python in {prefix}, which has no build settings of another architecture")
    return reasons


def _needs(facts: Facts) -> tuple[str, str, str]:
    """Return what a board and its builder must share, in words."""
    distribution = facts["board"].get("distribution") or {}
    # Debian testing has no VERSION_ID, only a code name.
    release = distribution.get("version_id") or distribution.get("codename") or "unknown"
    python = major_minor(facts["python"].get("version")) or ("unknown",)
    return (
        f"{str(distribution.get('id') or 'unknown').capitalize()} {release}",
        f"glibc {facts['board'].get('glibc') or 'unknown'}",
        f"Python {'.'.join(map(str, python))}",
    )


def _platform(facts: Facts) -> str:
    distribution, glibc, python = _needs(facts)
    return f"{distribution}, {glibc} and {python}"


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
