# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin protobuf_plan: decides on the controller, never connects to the board."""

from __future__ import annotations

import json
import os
from typing import Any

import yaml
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.manifest import artefact_fault, find_artefact
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.signature import signature_fault
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan, plan_diff

_DESIRED = {
    "version": {"type": "str", "required": True},
    "source_sha256": {"type": "str", "required": True},
    "linkage": {"type": "str", "choices": ["static", "shared"], "default": "static"},
    "wheel": {"type": "str", "choices": ["auto", "build", "pypi"], "default": "auto"},
    "cxxflags": {"type": "str", "default": "-O2 -DNDEBUG"},
    "prefix": {"type": "str", "choices": ["/usr/local"], "default": "/usr/local"},
    "executable": {"type": "str", "default": "/usr/bin/python3"},
    "adopt": {"type": "bool", "default": False},
    "pip_constraint": {"type": "bool", "default": False},
}
ARGUMENT_SPEC = {
    "facts": {"type": "dict", "required": True},
    "desired": {"type": "dict", "required": True, "options": _DESIRED},
    "store": {"type": "str", "required": True},
    "allowed_signers": {"type": "str", "default": ""},
    "signature": {"type": "str", "choices": ["ssh", "gpg"], "default": "ssh"},
}


class ActionModule(ActionBase):
    """Compare what a board is with what it should be."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the plan."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _spec, arguments = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        # Facts come from the board and carry Ansible's own string types: plain data is all that is wanted.
        facts, desired = json.loads(json.dumps([arguments["facts"], arguments["desired"]]))
        store = os.path.expanduser(arguments["store"])
        try:
            plan = make_plan(
                facts, desired, lambda key: find_artefact(store, key), lambda key: _fault(store, key, arguments)
            )
        except ValueError as error:
            raise AnsibleActionFail(str(error)) from error
        result.update(plan)
        result["changed"] = bool(self._task.check_mode and plan["actions"] and not plan["refusals"])
        if self._task.diff:
            before, after = (yaml.safe_dump(text, sort_keys=False) for text in plan_diff(facts, plan))
            result["diff"] = {"before": before, "after": after}
        return result


def _fault(store: str, key: str, arguments: dict[str, Any]) -> str | None:
    """Return why what is stored for a key may not be installed."""
    fault: str | None = artefact_fault(store, key)
    if fault is None and arguments["allowed_signers"]:
        fault = signature_fault(os.path.join(store, key), arguments["signature"], arguments["allowed_signers"])
    return fault
