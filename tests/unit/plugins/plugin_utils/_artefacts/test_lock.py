# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of an ABI key with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.lock import ArtefactLock

WAIT = 10.0


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def start_run() -> subprocess.Popen[bytes]:
    """Start a process that stands for ansible-playbook."""
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


@pytest.fixture
def run() -> Iterator[subprocess.Popen[bytes]]:
    with start_run() as process:
        yield process
        process.kill()


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    with start_run() as process:
        yield process
        process.kill()


@pytest.fixture
def lock(tmp_path: Path) -> ArtefactLock:
    return ArtefactLock(tmp_path / "store" / ".locks" / "key")


Run = subprocess.Popen[bytes]


def test_one_run_has_the_lock(lock: ArtefactLock, run: Run, other: Run) -> None:
    assert lock.acquire(run.pid)
    assert not lock.acquire(other.pid)
    assert f"process {run.pid} of " in lock.holder()


def test_a_run_that_has_the_lock_keeps_it(lock: ArtefactLock, run: Run) -> None:
    assert lock.acquire(run.pid)
    assert lock.acquire(run.pid)


def test_the_lock_is_free_within_a_second_after_the_run_was_killed(lock: ArtefactLock, run: Run, other: Run) -> None:
    assert lock.acquire(run.pid)
    time.sleep(0.5)
    assert not lock.acquire(other.pid)
    run.kill()
    run.wait()
    assert within(1.0, lambda: lock.acquire(other.pid))


def test_a_released_lock_is_free_at_once(lock: ArtefactLock, run: Run, other: Run) -> None:
    assert lock.acquire(run.pid)
    assert lock.release(run.pid)
    assert lock.acquire(other.pid)


def test_who_let_go_is_not_taken_for_the_next_one(lock: ArtefactLock, run: Run, other: Run) -> None:
    assert lock.acquire(run.pid)
    assert lock.release(run.pid)
    assert lock.owner() == {}
    assert lock.acquire(other.pid)
    assert not lock.acquire(run.pid)


def test_only_its_own_run_releases_a_lock(lock: ArtefactLock, run: Run, other: Run) -> None:
    assert lock.acquire(run.pid)
    assert not lock.release(other.pid)
    assert not lock.acquire(other.pid)


def test_a_lock_that_nobody_has_is_not_released(lock: ArtefactLock, run: Run) -> None:
    assert not lock.release(run.pid)
    assert not lock.path.exists()


def test_other_keys_are_free(lock: ArtefactLock, run: Run, other: Run) -> None:
    assert lock.acquire(run.pid)
    assert ArtefactLock(lock.path.with_name("other")).acquire(other.pid)


def test_the_holder_keeps_no_pipe_of_its_starter_open(lock: ArtefactLock, run: Run) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.lock import ArtefactLock;"
        "ArtefactLock(Path(sys.argv[1])).acquire(int(sys.argv[2]))"
    )
    # It would wait here until the run ends.
    subprocess.run([sys.executable, "-c", code, str(lock.path), str(run.pid)], capture_output=True, timeout=WAIT)
    assert run.poll() is None
    assert not lock.acquire(os.getpid()), "and the lock outlives its starter"


def test_a_signal_of_the_terminal_does_not_reach_the_holder(lock: ArtefactLock, run: Run) -> None:
    assert lock.acquire(run.pid)
    holder = lock.owner()["pid"]
    assert os.getsid(holder) == holder != os.getsid(0)
    os.kill(holder, signal.SIGTERM)
    assert within(WAIT, lambda: lock.acquire(os.getpid()))
    lock.release(os.getpid())


def test_an_unreadable_note_names_nobody(lock: ArtefactLock, run: Run) -> None:
    assert lock.acquire(run.pid)
    lock.path.write_text("no JSON")
    assert lock.holder() == "another run"
