# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of one board: facts and wishes in, actions and refusals out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning import abi, refusals, releases, warnings
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning import actions as planning_actions
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.releases import Release
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.wheel import wheel_provider, wheel_result

Artefact = dict[str, Any] | None
_SUBSETS = ("board", "python", "environment", "module", "libraries", "packages", "installation")
# What protobuf_install brings from the artefact store.
_STORED = {"install_library", "install_module"}


def make_plan(
    facts: dict[str, Any],
    desired: dict[str, Any],
    find_artefact: Callable[[str], Artefact],
    find_fault: Callable[[str], str | None],
) -> dict[str, Any]:
    """Return the plan; a ValueError says in one sentence what is wrong with facts or wishes.

    find_artefact returns the manifest of an ABI key, find_fault why what is stored may not be used.
    """
    missing = [name for name in _SUBSETS if name not in facts]
    if missing:
        raise ValueError(
            f"The facts lack {', '.join(missing)}: gather the subsets board, python, module, libraries, packages and "
            "installation with jetfleet.protobuf.protobuf_facts."
        )
    if not re.fullmatch(r"[0-9a-fA-F]{64}", desired["source_sha256"]):
        raise ValueError(
            f"desired.source_sha256 is {desired['source_sha256'] or 'empty'}, which is no SHA-256: "
            "set it to the 64 hexadecimal digits of the source archive's sum."
        )
    wanted = releases.release(desired["version"])
    provider = wheel_provider(facts, desired, wanted)
    inputs = abi.build_inputs(desired, provider)
    digest = abi.digest(inputs)[:8]
    usable = facts["python"]["status"] == "ok"
    key = abi.abi_key(facts, inputs) if usable else None
    artefact = find_artefact(key) if key else None
    actions = planning_actions.plan_actions(facts, desired, wanted, provider, digest, key, artefact) if usable else []
    refused = refusals.refusals(facts, desired, wanted, provider, key, actions)
    to_install = {action["action"] for action in actions} & _STORED
    fault = find_fault(key) if key and artefact and to_install else None
    refused += [fault] if fault else []
    return {
        "abi_key": key,
        "digest": digest,
        "inputs": inputs,
        "wheel_provider": provider,
        "wheel": wheel_result(facts, wanted, provider, artefact),
        "artefact": artefact,
        "needs_build": bool(to_install) and artefact is None and not refused,
        "actions": actions,
        "packages": [name for action in actions for name in action.get("packages", [])],
        "pip_install": _pip(facts, "install", "--no-index", "--no-deps", "--upgrade", "--force-reinstall"),
        "expected": _expected(inputs, wanted, provider),
        "refusals": refused,
        "build_refusals": refusals.build_refusals(facts, wanted, provider),
        "warnings": warnings.warnings(facts, wanted),
        "build": _build(facts, inputs, wanted),
    }


def _pip(facts: dict[str, Any], *arguments: str) -> list[str]:
    # -s: root may have copies in its own home, and they are not ours to touch.
    return [facts["python"]["executable"], "-s", "-m", "pip", "--disable-pip-version-check", *arguments]


def _expected(inputs: dict[str, Any], wanted: Release, provider: str) -> dict[str, Any]:
    """Return what the board shows when everything went well; PyPI's wheel comes without a library."""
    built = provider == "build"
    return {
        "python_version": wanted.python_version,
        "soname_major": wanted.soname_major if built else None,
        "linkage": inputs["linkage"] if built else None,
    }


def _build(facts: dict[str, Any], inputs: dict[str, Any], wanted: Release) -> dict[str, Any]:
    board = facts["board"]
    python = releases.major_minor(facts["python"].get("version")) or (0, 0)
    flags = [inputs["cxxflags"], *releases.extension_flags(wanted, python)]
    return {
        "jobs": _jobs(board, refusals.MAKE_JOB_MB),
        "test_jobs": _jobs(board, refusals.CHECK_JOB_MB),
        "cxxflags": inputs["cxxflags"],
        "wheel_cxxflags": " ".join(flag for flag in flags if flag),
        "environment": releases.build_environment(wanted),
        "python_version": wanted.python_version,
        "soname_major": wanted.soname_major,
        "cpu_count": board.get("cpu_count"),
    }


def _jobs(board: dict[str, Any], megabytes: int) -> int:
    """Return how many compilers may run at once: one a core, and no more than the memory holds."""
    return max(1, min(board.get("cpu_count") or 1, (board.get("memory_available_mb") or 0) // megabytes))


def plan_diff(facts: dict[str, Any], plan: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what matters of the board before and after the plan."""
    package = facts["packages"].get(planning_actions.PACKAGE) or {}
    module = facts["module"]
    before = {
        "library": package.get("version") or "absent",
        "module": {name: module[name] for name in ("version", "backend", "linkage")},
        "copies": [copy["location"] for copy in module["copies"]],
    }
    after = dict(before)
    for action in plan["actions"]:
        if action["action"] == "install_library":
            after["library"] = action["version"]
        elif action["action"] == "install_module":
            linkage = plan["inputs"]["linkage"] if plan["wheel_provider"] == "build" else "static"
            after["module"] = {"version": action["version"], "backend": "cpp", "linkage": linkage}
            added = {facts["python"]["purelib"]} - set(after["copies"])
            after["copies"] = [*after["copies"], *sorted(added)]
        elif action["action"] == "remove_copy":
            after["copies"] = [location for location in after["copies"] if location != action["location"]]
    return before, after
