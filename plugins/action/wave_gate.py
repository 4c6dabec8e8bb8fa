# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin wave_gate: lets the next wave of a rollout start, or not."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.waves import stop_reason

ARGUMENT_SPEC = {
    "hosts": {"type": "list", "elements": "str", "required": True},
    "batch": {"type": "list", "elements": "str", "required": True},
    "max_fail_percentage": {"type": "float", "required": True},
}


class ActionModule(ActionBase):
    """Look at what became of the boards of earlier waves; connect to nothing."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return whether the wave is stopped, and why."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _spec, arguments = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        hostvars = (task_vars or {})["hostvars"]
        reason = stop_reason(hostvars, arguments["hosts"], arguments["batch"], arguments["max_fail_percentage"])
        result.update(stopped=reason is not None, reason=reason, changed=False)
        return result
