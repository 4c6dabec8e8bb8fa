# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results that roles register on a board: their names, and what reports may rely on in them.

Any module that runs on a board can bring facts, of which Ansible makes variables, and a fact cache brings them back in later runs.
So a variable of one of these names is checked once more before the reports of all hosts are made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.schema import Check, Misfit, checker
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Graph, OldProcess, Processes
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import Assessment

# The facts before a change, and the plan.
PLAN = "jetfleet_plan"
# What came of the change, with the facts after it.
RESULT = "jetfleet_result"
# Why a board was left as it is or where the work on it ended, and whether its wave was stopped.
FAILURE = "__rollout_failure"
GATE = "__rollout_gate"
# What the rules say about a board.
ASSESSMENT = "__drift_assessment"

# What roles and playbooks set on hosts in a run, beside the two results above. A second playbook in the same run finds it there.
SET_IN_A_RUN = {
    PLAN,
    RESULT,
    "jetfleet_build_refusals",
    "jetfleet_reason",
    "jetfleet_served_url",
    "jetfleet_targets",
}


class _Board(TypedDict):
    model: str | None
    jetpack: str | None


class _Python(TypedDict):
    version: str | None


class _ModuleStatus(TypedDict, total=False):
    status: str
    error: str | None


class _Module(_ModuleStatus):
    version: str | None
    backend: str | None


class _Installation(TypedDict):
    managed: bool


class _OpenCVReason(TypedDict, total=False):
    reason: str


class _OpenCV(_OpenCVReason):
    verdict: str


class _Seconds(TypedDict):
    median: float


class _LoadTimeError(TypedDict, total=False):
    error: str | None


class _LoadTime(_LoadTimeError):
    status: str
    seconds: _Seconds | None


class _Proof(TypedDict):
    proven: str | None
    reused: bool


class _Proofs(TypedDict, total=False):
    load_time: _Proof


class _Facts(TypedDict, total=False):
    """What reports and waves look at; the border has checked all facts."""

    board: _Board
    python: _Python
    module: _Module
    installation: _Installation
    opencv: _OpenCV
    load_time: _LoadTime
    proofs: _Proofs
    graphs: list[Graph]
    processes: Processes


class _JetfleetFacts(TypedDict, total=False):
    jetfleet: _Facts


class _Action(TypedDict):
    action: str


class _Expected(TypedDict):
    python_version: str


class _Result(TypedDict, total=False):
    """What came of a change."""

    ansible_facts: _JetfleetFacts
    restart_needed: list[OldProcess]
    restart_units: list[str]
    failed_units: list[str]


class _Planned(_Result):
    """What reports say of a plan: the rest is for the board that it was made for."""

    actions: list[_Action]
    refusals: list[str]
    notices: list[str]
    needs_build: bool
    expected: _Expected


class _Gate(TypedDict, total=False):
    stopped: bool
    reason: str | None


class _Assessed(TypedDict, total=False):
    assessment: Assessment


class _Failed(TypedDict, total=False):
    msg: object


_PLANNED = checker(_Planned)
_CHECKS: dict[str, Check] = {
    PLAN: checker(_Result),
    RESULT: checker(_Result),
    FAILURE: checker(_Failed),
    GATE: checker(_Gate),
    ASSESSMENT: checker(_Assessed),
}


def registered(variables: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the result that was registered on a host under one of the names above, {} where none was.

    What is not of its type is a failure of the host, in place of the result.
    """
    value = variables.get(name) or {}
    try:
        # A host whose survey has failed has no plan in its result.
        check = _PLANNED if name == PLAN and isinstance(value, Mapping) and "actions" in value else _CHECKS[name]
        return {**value, **check(value)}
    except Misfit as misfit:
        return {
            "failed": True,
            "msg": f"The variable {name} of the board is not what a role of this collection has registered (in it, {misfit}): look "
            "for a module or a fact cache that sets it, and remove it there.",
        }
