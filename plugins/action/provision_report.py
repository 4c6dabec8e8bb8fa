# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin provision_report: the table at the end of provision."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._report import HEADERS, cells, report_rows

try:
    from tabulate import tabulate

    HAS_TABULATE = True
except ImportError:
    HAS_TABULATE = False

ARGUMENT_SPEC = {"hosts": {"type": "list", "elements": "str", "required": True}}


class ActionModule(ActionBase):
    """Show one row a board, before and after."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Display the table and return its rows."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _spec, arguments = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        if not HAS_TABULATE:
            raise AnsibleActionFail(
                "provision_report needs the Python package tabulate on the controller: install it with 'pip install tabulate'."
            )
        rows = report_rows((task_vars or {})["hostvars"], arguments["hosts"])
        self._display.display(tabulate(cells(rows), headers=list(HEADERS.values()), disable_numparse=True))
        for row in rows:
            if row["reason"]:
                self._display.display(f"{row['board']}: {row['reason']}")
        result.update(rows=rows, changed=False)
        return result
