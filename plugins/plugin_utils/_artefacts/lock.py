# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lock for each ABI key in the artefact store, held for as long as a run of ansible-playbook lives.

A task ends long before the run does, so the lock is handed to a small process that
ends with the run. The kernel releases a lock when its holder dies: there is nothing to clean up.

Who holds a lock is told by random words alone. Runs in two containers may have one host name and one
process number, and a process number may belong to another process by now: none is ever sent a signal.
"""

from __future__ import annotations

import getpass
import json
import os
import platform
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from ansible import constants
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.lock import flock
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts import lock_holder

_RELEASED = 10.0


@dataclass(frozen=True)
class Run:
    """A run of ansible-playbook: its process, and a word that no other run has."""

    pid: int
    word: str


def this_run() -> Run:
    """Return the run whose worker this process is."""
    # The process of ansible-playbook makes this folder with a random name, and all of its workers know it.
    return Run(os.getppid(), os.path.basename(vars(constants)["DEFAULT_LOCAL_TMP"]))


class Owner(TypedDict, total=False):
    """Who took a lock last: the run, and for people its node, its process, its user and the time."""

    run: str
    holder: str
    node: str
    pid: int
    user: str
    since: str


@dataclass(frozen=True)
class ArtefactLock:
    """The lock of one key."""

    path: Path

    def acquire(self, run: Run) -> bool:
        """Take the lock for the life of a run; return False where another run has it."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not flock(descriptor):
                return self.owner().get("run") == run.word
            _hand_over(descriptor, run, _write(descriptor, run))
            return True
        finally:
            os.close(descriptor)

    def release(self, run: Run) -> bool:
        """Release the lock where this run holds it, and return whether it did."""
        if not self.path.exists() or self.owner().get("run") != run.word or not self._held():
            return False
        # The holder ends when it does not find its word any more, and a run that takes the lock next writes its own.
        os.truncate(self.path, 0)
        deadline = time.monotonic() + _RELEASED
        while not self.owner() and self._held() and time.monotonic() < deadline:
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
        if not {"pid", "user", "node", "since"} <= {*owner}:
            return "another run"
        return f"the run with process {owner['pid']} of {owner['user']} on {owner['node']}, since {owner['since']}"

    def _held(self) -> bool:
        descriptor = os.open(self.path, os.O_RDWR)
        try:
            return not flock(descriptor)
        finally:
            os.close(descriptor)


def _write(descriptor: int, run: Run) -> str:
    """Write who has the lock, and return the word of the process that is going to hold it."""
    holder = secrets.token_hex(16)
    owner: Owner = {
        "run": run.word,
        "holder": holder,
        "node": platform.node(),
        "pid": run.pid,
        "user": getpass.getuser(),
        "since": time.strftime("%Y-%m-%d %H:%M:%S"),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(owner).encode(), 0)
    return holder


def _hand_over(descriptor: int, run: Run, word: str) -> None:
    """Start the process that goes on holding the lock."""
    arguments = [str(run.pid), lock_holder.start_time(run.pid), word]
    # A session of its own: a Ctrl-C at the terminal is for the run, whose end ends the holder.
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", lock_holder.__file__, *arguments],
        stdin=descriptor,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    # It outlives the process that started it, which therefore need not wait for it.
    process.returncode = 0
