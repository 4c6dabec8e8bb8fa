# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Callback of the tests: writes every result of a run to the file that JETFLEET_RESULTS names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: jetfleet_results
type: notification
short_description: Write every result to a file
description: Used by the unit tests of action plugins.
"""


class CallbackModule(CallbackBase):
    """Collect the last result of every task on every host."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "jetfleet_results"

    def __init__(self) -> None:
        """Start with nothing."""
        super().__init__()
        self.results: dict[str, dict[str, Any]] = {}

    def _collect(self, result: Any) -> None:
        self.results.setdefault(result.task_name, {})[result._host.get_name()] = result._result

    def v2_runner_on_ok(self, result: Any) -> None:
        """Collect a success."""
        self._collect(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Collect a failure."""
        self._collect(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Collect that a host does not answer."""
        self._collect(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Write what was collected."""
        Path(os.environ["JETFLEET_RESULTS"]).write_text(json.dumps(self.results, default=str))
