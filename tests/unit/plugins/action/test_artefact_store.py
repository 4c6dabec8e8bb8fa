# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks of the action plugin artefact_store in real plays, whose processes are killed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play

KEY = "protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu_1a2b3c4d"
Task = dict[str, Any]


def lock(store: Path, **options: Any) -> Task:
    return {
        "name": f"Lock {options.get('state', 'locked')}",
        "jetfleet.protobuf.artefact_store": {"store": str(store), "abi_key": KEY, "state": "locked"} | options,
    }


def pause(script: str) -> Task:
    # Without a connection there is nothing to wait for but the lock.
    return {"name": "Work", "ansible.builtin.shell": script, "delegate_to": "localhost"}


def run(folder: Path, *tasks: Task) -> Played:
    folder.mkdir(exist_ok=True)
    # There is no host of that name: whoever connected to it would fail.
    return play(folder, [{"hosts": "board.invalid", "gather_facts": False, "tasks": list(tasks)}])


def store_artefact(store: Path) -> None:
    (store / KEY).mkdir(parents=True)
    (store / KEY / "a.deb").write_text("deb")
    manifest = {"abi_key": KEY, "files": {"a.deb": {"sha256": "0" * 64, "bytes": 3}}}
    (store / KEY / "manifest.json").write_text(json.dumps(manifest))


def test_the_lock_is_kept_between_tasks_until_it_is_released(tmp_path: Path) -> None:
    store = tmp_path / "store"
    probe = f"flock --nonblock {store}/.locks/{KEY} true && echo free || echo held"
    released = [lock(store, state="unlocked"), pause(probe) | {"name": "Afterwards"}]
    played = run(tmp_path / "run", lock(store), pause(probe), *released)
    assert played.result("Work", "board.invalid")["stdout"] == "held"
    assert played.result("Afterwards", "board.invalid")["stdout"] == "free"
    assert not played.result("Lock locked", "board.invalid")["changed"]


def test_two_runs_take_turns(tmp_path: Path) -> None:
    store = tmp_path / "store"
    # Who is first works until the other one has been there, and long enough for that one to ask for the lock.
    both_here = f"until [ -e {tmp_path}/one.here ] && [ -e {tmp_path}/two.here ]; do sleep 0.1; done; sleep 4"
    script = f"echo begin >> {tmp_path}/order; [ $(wc -l < {tmp_path}/order) -gt 1 ] || {{ {both_here}; }}"
    work = pause(f"{script}; echo end >> {tmp_path}/order")
    played: dict[str, Played] = {}

    def start(name: str) -> None:
        here = pause(f"touch {tmp_path}/{name}.here") | {"name": "Say that it is here"}
        played[name] = run(tmp_path / name, here, lock(store), work, lock(store, state="unlocked"))

    threads = [threading.Thread(target=start, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "order").read_text().split() == ["begin", "end"] * 2
    assert sum(f"{KEY}: waits for the run with process" in each.output for each in played.values()) == 1


def test_a_killed_run_leaves_no_lock(tmp_path: Path) -> None:
    store = tmp_path / "store"
    started = tmp_path / "started"
    killed: list[int] = []

    def kill() -> None:
        while not started.exists():
            time.sleep(0.05)
        # The run itself, by the number that its lock names: nothing can be cleaned up.
        owner = json.loads((store / ".locks" / KEY).read_text())
        killed.append(owner["pid"])
        subprocess.run(["kill", "-9", str(killed[0])], check=True)

    killer = threading.Thread(target=kill)
    killer.start()
    # It cannot write its results any more.
    with pytest.raises(AssertionError):
        run(tmp_path / "one", lock(store), pause(f"touch {started}; sleep 5"))
    killer.join()
    assert killed
    begun = time.monotonic()
    flock = ["flock", "--timeout", "1", str(store / ".locks" / KEY), "true"]
    assert subprocess.run(flock, check=False).returncode == 0
    assert time.monotonic() - begun < 1.2


def test_what_another_run_has_stored_is_seen(tmp_path: Path) -> None:
    store = tmp_path / "store"
    assert not run(tmp_path / "one", lock(store)).result("Lock locked", "board.invalid")["stored"]
    store_artefact(store)
    assert run(tmp_path / "two", lock(store)).result("Lock locked", "board.invalid")["stored"]


def test_waiting_is_bounded(tmp_path: Path) -> None:
    store = tmp_path / "store"
    (store / ".locks").mkdir(parents=True)
    hold = "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", hold, store / ".locks" / KEY], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        played = run(tmp_path / "one", lock(store, timeout=1))
        holder.kill()
    assert "1 s were not enough to wait" in played.result("Lock locked", "board.invalid")["msg"]


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    played = run(tmp_path / "one", lock(tmp_path / "store", abi_key="../x"))
    assert "is not an ABI key" in played.result("Lock locked", "board.invalid")["msg"]
    assert not (tmp_path / "store").exists()


def test_check_mode_takes_no_lock(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    plays = [{"hosts": "board.invalid", "gather_facts": False, "tasks": [lock(tmp_path / "store")]}]
    assert not play(folder, plays, "--check").result("Lock locked", "board.invalid")["stored"]
    assert not (tmp_path / "store").exists()


def test_all_other_states_are_the_modules(tmp_path: Path) -> None:
    """Storing and verifying run where the store is, here on the controller."""
    store_artefact(tmp_path / "store")
    played = run(tmp_path / "one", lock(tmp_path / "store", state="verified") | {"delegate_to": "localhost"})
    assert "a.deb" in played.result("Lock verified", "board.invalid")["msg"]
