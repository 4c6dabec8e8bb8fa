# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of one board: facts and desired state in, actions and refusals out."""

from __future__ import annotations

import re
from collections.abc import Callable

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning import refusals, releases
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.actions import packages_of, plan_actions
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.clock import clock_notice, clock_refusals
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.context import PlanContext, plan_context
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.notices import notices
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.wheel import wheel_result
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.artefact import Manifest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Board, Facts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import Build, Desired, Expected, Plan, State

_SUBSETS = ("board", "python", "environment", "module", "libraries", "packages", "installation")
# What protobuf_install brings from the artefact store.
_STORED = {"install_library", "install_module"}


def make_plan(
    facts: Facts,
    desired: Desired,
    find_artefact: Callable[[str], Manifest | None],
    find_fault: Callable[[str], str | None],
    address: str = "",
) -> Plan:
    """Return the plan; a ValueError says what is wrong with the facts or the desired state.

    find_artefact returns the manifest of an ABI key, find_fault why what is stored may not be used.
    address is where the board downloads what is stored from, empty where the controller sends it.
    """
    _check(facts, desired)
    context = plan_context(facts, desired, find_artefact)
    actions = plan_actions(context) if context.is_usable else []
    refused = refusals.refusals(context, actions)
    stored = any(action["action"] in _STORED for action in actions)
    fault = find_fault(context.key) if context.key and context.artefact and stored else None
    refused += [fault] if fault else []
    hindered = clock_refusals(facts["board"], actions, address if stored else "")
    notice = None if hindered else clock_notice(facts["board"])
    refused += hindered
    return {
        "abi_key": context.key,
        "digest": context.digest,
        "inputs": context.inputs,
        "wheel_provider": context.provider,
        "wheel": wheel_result(context),
        "artefact": context.artefact,
        "needs_build": stored and context.artefact is None and not refused,
        "actions": actions,
        "packages": packages_of(actions),
        "pip_install": _pip(facts, "install", "--no-index", "--no-deps", "--ignore-installed"),
        "expected": _expected(context),
        "refusals": refused,
        "build_refusals": refusals.build_refusals(context),
        "notices": [*notices(facts, context.release), *([notice] if notice else [])],
        "build": _build(context),
    }


def _check(facts: Facts, desired: Desired) -> None:
    missing = [name for name in _SUBSETS if name not in facts]
    if missing:
        raise ValueError(
            f"The facts lack {', '.join(missing)}: gather the subsets board, python, module, libraries, packages and "
            "installation with jetfleet.protobuf.protobuf_facts."
        )
    if not re.fullmatch(r"[0-9a-fA-F]{64}", desired["source_sha256"]):
        raise ValueError(
            f"desired.source_sha256 is {desired['source_sha256'] or 'empty'}, which is not a SHA-256: "
            "set it to the 64 hexadecimal digits of the source archive's sum."
        )


def _pip(facts: Facts, *arguments: str) -> list[str]:
    # -s: root may have copies in its own home, and they are not ours to touch.
    return [facts["python"]["executable"], "-s", "-m", "pip", "--disable-pip-version-check", *arguments]


def _expected(context: PlanContext) -> Expected:
    """Return the facts of the board after a successful installation."""
    return {
        "python_version": context.release.python_version,
        "soname_major": context.release.soname_major if context.is_built else None,
        "linkage": context.inputs["linkage"] if context.is_built else None,
    }


def _build(context: PlanContext) -> Build:
    board, wanted, cxxflags = context.facts["board"], context.release, context.inputs["cxxflags"]
    python = releases.major_minor(context.facts["python"]["version"]) or (0, 0)
    flags = [cxxflags, *releases.extension_flags(wanted, python)]
    return {
        "jobs": _jobs(board, refusals.MAKE_JOB_MB),
        "test_jobs": _jobs(board, refusals.CHECK_JOB_MB),
        "cxxflags": cxxflags,
        "wheel_cxxflags": " ".join(flag for flag in flags if flag),
        "environment": releases.build_environment(wanted),
        "python_version": wanted.python_version,
        "soname_major": wanted.soname_major,
        "cpu_count": board["cpu_count"],
    }


def _jobs(board: Board, megabytes: int) -> int:
    """Return how many compilers may run at once: one for each core, as far as the memory allows."""
    return max(1, min(board["cpu_count"] or 1, (board["memory_available_mb"] or 0) // megabytes))


def plan_diff(facts: Facts, plan: Plan) -> tuple[State, State]:
    """Return what matters of the board before and after the plan."""
    package, module = facts["packages"].get(PACKAGE), facts["module"]
    before: State = {
        "library": package["version"] if package else "absent",
        "module": {"version": module["version"], "backend": module["backend"], "linkage": module["linkage"]},
        "copies": [copy["location"] for copy in module["copies"]],
    }
    after = before.copy()
    for action in plan["actions"]:
        if action["action"] == "install_library":
            after["library"] = action["version"]
        elif action["action"] == "install_module":
            linkage = plan["inputs"]["linkage"] if plan["wheel_provider"] == "build" else "static"
            after["module"] = {"version": action["version"], "backend": "cpp", "linkage": linkage}
            added = {facts["python"]["purelib"] or ""} - {*after["copies"], ""}
            after["copies"] = [*after["copies"], *sorted(added)]
        elif action["action"] in ("remove_copy", "unlist_copy"):
            after["copies"] = [location for location in after["copies"] if location != action["location"]]
    return before, after
