# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What action plugins share that read a board and decide on the controller, in one task."""

from __future__ import annotations

import time
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.action_module import CheckedAction
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.board_clock import with_clock_offset
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.board_result import FactsAnswer, board_result
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.broken_pipe import broken_pipe_explained
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.earlier_facts import EarlierFacts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.host_variables import Values

_ASIDES = ("warnings", "deprecations")


class BoardAction(CheckedAction):
    """An action whose options may come from variables, and that reads facts with one module call."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result, with the options of from_variables."""
        named = self._task.args.get("from_variables") or {}
        if isinstance(named, dict):
            try:
                self._task.args = Values(task_vars or {}, self._templar).options(self._task.args, named)
            except ValueError as error:
                raise AnsibleActionFail(str(error)) from error
        return super().run(tmp, task_vars)

    def read_board(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return the result of protobuf_facts with these options; facts in it are of their types."""
        earlier = EarlierFacts(options, task_vars["inventory_hostname"])
        before = time.time()
        with broken_pipe_explained(self._connection):
            found = self._execute_module(
                module_name="jetfleet.protobuf.protobuf_facts", module_args=earlier.options, task_vars=task_vars
            )
        return earlier.received(with_clock_offset(board_result(found, FactsAnswer), before))


def has_facts(found: dict[str, Any]) -> bool:
    """Return whether a result of protobuf_facts holds any."""
    return not found.get("failed") and "ansible_facts" in found


def asides(found: dict[str, Any]) -> dict[str, Any]:
    """Return the warnings of a result of a module."""
    return {name: found[name] for name in _ASIDES if name in found}
