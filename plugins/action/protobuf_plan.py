# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin protobuf_plan: reads a board with one module call, and decides on the controller."""

from __future__ import annotations

import functools
import os
from typing import Any

import yaml
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.board_reading import (
    BoardAction,
    asides,
    has_facts,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.board_result import checked_facts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.manifest import StoredArtefact
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.signature import signature_fault
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan, plan_diff
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Facts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import Plan

_SENTENCES = ("refusals", "build_refusals", "notices")
_DESIRED = {
    "version": {"type": "str", "default": "3.6.0"},
    "source_sha256": {"type": "str", "default": "1532154addf85080330fdd037949d4653dfce16550df5c70ea0cd212d8aff3af"},
    "linkage": {"type": "str", "choices": ["static", "shared"], "default": "static"},
    "wheel": {"type": "str", "choices": ["auto", "build", "pypi"], "default": "auto"},
    "cxxflags": {"type": "str", "default": "-O2 -DNDEBUG"},
    "executable": {"type": "str", "default": "/usr/bin/python3"},
    "adopt": {"type": "bool", "default": False},
    "pip_constraint": {"type": "bool", "default": False},
}
ARGUMENT_SPEC = {
    "from_variables": {"type": "dict", "default": {}},
    "facts": {"type": "dict"},
    "facts_options": {"type": "dict", "default": {}},
    "desired": {"type": "dict", "apply_defaults": True, "options": _DESIRED},
    "source": {"type": "str", "choices": ["controller", "url", "builder"], "default": "controller"},
    "url": {"type": "str", "default": ""},
    "store": {"type": "str", "default": "~/.local/share/jetfleet/artefacts"},
    "allowed_signers": {"type": "str", "default": ""},
    "signature": {"type": "str", "choices": ["ssh", "gpg"], "default": "ssh"},
}


class ActionModule(BoardAction):
    """Compare a board with the desired state; read the board first where no facts are given."""

    _argument_spec = ARGUMENT_SPEC
    _supports_diff = True

    def make_result(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return the plan, and the facts that it is based on."""
        if arguments["facts"] is not None:
            found: dict[str, Any] = {"ansible_facts": {"jetfleet": checked_facts(arguments["facts"])}}
        else:
            found = self.read_board(arguments["facts_options"], task_vars)
        if not has_facts(found):
            return found
        facts: Facts = found["ansible_facts"]["jetfleet"]
        try:
            plan = self._plan(facts, arguments)
        except ValueError as error:
            plan = {"failed": True, "msg": one_line(str(error))}
        return {**asides(found), **plan, "ansible_facts": {"jetfleet": facts}}

    def _plan(self, facts: Facts, arguments: dict[str, Any]) -> dict[str, Any]:
        store = os.path.expanduser(arguments["store"])
        # What is planned with is what is verified, whoever writes to the store meanwhile.
        stored = functools.cache(lambda key: StoredArtefact(store, key))
        plan = make_plan(
            facts,
            arguments["desired"],
            lambda key: stored(key).complete(),
            lambda key: _fault(stored(key), arguments),
            arguments["url"] if arguments["source"] == "url" else "",
        )
        result: dict[str, Any] = {
            **_displayable(plan),
            "changed": bool(self._task.check_mode and plan["actions"] and not plan["refusals"]),
        }
        if self._task.diff:
            before, after = (yaml.safe_dump(text, sort_keys=False) for text in plan_diff(facts, plan))
            result["diff"] = {"before": before, "after": after}
        return result


def _displayable(plan: Plan) -> dict[str, Any]:
    """Return the plan with sentences that can be displayed, which paths and versions on the board are parts of."""
    whole: dict[str, Any] = {**plan}
    sentences = {name: [one_line(text) for text in whole[name]] for name in _SENTENCES}
    actions = [{**action, "reason": one_line(action["reason"])} for action in plan["actions"]]
    return {**whole, **sentences, "actions": actions}


def _fault(artefact: StoredArtefact, arguments: dict[str, Any]) -> str | None:
    """Return why what is stored may not be installed."""
    fault = artefact.fault()
    if fault is None and arguments["allowed_signers"]:
        fault = signature_fault(artefact, arguments["signature"], os.path.expanduser(arguments["allowed_signers"]))
    return fault
