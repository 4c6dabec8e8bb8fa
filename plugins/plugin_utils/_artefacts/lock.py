# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lock for each ABI key in the artefact store, held for as long as a run of ansible-playbook lives.

A task ends long before the run does, so the lock is handed to a small process that
ends with the run. The kernel releases a lock when its holder dies: there is nothing to clean up.
"""

from __future__ import annotations

import getpass
import json
import os
import platform
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.lock import flock

_HOLDER = Path(__file__).with_name("lock_holder.py")
_RELEASED = 10.0


class Owner(TypedDict, total=False):
    """Who took a lock last: the node and the process of ansible-playbook, and the process that holds it."""

    controller: list[str | int]
    pid: int
    user: str
    since: str


@dataclass(frozen=True)
class ArtefactLock:
    """The lock of one key."""

    path: Path

    def acquire(self, controller: int) -> bool:
        """Take the lock for the life of the process controller; return False where another run has it."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not flock(descriptor):
                return self.owner().get("controller") == [platform.node(), controller]
            _write(descriptor, [platform.node(), controller], _hand_over(descriptor, controller))
            return True
        finally:
            os.close(descriptor)

    def release(self, controller: int) -> bool:
        """Release the lock where this run holds it, and return whether it did."""
        if not self.path.exists():
            return False
        owner = self.owner()
        if owner.get("controller") != [platform.node(), controller] or not self._held():
            return False
        # First of all: a run that takes the lock next must not be mistaken for this one.
        os.truncate(self.path, 0)
        os.kill(owner["pid"], signal.SIGTERM)
        deadline = time.monotonic() + _RELEASED
        while self._held() and time.monotonic() < deadline:
            time.sleep(0.01)
        return True

    def owner(self) -> Owner:
        """Return who took the lock last."""
        try:
            found: Owner = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def holder(self) -> str:
        """Return who holds the lock, for people."""
        owner = self.owner()
        if "controller" not in owner:
            return "another run"
        node, pid = owner["controller"]
        return f"the run with process {pid} of {owner['user']} on {node}, since {owner['since']}"

    def _held(self) -> bool:
        descriptor = os.open(self.path, os.O_RDWR)
        try:
            return not flock(descriptor)
        finally:
            os.close(descriptor)


def _hand_over(descriptor: int, controller: int) -> int:
    """Start the process that goes on holding the lock, and return its number."""
    # A session of its own: a Ctrl-C at the terminal is for the run, whose end ends the holder.
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_HOLDER), str(controller)],
        stdin=descriptor,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    # It outlives the process that started it, which therefore need not wait for it.
    process.returncode = 0
    return process.pid


def _write(descriptor: int, controller: list[str | int], pid: int) -> None:
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    owner: Owner = {"controller": controller, "pid": pid, "user": getpass.getuser(), "since": since}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(owner).encode(), 0)
