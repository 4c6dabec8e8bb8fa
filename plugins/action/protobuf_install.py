# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin protobuf_install: verifies the files, brings them to the board, runs one transaction there."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import telling_line
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.board_clock import with_clock_offset
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.board_result import (
    TransactionAnswer,
    board_result,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.earlier_facts import EarlierFacts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.transfer import (
    FOLDER,
    PARTS,
    Artefact,
    file_option,
    handled,
    must_repeat,
    needs_files,
    part_of_plan,
    prepare_command,
    prepared,
    transaction_arguments,
    upload,
    url_of,
    verified_artefacts,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import Plan, programs_notice

_TRANSACTION = "jetfleet.protobuf.protobuf_transaction"
# A link that breaks in the middle of a connection is tried again this often by ssh itself.
_RECONNECTIONS = 3
# What a plan must have to be one.
_NEEDED = ("abi_key", "actions", "artefact", "expected", "pip_install", "refusals", "wheel", "wheel_provider")
# The options that the transaction gets as they are.
_PASSED_ON: dict[str, dict[str, Any]] = {
    "executable": {"type": "str", "default": "/usr/bin/python3"},
    "load_time_budget": {"type": "float", "default": 0},
    "constraint": {"type": "bool", "default": False},
    "restart_units": {"type": "list", "elements": "str", "default": []},
    "restart_seconds": {"type": "int", "default": 10},
    "lock_timeout": {"type": "int", "default": 60},
    "dpkg_lock_timeout": {"type": "int", "default": 300},
    "download_timeout": {"type": "int", "default": 600},
    "download_retries": {"type": "int", "default": 3},
    "gather_subset": {"type": "list", "elements": "str"},
    "timeout": {"type": "int", "default": 60},
    "time_budget": {"type": "float", "default": 30},
    "values": {"type": "int", "default": 1000000},
}
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "plan": {"type": "dict"},
    "parts": {"type": "list", "elements": "str", "choices": [*PARTS], "default": [*PARTS]},
    "store": {"type": "str"},
    "source": {"type": "str", "choices": ["controller", "url"], "default": "controller"},
    "url": {"type": "str", "default": ""},
    "allowed_signers": {"type": "str", "default": ""},
    "signature": {"type": "str", "choices": ["ssh", "gpg"], "default": "ssh"},
    "earlier_folder": {"type": "str", "default": ""},
    **_PASSED_ON,
}
_REQUIRED_IF = [("state", "present", ("plan", "store"))]


class ActionModule(ActionBase):
    """Apply a plan, or remove what earlier plans installed."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the transaction, or why there was none."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _spec, arguments = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC, required_if=_REQUIRED_IF)
        self._task_vars = task_vars
        # A board proves everything after a change: it is handed nothing, and what it has proven is kept.
        self._earlier = EarlierFacts(
            {"earlier_folder": arguments["earlier_folder"], "earlier_days": 0}, (task_vars or {})["inventory_hostname"]
        )
        passed_on = {name: arguments[name] for name in _PASSED_ON if arguments[name] is not None}
        if arguments["state"] == "absent":
            removed = self._transaction({"state": "absent", **passed_on})
            would = (
                {"restart_units": arguments["restart_units"]} if self._task.check_mode and removed["changed"] else {}
            )
            return {**result, **removed, **would}
        # A plan has been through Ansible's templates: plain data is all that is wanted.
        plan: Plan = json.loads(json.dumps(arguments["plan"]))
        try:
            _check_plan(plan)
            plan = part_of_plan(plan, arguments["parts"])
            artefacts = self._verified(plan, arguments)
        except ValueError as error:
            return {**result, "failed": True, "changed": False, "rolled_back": False, "msg": one_line(str(error))}
        if self._task.check_mode or not handled(plan):
            units = arguments["restart_units"] if programs_notice(handled(plan)) else []
            return {**result, "changed": bool(handled(plan)), "rolled_back": False, "restart_units": units}
        self._raise_reconnections()
        return {**result, **self._install(plan, arguments, passed_on, artefacts)}

    def _transaction(self, arguments: dict[str, Any]) -> dict[str, Any]:
        before = time.time()
        found = self._execute_module(module_name=_TRANSACTION, module_args=arguments, task_vars=self._task_vars)
        answer = with_clock_offset(board_result(found, TransactionAnswer), before)
        return {"rolled_back": False, **self._earlier.received(answer)}

    def _verified(self, plan: Plan, arguments: dict[str, Any]) -> list[Artefact]:
        if plan["refusals"]:
            raise ValueError(" ".join(plan["refusals"]))
        # In check mode, what is still to be built is not an error.
        if not needs_files(plan) or (self._task.check_mode and plan["artefact"] is None):
            return []
        if arguments["source"] == "url" and not arguments["url"].startswith(("http://", "https://")):
            raise ValueError(
                f"The address of the artefacts is {arguments['url'] or 'empty'}: "
                "set jetfleet_artefact_url to one that begins with http:// or https://."
            )
        store = os.path.abspath(os.path.expanduser(arguments["store"]))
        return verified_artefacts(plan, store, arguments["signature"], arguments["allowed_signers"])

    def _raise_reconnections(self) -> None:
        option = "reconnection_retries"
        if self._connection.has_option(option) and int(self._connection.get_option(option)) < _RECONNECTIONS:
            self._connection.set_option(option, _RECONNECTIONS)

    def _install(
        self, plan: Plan, arguments: dict[str, Any], passed_on: dict[str, Any], artefacts: list[Artefact]
    ) -> dict[str, Any]:
        for fresh in (False, True):
            try:
                places = self._places(plan, arguments, artefacts, fresh)
            except ValueError as error:
                return {"failed": True, "changed": False, "rolled_back": False, "msg": one_line(str(error))}
            result = self._transaction(transaction_arguments(plan, passed_on, places))
            if arguments["source"] == "url" or not must_repeat(result, artefacts):
                break
        return result

    def _places(
        self, plan: Plan, arguments: dict[str, Any], artefacts: list[Artefact], fresh: bool
    ) -> dict[str, dict[str, Any]]:
        """Return package and wheel as the transaction wants them, each with where the board finds it."""
        if arguments["source"] == "url":
            address, key = arguments["url"], plan["abi_key"] or ""
            return {artefact.role: file_option(artefact, url=url_of(address, key, artefact)) for artefact in artefacts}
        paths = self._upload(artefacts, arguments, fresh) if artefacts else {}
        return {artefact.role: file_option(artefact, path=path) for artefact, path in paths.items()}

    def _upload(self, artefacts: list[Artefact], arguments: dict[str, Any], fresh: bool) -> dict[Artefact, str]:
        """Return where the files are on the board now. A file of the right size is not sent again unless asked to."""
        made = self._low_level_execute_command(prepare_command(artefacts), sudoable=False)
        if made["rc"] != 0:
            reason = telling_line(made["stderr"], f"exit status {made['rc']}")
            raise ValueError(
                f"The folder {FOLDER} of the SSH user cannot be made on the board ({reason}): "
                "make room and write access in that user's home directory."
            )
        folder, sizes = prepared(made["stdout"], artefacts)
        places = {artefact: f"{folder}/{artefact.staged}" for artefact in artefacts}
        for artefact, size in zip(artefacts, sizes, strict=True):
            if fresh or size != artefact.size:
                self._send(artefact, places[artefact], arguments)
        return places

    def _send(self, artefact: Artefact, place: str, arguments: dict[str, Any]) -> None:
        retries, seconds = arguments["download_retries"], arguments["download_timeout"]
        try:
            upload(self._transfer_file, artefact.local, place, retries, seconds, time.monotonic, time.sleep)
        except AnsibleConnectionFailure:
            # The board is away: Ansible calls it unreachable, and so does every report.
            raise
        except AnsibleError as error:
            reason = telling_line(str(error), "no reason given")
            raise ValueError(
                f"{artefact.name} cannot be sent to {place} on the board ({reason}): make room there, then run again."
            ) from error


def _check_plan(plan: Plan) -> None:
    missing = [name for name in _NEEDED if name not in plan]
    if missing:
        raise ValueError(f"The plan lacks {', '.join(missing)}: give the result of jetfleet.protobuf.protobuf_plan.")
