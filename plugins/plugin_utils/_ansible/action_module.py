# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action plugins of this collection have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.python_packages import packages_sentence
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line


def plain(data: Any) -> Any:
    """Return the data without Ansible's own types, which say where a value comes from; YAML makes a date of 2026-12-31."""
    return json.loads(json.dumps(data, default=str))


class CheckedAction(ActionBase):
    """An action that gets valid arguments as plain data, and fails with the sentence of a ValueError."""

    _supports_check_mode = True
    # What validate_argument_spec takes.
    _argument_spec: Mapping[str, Any]
    # Whether each of the Python packages is there that the action needs.
    _packages: Mapping[str, bool] = {}

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _spec, arguments = self.validate_argument_spec(argument_spec=self._argument_spec)
        missing = [name for name, found in self._packages.items() if not found]
        if missing:
            raise AnsibleActionFail(packages_sentence(missing))
        try:
            return {**result, **self.make_result(plain(arguments), task_vars or {})}
        except ValueError as error:
            raise AnsibleActionFail(one_line(str(error))) from error

    def make_result(self, arguments: Any, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return what the action adds to its result; a ValueError names cause and remedy."""
        raise NotImplementedError
