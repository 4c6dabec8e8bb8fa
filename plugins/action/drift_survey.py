# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin drift_survey: reads a board with one module call, and judges it on the controller."""

from __future__ import annotations

import contextlib
import json
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.jetfleet.protobuf.plugins.action.protobuf_plan import ARGUMENT_SPEC as PLAN_SPEC
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.broken_pipe import broken_pipe_explained
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.host_variables import Values
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.assessment import assess
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.comparisons import HAS_PACKAGING
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.exemptions import Exemption
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.exemptions import merge as merge_exemptions
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.expectation import expectation
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.expressions import HAS_JMESPATH
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import (
    Rule,
    board_rules,
    shipped_rules,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.validation import Layer, find_faults

# The rules that the collection comes with.
_SHIPPED = str(Path(__file__).resolve().parents[2] / "roles/drift/files/rules.yml")

ARGUMENT_SPEC: dict[str, Any] = {
    "from_variables": {"type": "dict", "default": {}},
    "rules": {"type": "str", "default": _SHIPPED},
    "custom_rules": {"type": "list", "elements": "dict", "default": []},
    "exemptions": {"type": "list", "elements": "dict", "default": []},
    "facts": {"type": "dict", "default": {}},
    "desired": PLAN_SPEC["desired"],
    "load_time_budget": {"type": "float", "default": 0},
    "graph_load_time_budget": {"type": "float", "default": 0},
    "opencv_fail_on": {"type": "list", "elements": "str", "default": ["conflict"]},
}
# What a module says beside its result.
_ASIDES = ("warnings", "deprecations")
_HAS_LIBRARIES = HAS_JMESPATH and HAS_PACKAGING

# Ansible imports this file before it forks a worker for each board: what is read here is read once.
if _HAS_LIBRARIES:
    with contextlib.suppress(ValueError):
        shipped_rules(_SHIPPED)


class ActionModule(ActionBase):
    """Compare a board with the rules."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the assessment, or why there is none."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self._task.args = _with_values(self._task.args, Values(task_vars or {}, self._templar))
        _spec, arguments = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        if not _HAS_LIBRARIES:
            raise AnsibleActionFail(
                "drift_survey needs the Python packages jmespath and packaging on the controller: "
                "install them with 'pip install jmespath packaging'."
            )
        options = _plain(arguments)
        try:
            rules, exemptions = _judgement(options)
        except ValueError as error:
            raise AnsibleActionFail(str(error)) from error
        with broken_pipe_explained(self._connection):
            found = self._execute_module(
                module_name="jetfleet.protobuf.protobuf_facts", module_args=options["facts"], task_vars=task_vars
            )
        if found.get("failed") or "ansible_facts" not in found:
            return {**result, **found}
        facts = _plain(found["ansible_facts"]["jetfleet"])
        try:
            judged = {**options, "graphs": options["facts"].get("graphs") or []}
            expected = expectation(facts, options["desired"], judged)
        except ValueError as error:
            raise AnsibleActionFail(str(error)) from error
        host, today = (task_vars or {})["inventory_hostname"], datetime.now(timezone.utc).date()
        assessment = assess(facts, expected, rules, exemptions, today, host)
        asides = {name: found[name] for name in _ASIDES if name in found}
        return {**result, **asides, "changed": False, "assessment": assessment}


def _with_values(arguments: dict[str, Any], values: Values) -> dict[str, Any]:
    """Return the arguments of the task with those beside them that are named in from_variables."""
    named = arguments.get("from_variables") or {}
    if not isinstance(named, dict):
        return arguments
    twice = sorted(arguments.keys() & named.keys())
    if twice:
        raise AnsibleActionFail(f"{twice[0]} is given by itself and in from_variables: give it once.")
    return {**arguments, **{option: values.of(names) for option, names in named.items()}}


def _plain(data: Any) -> Any:
    """Return the data without Ansible's own types, which jmespath does not know; YAML makes a date of 2026-12-31."""
    return json.loads(json.dumps(data, default=str))


def _judgement(options: dict[str, Any]) -> tuple[tuple[Rule, ...], dict[str, Exemption]]:
    path = os.path.realpath(os.path.expanduser(options["rules"]))
    layers, exemptions = options["custom_rules"], options["exemptions"]
    if any(layers) or any(exemptions):
        faults = find_faults(
            shipped_rules(path)[0],
            [Layer("custom_rules", layer) for layer in layers],
            [Layer("exemptions", layer) for layer in exemptions],
        )
        if faults:
            raise ValueError(" ".join(f"In {fault.name}, {fault.text}." for fault in faults))
    return board_rules(path, layers), merge_exemptions(exemptions)
