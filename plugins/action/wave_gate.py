# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin wave_gate: lets the next wave of a rollout start, or not."""

from __future__ import annotations

from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.action_module import CheckedAction
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.fleet import Fleet
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.waves import stop_reason

ARGUMENT_SPEC = {
    "hosts": {"type": "list", "elements": "str", "required": True},
    "batch": {"type": "list", "elements": "str", "required": True},
    "max_fail_percentage": {"type": "float", "required": True},
}


class ActionModule(CheckedAction):
    """Look at the results of the boards of earlier waves; connect to nothing."""

    _argument_spec = ARGUMENT_SPEC
    _requires_connection = False

    def make_result(self, arguments: Any, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return whether the wave is stopped, and why."""
        hostvars = task_vars["hostvars"]
        waves = Fleet(hostvars, task_vars["groups"]).waves(set(arguments["hosts"]))
        reason = stop_reason(hostvars, waves, arguments["batch"], arguments["max_fail_percentage"])
        return {"stopped": reason is not None, "reason": reason, "changed": False}
