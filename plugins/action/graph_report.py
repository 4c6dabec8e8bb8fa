# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin graph_report: the table of what loading the model files takes."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.graph_table import (
    HEADERS,
    cells,
    graph_rows,
    sentences,
)

try:
    from tabulate import tabulate

    HAS_TABULATE = True
except ImportError:
    HAS_TABULATE = False

ARGUMENT_SPEC = {"hosts": {"type": "list", "elements": "str", "required": True}}


class ActionModule(ActionBase):
    """Show one row for each model file of each board; connect to nothing."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Display the table, where there is anything in it, and return its rows."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _spec, arguments = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        if not HAS_TABULATE:
            raise AnsibleActionFail(
                "graph_report needs the Python package tabulate on the controller: install it with 'pip install tabulate'."
            )
        rows = graph_rows((task_vars or {})["hostvars"], arguments["hosts"])
        if rows:
            table = tabulate(cells(rows), headers=list(HEADERS), disable_numparse=True)
            self._display.display("\n".join([table, *sentences(rows)]))
        result.update(rows=rows, changed=False)
        return result
