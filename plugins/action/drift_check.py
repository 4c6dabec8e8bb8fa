# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin drift_check: refuses rules and other variables that cannot be meant, before a board is connected to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.comparisons import HAS_PACKAGING
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.expressions import HAS_JMESPATH
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import shipped_rules
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.validation import VARIABLES, sentences

ARGUMENT_SPEC = {
    "rules": {"type": "str", "required": True},
    "hosts": {"type": "list", "elements": "str", "required": True},
}


class ActionModule(ActionBase):
    """Look at the variables of hosts; connect to nothing."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Fail with all faults at once."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _spec, arguments = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        if not (HAS_JMESPATH and HAS_PACKAGING):
            raise AnsibleActionFail(
                "drift_check needs the Python packages jmespath and packaging on the controller: "
                "install them with 'pip install jmespath packaging'."
            )
        variables = _Variables((task_vars or {})["hostvars"])
        try:
            definitions, _rules = shipped_rules(os.path.realpath(os.path.expanduser(arguments["rules"])))
            faults = sentences(definitions, variables.of(arguments["hosts"]))
        except ValueError as error:
            raise AnsibleActionFail(str(error)) from error
        refusal = {"failed": True, "msg": " ".join(faults)} if faults else {}
        return {**result, **refusal, "changed": False, "faults": faults}


class _Variables:
    """The variables of hosts, read at little cost for each of a thousand hosts."""

    def __init__(self, hostvars: Any) -> None:
        self._hostvars = hostvars
        # Hosts of a group share the very object. It is kept, so that no other one gets its id.
        self._texts: dict[int, tuple[Any, str]] = {}

    def of(self, hosts: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each host with the JSON texts of VARIABLES."""
        for host in hosts:
            raw = self._hostvars.raw_get(host)
            yield host, tuple(self._text(host, name, raw.get(name, unset)) for name, unset in VARIABLES.items())

    def _text(self, host: str, name: str, raw: Any) -> str:
        if id(raw) not in self._texts:
            self._texts[id(raw)] = raw, _json(host, name, raw)
        text = self._texts[id(raw)][1]
        # Only templates can give each host something else.
        return _json(host, name, self._templated(host, name)) if "{{" in text or "{%" in text else text

    def _templated(self, host: str, name: str) -> Any:
        try:
            return self._hostvars[host][name]
        except AnsibleError as error:
            cause = " ".join(str(error).split()).rstrip(".")
            raise ValueError(f"A template in {name} of {host} fails ({cause}): correct it.") from error


def _json(host: str, name: str, value: Any) -> str:
    try:
        # YAML makes a date of 2026-12-31.
        return json.dumps(value, default=str)
    except TypeError as error:
        raise ValueError(f"In {name} of {host}, a key is not a string: put quotes around it.") from error
