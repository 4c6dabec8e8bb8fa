# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin artefact_lock: keeps two runs from building the same artefact."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.lock import ArtefactLock
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.manifest import find_artefact

ARGUMENT_SPEC = {
    "store": {"type": "path", "required": True},
    "abi_key": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["held", "released"], "default": "held"},
    "timeout": {"type": "int", "default": 14400},
}
# The same names that the artefact store takes: nothing may lead out of it.
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~!-]*")
_PERIOD = 1.0
_NEWS = 30.0


class ActionModule(ActionBase):
    """Take or release the lock of one ABI key."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Wait for the lock, and return whether the artefact is there by now."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _spec, arguments = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        store, key = arguments["store"], arguments["abi_key"]
        if not _KEY.fullmatch(key):
            raise AnsibleActionFail(f"{key!r} is no ABI key: use the abi_key that protobuf_plan returns.")
        result["changed"] = False
        if self._task.check_mode:
            return result | {"stored": find_artefact(store, key) is not None}
        lock = ArtefactLock(Path(store) / ".locks" / key)
        try:
            if arguments["state"] == "released":
                lock.release(os.getppid())
            else:
                self._wait(lock, key, arguments["timeout"], (task_vars or {}).get("inventory_hostname", "localhost"))
        except OSError as error:
            raise AnsibleActionFail(
                f"The lock {lock.path} cannot be used ({error.strerror}): make the artefact store writable."
            ) from error
        return result | {"stored": find_artefact(store, key) is not None}

    def _wait(self, lock: ArtefactLock, key: str, timeout: int, host: str) -> None:
        # This process is a worker of ansible-playbook: the lock is for the life of that one.
        controller = os.getppid()
        begun = time.monotonic()
        told = begun - _NEWS
        while not lock.acquire(controller):
            now = time.monotonic()
            if now - begun >= timeout:
                raise AnsibleActionFail(
                    f"The build of {key} has been locked by {lock.holder()}, and {timeout} s were not enough to wait: "
                    "let that run finish, then run again."
                )
            if now - told >= _NEWS:
                told = now
                self._display.display(f"{host}: {key}: waits for {lock.holder()}")
            time.sleep(_PERIOD)
            if os.getppid() != controller:
                raise AnsibleActionFail("The run was ended while it waited for a lock: run again.")
