# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin artefact_store: locks an ABI key on the controller, and leaves everything else to the module."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts.store import StoreError, check_key
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.no_facts import NoFactsAction
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.lock import ArtefactLock, this_run
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.lock_reach import lock_warning
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.manifest import find_artefact
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line

# The states that are for the controller.
LOCKING = ("locked", "unlocked")
ARGUMENT_SPEC = {
    "store": {"type": "path", "required": True},
    "abi_key": {"type": "str", "required": True},
    "state": {"type": "str", "choices": list(LOCKING), "required": True},
    "timeout": {"type": "int", "default": 14400},
}
_PERIOD = 1.0
_NEWS = 30.0


class ActionModule(NoFactsAction):
    """Take or release the lock of one ABI key, or run the module."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the module, or whether the artefact is stored once the lock is there."""
        if self._task.args.get("state") in LOCKING:
            host = (task_vars or {}).get("inventory_hostname", "localhost")
            return {"changed": False, "stored": self._lock(host)}
        result: dict[str, Any] = super().run(tmp, task_vars)
        return result

    def _lock(self, host: str) -> bool:
        _spec, arguments = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        store, key = arguments["store"], arguments["abi_key"]
        try:
            check_key(key)
        except StoreError as error:
            raise AnsibleActionFail(str(error)) from error
        if not self._task.check_mode:
            self._change(ArtefactLock(Path(store) / ".locks" / key), arguments, host)
        return find_artefact(store, key) is not None

    def _change(self, lock: ArtefactLock, arguments: dict[str, Any], host: str) -> None:
        try:
            if arguments["state"] == "unlocked":
                lock.release(this_run())
            else:
                self._wait(lock, arguments["abi_key"], arguments["timeout"], host)
                warning = lock_warning(arguments["store"])
                if warning:
                    # Shown once, however many keys are locked.
                    self._display.warning(warning)
        except OSError as error:
            raise AnsibleActionFail(
                f"The lock {lock.path} cannot be used ({error.strerror}): make the artefact store writable."
            ) from error

    def _wait(self, lock: ArtefactLock, key: str, timeout: int, host: str) -> None:
        run = this_run()
        begun = time.monotonic()
        reported = begun - _NEWS
        while not lock.acquire(run):
            now = time.monotonic()
            if now - begun >= timeout:
                raise AnsibleActionFail(
                    f"The build of {key} has been locked by {one_line(lock.holder())}, and {timeout} s were not enough to wait: "
                    "let that run finish, then run again."
                )
            if now - reported >= _NEWS:
                reported = now
                # Somebody else has written who holds the lock.
                self._display.display(one_line(f"{host}: {key}: waits for {lock.holder()}"))
            time.sleep(_PERIOD)
            if os.getppid() != run.pid:
                raise AnsibleActionFail("The run was ended while it waited for a lock: run again.")
