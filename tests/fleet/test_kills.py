# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Old or new, never half: whatever is killed and when, the same command converges and leaves nothing behind.

JETFLEET_KILLS sets how many boards each kind of kill hits (default 3; the slow target takes 100).
"""

from __future__ import annotations

import contextlib
import difflib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.chance import KILLS, moments
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import CPP, PYTHON, SMALL, Boards, comparable

HOSTS = [f"fleet-{number:02}" for number in range(2, 7)][:KILLS]
LIMIT = ",".join(HOSTS)
FOLDERS = ("/usr/local", "/var/lib/jetfleet", "/home/jetson/.cache")
# Who holds the lock of the transaction; nobody before it begins.
HOLDER = r"for d in /proc/[0-9]*; do ls -l $d/fd 2>/dev/null | grep -q /var/lib/jetfleet/lock && echo ${d#/proc/}; done"


def reset(fleet: Boards, wheel: Path) -> None:
    """Put the boards back to what pip leaves on a Jetson, by hand."""
    for host in HOSTS:
        fleet.root(
            host,
            "dpkg --purge jetfleet-libprotobuf >/dev/null 2>&1; rm -rf /var/lib/jetfleet /home/jetson/.cache;"
            "rm -rf /usr/local/lib/python3.9/dist-packages/*;"
            f"pip3 install -q --no-index --no-deps /root/{wheel.name} 2>/dev/null",
        )


def kill_controller(fleet: Boards, host: str, moment: float) -> None:
    """Kill Ansible and all its processes while it changes a board."""
    run = fleet.start("jetfleet.protobuf.rollout", "--limit", host, *SMALL)
    threading.Thread(target=run.communicate, daemon=True).start()
    time.sleep(moment)
    # A run that has ended before is one that was not killed.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)


def on_each_board(fleet: Boards, kill: Callable[[Boards, str, float], None], pauses: dict[str, float]) -> None:
    """Run the rollout, and kill something on each board after a pause of its own."""
    kills = [threading.Thread(target=kill, args=(fleet, host, pause)) for host, pause in pauses.items()]
    run = fleet.start("jetfleet.protobuf.rollout", "--limit", ",".join(pauses), *SMALL)
    for thread in kills:
        thread.start()
    run.communicate()
    for thread in kills:
        thread.join()
    # Those that were killed; the others are on.
    for host in pauses:
        fleet.podman("start", fleet.container(host))


# On a board, from when the transaction has begun; the lock holds the process.
BEGUN = 'p=$(cat /var/lib/jetfleet/lock 2>/dev/null) && test -n "$p" && test -d /proc/$p'
WAIT = f"for i in $(seq 3000); do if {BEGUN}; then break; fi; sleep 0.05; done"
# Prints the milliseconds that the transaction takes.
WATCH = f"{WAIT}; s=$(date +%s%3N); while {BEGUN}; do sleep 0.05; done; echo $(($(date +%s%3N) - s))"


def kill_transaction(fleet: Boards, host: str, pause: float) -> None:
    """Kill the process that changes the board, a while after it has begun to."""
    fleet.root(host, f"{WAIT}; sleep {pause}; kill -9 $p", check=False)


def kill_container(fleet: Boards, host: str, pause: float) -> None:
    """Kill the whole board a while after it has begun to be changed.

    It stays off until the run has ended: Ansible connects again to a board that comes back, and brings it to its end.
    """
    fleet.root(host, f"{WAIT}; sleep {pause}", check=False)
    fleet.podman("kill", "--signal=KILL", fleet.container(host))


def quiet(fleet: Boards, host: str) -> None:
    """Wait until what a killed run left running on a board has ended."""
    for _attempt in range(300):
        if not fleet.root(host, HOLDER, check=False):
            return
        time.sleep(0.2)
    raise AssertionError(f"{host} still runs a transaction")


class CleanRun(NamedTuple):
    """How long an undisturbed run takes, and the longest transaction in it, in seconds; what each board holds after it."""

    duration: float
    transaction: float
    content: dict[str, str]


def clean_run(fleet: Boards, wheel: Path) -> CleanRun:
    """Run undisturbed."""
    reset(fleet, wheel)
    start = time.monotonic()
    with ThreadPoolExecutor() as pool:
        watched = [pool.submit(fleet.root, host, WATCH) for host in HOSTS]
        run = fleet.play("jetfleet.protobuf.rollout", "--limit", LIMIT, *SMALL)
        duration = time.monotonic() - start
        assert run.status == 0
        transaction = max(int(watch.result()) for watch in watched) / 1000
    return CleanRun(duration, transaction, {host: comparable(fleet.content(host, *FOLDERS)) for host in HOSTS})


def differences(expected: str, found: str) -> list[str]:
    """Return the lines that only one of the two has, as diff shows them."""
    lines = difflib.ndiff(expected.splitlines(), found.splitlines())
    return [line for line in lines if line.startswith(("- ", "+ "))]


@pytest.fixture(scope="module")
def undisturbed(stocked: Boards, pure_wheel: Path) -> CleanRun:
    """Boards that know the wheel to go back to, and what a run makes of them."""
    stocked.renew(*HOSTS)
    for host in HOSTS:
        stocked.send(host, pure_wheel)
    return clean_run(stocked, pure_wheel)


@pytest.mark.parametrize("victim", ["controller", "transaction", "board"])
def test_a_kill_at_any_moment_leaves_old_or_new_and_the_same_command_converges(
    stocked: Boards, undisturbed: CleanRun, pure_wheel: Path, victim: str
) -> None:
    outcomes: Counter[str] = Counter()
    # Most of a run is the survey and Ansible's own work.
    span = undisturbed.duration if victim == "controller" else undisturbed.transaction
    drawn = moments(victim, 1.1 * span)
    for first in range(0, KILLS, len(HOSTS)):
        pauses = dict(zip(HOSTS, drawn[first:], strict=False))
        reset(stocked, pure_wheel)
        if victim == "controller":
            # All at once: a run of one board alone would have ended before most of the moments.
            with ThreadPoolExecutor() as pool:
                list(pool.map(partial(kill_controller, stocked), pauses, pauses.values()))
        else:
            on_each_board(stocked, kill_transaction if victim == "transaction" else kill_container, pauses)
        for host in pauses:
            quiet(stocked, host)
            outcomes[{CPP: "new", PYTHON: "old"}.get(stocked.backend(host), "between")] += 1
        run = stocked.play("jetfleet.protobuf.rollout", "--limit", LIMIT, *SMALL)
        assert run.status == 0
        assert {host: stocked.backend(host) for host in HOSTS} == dict.fromkeys(HOSTS, CPP)
        found = {host: comparable(stocked.content(host, *FOLDERS)) for host in HOSTS}
        assert {host: differences(undisturbed.content[host], found[host]) for host in HOSTS} == dict.fromkeys(HOSTS, [])
    second = stocked.play("jetfleet.protobuf.rollout", "--limit", LIMIT, *SMALL)
    assert {host: second.became(host) for host in HOSTS} == dict.fromkeys(HOSTS, "unchanged")
    assert not outcomes["between"]
    print(
        f"kills of the {victim}: {dict(outcomes)}, {undisturbed.duration:.1f} s a run, {undisturbed.transaction:.1f} s a transaction"
    )
