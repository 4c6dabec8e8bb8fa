# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin drift_assess: reads a board with one module call, and judges it on the controller."""

from __future__ import annotations

import contextlib
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.action.protobuf_plan import ARGUMENT_SPEC as PLAN_SPEC
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.board_reading import (
    BoardAction,
    asides,
    has_facts,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.assessment import assess
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.comparisons import HAS_PACKAGING
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.exemptions import Exemption
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.exemptions import merge as merge_exemptions
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.expectation import expectation
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.expressions import HAS_JMESPATH
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import Rule, board_rules, shipped_rules
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
    "load_time_budget": {"type": "float", "default": 5},
    "graph_load_time_budget": {"type": "float", "default": 0},
    "opencv_fail_on": {"type": "list", "elements": "str", "default": ["conflict"]},
}

# Ansible imports this file before it forks a worker for each board: what is read here is read once.
if HAS_JMESPATH and HAS_PACKAGING:
    with contextlib.suppress(ValueError):
        shipped_rules(_SHIPPED)


class ActionModule(BoardAction):
    """Compare a board with the rules."""

    _argument_spec = ARGUMENT_SPEC
    _packages = {"jmespath": HAS_JMESPATH, "packaging": HAS_PACKAGING}

    def make_result(self, arguments: Any, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return the assessment, or why there is none."""
        rules, exemptions = _rules_for(arguments)
        found = self.read_board(_needed(arguments["facts"], rules), task_vars)
        if not has_facts(found):
            return found
        facts = found["ansible_facts"]["jetfleet"]
        options: Any = {**arguments, "graphs": arguments["facts"].get("graphs") or []}
        expected = expectation(facts, arguments["desired"], options)
        host, today = task_vars["inventory_hostname"], datetime.now(timezone.utc).date()
        assessment = assess(facts, expected, rules, exemptions, today, host)
        return {**asides(found), "changed": False, "assessment": assessment}


def _needed(options: dict[str, Any], rules: tuple[Rule, ...]) -> dict[str, Any]:
    """Return the options of protobuf_facts without the tools that install, which cost a second, where no rule looks at them."""
    entries = options.get("gather_subset")
    if not entries or "tools" in entries or any("tools" in rule.roots for rule in rules):
        return options
    return {**options, "gather_subset": [*entries, "!tools"]}


def _rules_for(options: dict[str, Any]) -> tuple[tuple[Rule, ...], dict[str, Exemption]]:
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
