# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of an ABI key with real processes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts import lock_holder
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.lock import ArtefactLock, Run

WAIT = 10.0


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextlib.contextmanager
def started_run(word: str) -> Iterator[tuple[Run, subprocess.Popen[bytes]]]:
    """Start a process that stands for ansible-playbook."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield Run(process.pid, word), process
        process.kill()


@pytest.fixture
def started() -> Iterator[tuple[Run, subprocess.Popen[bytes]]]:
    with started_run("ansible-local-1x") as started:
        yield started


@pytest.fixture
def run(started: tuple[Run, subprocess.Popen[bytes]]) -> Run:
    return started[0]


@pytest.fixture
def process(started: tuple[Run, subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    return started[1]


@pytest.fixture
def other() -> Iterator[Run]:
    with started_run("ansible-local-2x") as (run, _process):
        yield run


@pytest.fixture
def lock(tmp_path: Path) -> ArtefactLock:
    return ArtefactLock(tmp_path / "store" / ".locks" / "key")


def test_one_run_has_the_lock(lock: ArtefactLock, run: Run, other: Run) -> None:
    assert lock.acquire(run)
    assert not lock.acquire(other)
    assert f"process {run.pid} of " in lock.holder()


def test_a_run_that_has_the_lock_keeps_it(lock: ArtefactLock, run: Run) -> None:
    assert lock.acquire(run)
    assert lock.acquire(run)


def test_the_lock_is_free_within_a_second_after_the_run_was_killed(
    lock: ArtefactLock, run: Run, process: subprocess.Popen[bytes], other: Run
) -> None:
    assert lock.acquire(run)
    time.sleep(0.5)
    assert not lock.acquire(other)
    process.kill()
    process.wait()
    assert within(1.0, lambda: lock.acquire(other))


def test_a_released_lock_is_free_at_once(lock: ArtefactLock, run: Run, other: Run) -> None:
    assert lock.acquire(run)
    assert lock.release(run)
    assert lock.acquire(other)


def test_who_let_go_is_not_taken_for_the_next_one(lock: ArtefactLock, run: Run, other: Run) -> None:
    assert lock.acquire(run)
    assert lock.release(run)
    assert lock.owner() == {}
    assert lock.acquire(other)
    assert not lock.acquire(run)


def test_only_its_own_run_releases_a_lock(lock: ArtefactLock, run: Run, other: Run) -> None:
    assert lock.acquire(run)
    assert not lock.release(other)
    assert not lock.acquire(other)


def test_a_lock_that_nobody_has_is_not_released(lock: ArtefactLock, run: Run) -> None:
    assert not lock.release(run)
    assert not lock.path.exists()


def test_other_keys_are_free(lock: ArtefactLock, run: Run, other: Run) -> None:
    assert lock.acquire(run)
    assert ArtefactLock(lock.path.with_name("other")).acquire(other)


def test_the_holder_keeps_no_pipe_of_its_starter_open(
    lock: ArtefactLock, run: Run, process: subprocess.Popen[bytes], other: Run
) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.lock import ArtefactLock, Run;"
        "ArtefactLock(Path(sys.argv[1])).acquire(Run(int(sys.argv[2]), sys.argv[3]))"
    )
    # It would wait here until the run ends.
    command = [sys.executable, "-c", code, str(lock.path), str(run.pid), run.word]
    subprocess.run(command, capture_output=True, timeout=WAIT, check=True)
    assert process.poll() is None
    assert not lock.acquire(other), "and the lock outlives its starter"


def holder_of(lock: ArtefactLock) -> int:
    """Return the process that was started to hold the lock."""
    found = subprocess.run(["pgrep", "-f", lock.owner()["holder"]], capture_output=True, text=True, check=True)
    return int(found.stdout)


def test_a_signal_of_the_terminal_does_not_reach_the_holder(lock: ArtefactLock, run: Run, other: Run) -> None:
    assert lock.acquire(run)
    holder = holder_of(lock)
    assert os.getsid(holder) == holder != os.getsid(0)
    os.kill(holder, signal.SIGTERM)
    assert within(WAIT, lambda: lock.acquire(other))
    lock.release(other)


def test_a_lock_that_another_run_takes_at_once_is_released_at_once(lock: ArtefactLock, run: Run, other: Run) -> None:
    assert lock.acquire(run)
    stop = threading.Event()

    def take() -> None:
        while not stop.is_set() and not lock.acquire(other):
            time.sleep(0.001)

    taker = threading.Thread(target=take)
    taker.start()
    begun = time.monotonic()
    assert lock.release(run)
    assert time.monotonic() - begun < 2
    assert within(WAIT, lambda: lock.owner().get("run") == other.word)
    stop.set()
    taker.join()


def test_a_run_with_the_number_of_another_one_is_another_one(lock: ArtefactLock, run: Run) -> None:
    assert lock.acquire(run)
    twin = Run(run.pid, "ansible-local-3x")
    assert not lock.acquire(twin)
    assert not lock.release(twin)
    assert not lock.acquire(twin)


def test_a_process_that_got_the_number_of_a_run_does_not_hold_its_lock(lock: ArtefactLock, run: Run) -> None:
    """The kernel gives numbers again: what counts is when the process was started."""
    assert lock_holder.runs(run.pid, lock_holder.start_time(run.pid))
    assert not lock_holder.runs(run.pid, str(int(lock_holder.start_time(run.pid)) - 1))


def test_no_process_is_ended_but_the_holder(lock: ArtefactLock, run: Run, other: Run) -> None:
    """Whatever the file says by now: another process may have the number of the holder, and so may one of another container."""
    assert lock.acquire(run)
    lock.path.write_text(json.dumps(lock.owner() | {"pid": other.pid}))
    assert lock.release(run)
    assert lock_holder.runs(other.pid, lock_holder.start_time(other.pid))


CONTAINER = """
import os
import sys
from pathlib import Path
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.lock import ArtefactLock, this_run
worker = os.fork()
if worker == 0:
    lock = ArtefactLock(Path(sys.argv[1]))
    print(os.getppid(), lock.acquire(this_run()), lock.release(this_run()) if sys.argv[2:] else None, flush=True)
    os._exit(0)
os.waitpid(worker, 0)
sys.stdin.read()
"""


def test_two_containers_with_one_name_have_one_lock(lock: ArtefactLock) -> None:
    """Each of them has its own process 1, and both have the store."""

    def start(*arguments: str) -> subprocess.Popen[str]:
        separate = ["unshare", "--map-root-user", "--pid", "--fork", "--mount-proc"]
        command = [*separate, sys.executable, "-c", CONTAINER, str(lock.path), *arguments]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    with start() as first:
        assert first.stdout and first.stdout.readline() == "1 True None\n"
        with start("release") as second:
            assert second.stdout and second.stdout.readline() == "1 False False\n"
        assert first.poll() is None


def test_an_unreadable_note_names_nobody(lock: ArtefactLock, run: Run) -> None:
    assert lock.acquire(run)
    lock.path.write_text("no JSON")
    assert lock.holder() == "another run"
