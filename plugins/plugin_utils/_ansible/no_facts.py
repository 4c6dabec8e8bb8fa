# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An action for modules that return no facts.

Ansible makes variables of the facts in any answer, which precede those of the inventory. A hostile board
could set its own variables so, for example where the controller writes a report that is in its name.
"""

from __future__ import annotations

from typing import Any

from ansible.plugins.action.normal import ActionModule as NormalAction


class NoFactsAction(NormalAction):
    """Run the module of the same name."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return what the module returns, without facts."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        result.pop("ansible_facts", None)
        return result
