# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One builder for each ABI key that the artefact store does not answer, or the reasons why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict

from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts.binaries import MACHINES
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.python_packages import pip_sentence
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.abi import DISTRIBUTION_PREFIX
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.releases import major_minor
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.registered import PLAN
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Facts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import Plan

# What a builder could not build, and why, by ABI key: registered by the playbook build.
FAILURES = "__artefacts_failures"
# With any of them, only a builder compiles: a board says itself how fit it is, and what it makes would be trusted by all.
_SIGNATURES = ("jetfleet_signing_key", "jetfleet_allowed_signers")

Rank = tuple[int, int, str]


class MissingArtefact(TypedDict):
    """refusals: one sentence for each host that did not build it; reason: one sentence."""

    refusals: list[str]
    reason: str


class Election(TypedDict):
    """Who builds what is stored under a key; target is the board whose facts stand for those of all targets."""

    abi_key: str
    builder: str | None
    target: str
    targets: list[str]
    refusals: list[str]


def elect_builders(
    hostvars: Mapping[str, Any],
    hosts: Iterable[str],
    builders: Iterable[str] = (),
    stored: Callable[[str], bool] = lambda _key: False,
) -> list[Election]:
    """Return for each missing key who builds it, for which boards, and why others do not."""
    # A host of both groups is a board as well as a builder.
    boards: dict[str, list[str]] = {}
    for host in sorted(set(hosts), key=lambda name: _rank(name, _plan(hostvars, name))):
        plan = _plan(hostvars, host)
        if plan and plan["needs_build"] and plan["abi_key"]:
            boards.setdefault(plan["abi_key"], []).append(host)
    return [
        _elect(hostvars, key, targets, sorted(set(builders)))
        for key, targets in sorted(boards.items())
        if not stored(key)
    ]


def _elect(hostvars: Mapping[str, Any], key: str, targets: list[str], builders: list[str]) -> Election:
    target = targets[0]
    plan = _plan(hostvars, target)
    # PyPI's wheel is downloaded by the controller: the board lends its name only.
    if plan and plan["wheel_provider"] == "pypi":
        able, refusals = _judge(hostvars, key, target, [target])
        no_pip = pip_sentence()
        if no_pip:
            able, refusals = [], [*refusals, no_pip]
    else:
        ranked = sorted(builders, key=lambda name: _rank(name, _plan(hostvars, name)))
        signed = _signed(hostvars, targets)
        able, refusals = _judge(hostvars, key, target, ranked or ([] if signed else targets))
        if signed and not builders:
            refusals.append(f"{signed} is set, so no board compiles what is signed and installed on others.")
        if (signed or builders) and not able:
            refusals.append(f"Add a host with {_platform(_facts(hostvars, target))} to the group builders.")
    return {
        "abi_key": key,
        "builder": able[0] if able else None,
        "target": target,
        "targets": sorted(targets),
        "refusals": refusals,
    }


def _signed(hostvars: Mapping[str, Any], targets: list[str]) -> str | None:
    """Return the variable by which signatures are asked for, None where they are not."""
    return next((name for name in _SIGNATURES for host in targets if hostvars[host].get(name)), None)


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
    prefix = builder["python"]["base_prefix"]
    if prefix != DISTRIBUTION_PREFIX:
        # build_deps installs the headers that belong to the distribution's own Python.
        if not builder["python"]["headers"]:
            reasons.append(f"no headers of the Python in {prefix}")
        if architecture != target["board"]["architecture"]:
            reasons.append(f"a Python in {prefix}, which has no build settings of another architecture")
    return reasons


def _needs(facts: Facts) -> tuple[str, str, str]:
    """Return what a board and its builder must share, in words."""
    distribution = facts["board"]["distribution"]
    # Debian testing has no VERSION_ID, only a code name.
    release = distribution["version_id"] or distribution["codename"] or "unknown"
    python = major_minor(facts["python"]["version"]) or ("unknown",)
    return (
        f"{(distribution['id'] or 'unknown').capitalize()} {release}",
        f"glibc {facts['board']['glibc'] or 'unknown'}",
        f"Python {'.'.join(map(str, python))}",
    )


def _platform(facts: Facts) -> str:
    distribution, glibc, python = _needs(facts)
    return f"{distribution}, {glibc} and {python}"


def _facts(hostvars: Mapping[str, Any], host: str) -> Facts:
    facts: Facts = hostvars[host][PLAN]["ansible_facts"]["jetfleet"]
    return facts


def _plan(hostvars: Mapping[str, Any], host: str) -> Plan | None:
    # A host that was unreachable or failed has no plan, or one without its results.
    plan: Plan | None = hostvars[host].get(PLAN)
    return plan if isinstance(plan, dict) and "abi_key" in plan else None


def _rank(host: str, plan: Plan | None) -> Rank:
    """Return what sorts the fittest first: jobs at once, which memory and cores bound, then cores.

    Free memory itself is left out: it changes, and a killed build is finished by the host that began it.
    """
    build = plan["build"] if plan else None
    return (-build["jobs"], -(build["cpu_count"] or 0), host) if build else (0, 0, host)


def missing_artefacts(election: Iterable[Election], unknown: Iterable[str], store: str) -> dict[str, MissingArtefact]:
    """Return what is missing for each board that has no artefact in the store, or that is unknown.

    election: what elect_builders() returns now. unknown: boards whose survey failed. store: its name, for people.
    """
    missing: dict[str, MissingArtefact] = {}
    for elected in election:
        key, builder = elected["abi_key"], elected["builder"]
        refusals = elected["refusals"] + ([f"Run again: {builder} can build it."] if builder else [])
        reason = f"The artefact store {store} holds nothing for {key}; {' '.join(refusals)}"
        missing.update({board: {"refusals": refusals, "reason": reason} for board in elected["targets"]})
    for board in unknown:
        reason = (
            f"{board} could not be surveyed, so it is unknown what has to be built for it: see above, then run again."
        )
        missing[board] = {"refusals": [], "reason": reason}
    return missing
