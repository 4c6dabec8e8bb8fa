# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin protobuf_facts: runs the module, most often as the first that connects to a board."""

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.board_clock import with_clock_offset
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.board_result import FactsAnswer, board_result
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.broken_pipe import broken_pipe_explained
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.earlier_facts import EarlierFacts


class ActionModule(NormalAction):
    """Run the module, and say why a board cannot be reached."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the module."""
        earlier = EarlierFacts(self._task.args, (task_vars or {})["inventory_hostname"])
        self._task.args = earlier.options
        before = time.time()
        with broken_pipe_explained(self._connection):
            result: dict[str, Any] = super().run(tmp, task_vars)
        # Without a wait there are no facts yet.
        if self._task.async_val:
            return result
        return earlier.received(with_clock_offset(board_result(result, FactsAnswer), before))
