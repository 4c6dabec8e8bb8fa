# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin provision_report: the table after a survey, and the one at the end of provision."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from shlex import quote
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.action_module import CheckedAction
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports import (
    graph_table,
    provision_table,
    survey_table,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.pending_file import write_pending
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.terminal import HAS_TABULATE, table_text
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line

ARGUMENT_SPEC = {
    "hosts": {"type": "list", "elements": "str", "required": True},
    "table": {"type": "str", "choices": ["survey", "result"], "default": "result"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "pending_file": {"type": "str"},
}


class ActionModule(CheckedAction):
    """Show one row a board; connect to nothing."""

    _argument_spec = ARGUMENT_SPEC
    _packages = {"tabulate": HAS_TABULATE}
    _requires_connection = False

    def make_result(self, arguments: Any, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Display the table and return its rows."""
        show = self._survey if arguments["table"] == "survey" else self._result
        return {**show(task_vars["hostvars"], arguments), "changed": False}

    def _survey(self, hostvars: Any, arguments: dict[str, Any]) -> dict[str, Any]:
        rows = survey_table.survey_rows(hostvars, arguments["hosts"])
        self._show(survey_table.HEADERS, survey_table.cells(rows), survey_table.sentences(rows))
        graphs = graph_table.graph_rows(hostvars, arguments["hosts"])
        if graphs:
            self._show(graph_table.HEADERS, graph_table.cells(graphs), graph_table.sentences(graphs))
        return {"rows": rows, "graphs": graphs}

    def _result(self, hostvars: Any, arguments: dict[str, Any]) -> dict[str, Any]:
        rows = provision_table.report_rows(hostvars, arguments["hosts"], arguments["state"])
        sentences = [f"{row['board']}: {row['reason']}" for row in rows if row["reason"]]
        sentences += provision_table.restart_sentences(hostvars, arguments["hosts"])
        self._show(provision_table.HEADERS.values(), provision_table.cells(rows), sentences)
        waiting = provision_table.pending(rows)
        if arguments["pending_file"] and not self._task.check_mode:
            self._note(Path(arguments["pending_file"]), arguments["hosts"], waiting)
        reasons = {row["board"]: row["reason"] for row in rows if row["board"] in waiting}
        return {"rows": rows, "pending": waiting, "reasons": reasons}

    def _show(self, headers: Iterable[str], cells: list[list[str]], sentences: list[str]) -> None:
        self._display.display(table_text(headers, cells, sentences))

    def _note(self, path: Path, hosts: list[str], waiting: list[str]) -> None:
        """Write the list of boards that are pending, and say how to go on with them alone."""
        try:
            names = write_pending(path, hosts, waiting)
        except OSError as error:
            raise ValueError(
                f"The list of pending boards cannot be written to {path} ({error.strerror}): set jetfleet_pending_file to a file "
                "that can be written."
            ) from error
        if names:
            limit = quote(f"@{path}")
            self._display.display(one_line(f"Pending: {', '.join(names)}. To go on with them alone: --limit {limit}"))
