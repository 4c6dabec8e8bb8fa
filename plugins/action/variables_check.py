# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin variables_check: validates all variables before a board is connected to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.action_module import CheckedAction
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.host_pattern import matching_hosts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.python_packages import (
    missing_packages,
    packages_sentence,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.raw_variables import RawVariables
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import shipped_rules
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.settings import SETTINGS
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.validation import VARIABLES, sentences
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.variable_names import (
    role_variables,
    unknown_names,
)

ARGUMENT_SPEC = {
    "boards": {"type": "str", "required": True},
    "hosts": {"type": "list", "elements": "str", "required": True},
    "rules": {"type": "path"},
}


class ActionModule(CheckedAction):
    """Read the variables of hosts; connect to nothing."""

    _argument_spec = ARGUMENT_SPEC
    _requires_connection = False

    def make_result(self, arguments: Any, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Fail with all faults at once."""
        known = task_vars
        matched = matching_hosts(arguments["boards"], known["groups"])
        boards = [host for host in matched if host in set(arguments["hosts"])]
        missing = missing_packages()
        names = role_variables()
        of_play = {name: known[name] for name in self._task.get_play().get_vars() if name in known}
        variables = RawVariables(known["hostvars"], arguments["hosts"], of_play, names)
        faults = [
            *_board_faults(arguments["boards"], matched, boards, known["groups"]),
            *([packages_sentence(missing)] if missing else []),
            *unknown_names(variables.names(), names),
            # Rules are compiled with one of the packages.
            *([] if missing else _value_faults(variables, boards, arguments["rules"])),
        ]
        refusal = {"failed": True, "msg": " ".join(faults)} if faults else {}
        return {**refusal, "changed": False, "boards": boards}


def _board_faults(pattern: str, matched: list[str], boards: list[str], groups: Mapping[str, Any]) -> list[str]:
    start = f"No board in this run: the pattern {pattern} (variable jetfleet_boards)"
    if boards:
        return []
    if matched:
        return [f"{start} matches hosts of the inventory, and --limit leaves all of them out: name one of them there."]
    names = sorted(set(groups) - {"all", "ungrouped"})
    own = f"has the groups {', '.join(names)}" if names else "has no groups"
    return [f"{start} matches no host; the inventory {own}."]


def _value_faults(variables: RawVariables, boards: list[str], rules: str | None) -> list[str]:
    """Return what is wrong with values; a ValueError's sentence is about a file or a template that cannot be read."""
    try:
        definitions = shipped_rules(os.path.realpath(rules))[0] if rules else None
        return sentences(definitions, variables.texts(boards, VARIABLES if rules else SETTINGS))
    except ValueError as error:
        return [str(error)]
