# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin provision_report: the table at the end of provision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.pending_file import write_pending
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.provision_table import (
    HEADERS,
    cells,
    pending,
    report_rows,
)

try:
    from tabulate import tabulate

    HAS_TABULATE = True
except ImportError:
    HAS_TABULATE = False

ARGUMENT_SPEC = {
    "hosts": {"type": "list", "elements": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "pending_file": {"type": "str"},
}


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
        rows = report_rows((task_vars or {})["hostvars"], arguments["hosts"], arguments["state"])
        self._display.display(tabulate(cells(rows), headers=list(HEADERS.values()), disable_numparse=True))
        for row in rows:
            if row["reason"]:
                self._display.display(f"{row['board']}: {row['reason']}")
        waiting = pending(rows)
        if arguments["pending_file"] and not self._task.check_mode:
            self._note(Path(arguments["pending_file"]), arguments["hosts"], waiting)
        reasons = {row["board"]: row["reason"] for row in rows if row["board"] in waiting}
        result.update(rows=rows, pending=waiting, reasons=reasons, changed=False)
        return result

    def _note(self, path: Path, hosts: list[str], waiting: list[str]) -> None:
        """Write the list of boards that are pending, and say how to go on with them alone."""
        try:
            names = write_pending(path, hosts, waiting)
        except OSError as error:
            raise AnsibleActionFail(
                f"The list of pending boards cannot be written to {path} ({error.strerror}): set rollout_pending_file to a file "
                "that can be written."
            ) from error
        if names:
            self._display.display(f"Pending: {', '.join(names)}. To go on with them alone: --limit @{path}")
