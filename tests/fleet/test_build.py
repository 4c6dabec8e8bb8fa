# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds are made exactly once, whatever dies meanwhile: runs, connections and builders are killed for real."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import Boards, Run
from ansible_collections.jetfleet.protobuf.tests.support.small_source import (
    COMPILED,
    HALF,
    HALVED,
    OBJECTS,
    VERSION,
    make_source,
)

BUILD = "jetfleet.protobuf.build"
BUILDERS = ("builder-one", "builder-two")
ALL = ",".join(("build-board", *BUILDERS))
TWO_PLATFORMS = "build-*:builder-one:builder-other"
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boards]:
    """Six boards and three builders."""
    boards = Boards(tmp_path_factory.mktemp("building"), "tests/fleet/builders.yml", "building")
    boards.make()
    yield boards
    boards.destroy()


@pytest.fixture
def boards(made: Boards, tmp_path: Path) -> Boards:
    """The same hosts, with an empty store and nothing built."""
    made.store = tmp_path / "store"
    for builder in (*BUILDERS, "builder-other"):
        made.root(builder, f"rm -rf /home/jetson/src {COMPILED} {HALVED}")
    return made


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    archive = make_source(tmp_path_factory.mktemp("source") / f"protobuf-all-{VERSION}.tar.gz")
    variables = {
        "libprotobuf_version": VERSION,
        "libprotobuf_source_archive": str(archive),
        "libprotobuf_source_sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        "libprotobuf_build_lost_timeout": 5,
        "python_protobuf_wheel": "build",
        "jetfleet_load_time_values": 1000,
    }
    return ["-e", json.dumps(variables)]


@pytest.fixture
def start(boards: Boards, options: list[str]) -> Iterator[Start]:
    """Start builds in the background; none outlives its test."""
    started: list[subprocess.Popen[str]] = []

    def run(limit: str = ALL) -> subprocess.Popen[str]:
        started.append(boards.start(BUILD, "--limit", limit, *options))
        return started[-1]

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def compilations(boards: Boards, *builders: str) -> list[str]:
    """Return what was compiled, on all builders of the first platform or on those that are named, sorted."""
    hosts = builders or BUILDERS
    return sorted(line for host in hosts for line in boards.root(host, f"cat {COMPILED} 2>/dev/null || true").split())


def once() -> list[str]:
    return sorted(f"{number}.lo" for number in range(1, OBJECTS + 1))


def stored(boards: Boards) -> list[str]:
    """Return the kinds of files in the store."""
    return sorted(path.suffix for path in boards.store.glob("protobuf-*/*"))


@contextmanager
def half_built(boards: Boards, start: Start) -> Iterator[subprocess.Popen[str]]:
    """Start a build that stands still once half of it is compiled; it goes on, where a builder is alive, at the end."""
    for builder in BUILDERS:
        boards.root(builder, f"touch {HALVED}")
    process = start()
    deadline = time.monotonic() + 120
    while len(compilations(boards)) < HALF:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.2)
    yield process
    for builder in BUILDERS:
        boards.root(builder, f"rm {HALVED}", check=False)


def ended(process: subprocess.Popen[str]) -> Run:
    output = process.communicate(timeout=180)[0]
    print(output)
    return Run(process.returncode, output)


def test_two_runs_at_once_build_once(boards: Boards, start: Start, options: list[str]) -> None:
    runs = [start() for _number in range(2)]
    for process in runs:
        assert ended(process).status == 0
    assert compilations(boards) == once()
    assert stored(boards) == [".deb", ".json", ".log", ".whl"]
    again = boards.play(BUILD, "--limit", ALL, *options)
    assert (again.status, "Compile the wheel" in again.output) == (0, False)


def test_six_boards_of_two_platforms_and_two_runs_make_two_builds(boards: Boards, start: Start) -> None:
    """One builder serves each platform; both runs are told of both artefacts."""
    runs = [start(TWO_PLATFORMS) for _number in range(2)]
    for process in runs:
        assert ended(process).status == 0
    assert compilations(boards, "builder-one") == once()
    assert compilations(boards, "builder-other") == once()
    assert stored(boards) == [".deb", ".deb", ".json", ".json", ".log", ".log", ".whl", ".whl"]


def test_a_run_that_was_killed_is_joined_by_the_next(boards: Boards, start: Start, options: list[str]) -> None:
    with half_built(boards, start) as first:
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
    run = boards.play(BUILD, "--limit", ALL, *options)
    assert run.status == 0
    assert compilations(boards) == once()
    assert stored(boards) == [".deb", ".json", ".log", ".whl"]


def test_a_lost_connection_does_not_lose_the_build(boards: Boards, start: Start) -> None:
    with half_built(boards, start) as process:
        for builder in BUILDERS:
            boards.root(builder, "pkill -KILL -f '^sshd: jetson' || true")
    assert ended(process).status == 0
    assert compilations(boards) == once()


def test_another_builder_takes_over_from_one_that_died(boards: Boards, start: Start) -> None:
    with half_built(boards, start) as process:
        (busy,) = (host for host in BUILDERS if compilations(boards, host))
        (idle,) = set(BUILDERS) - {busy}
        boards.podman("stop", "--time=0", boards.container(busy))
    try:
        run = ended(process)
        assert run.status == 0
        assert "the connection is lost, trying again for" in run.output
        assert compilations(boards, idle) == once()
    finally:
        boards.podman("start", boards.container(busy))


def test_a_build_that_was_killed_on_the_builder_goes_on_where_it_was(boards: Boards, start: Start) -> None:
    group = "cat /home/jetson/src/*/job.json 2>/dev/null | sed -n 's/.*\"pid\": \\([0-9]*\\).*/\\1/p'"
    with half_built(boards, start) as process:
        for builder in BUILDERS:
            boards.root(builder, f"for group in $({group}); do kill -KILL -$group; done")
    run = ended(process)
    assert run.status == 0
    assert "was killed, and is started again where it was" in run.output
    assert sorted(set(compilations(boards))) == once()
    assert len(compilations(boards)) < 2 * OBJECTS, "only what was being compiled is compiled again"


def test_a_builder_that_does_not_match_is_refused_with_the_reason(boards: Boards, options: list[str]) -> None:
    run = boards.play(BUILD, "--limit", "build-board,builder-other", *options)
    assert run.status != 0
    assert "builder-other does not build for Debian 11" in run.text
    assert "it has Debian 12 instead of Debian 11." in run.text
    assert "Add a host with Debian 11, glibc 2.31 and Python 3.9 to the group builders." in run.text
    assert run.count("build-board", "failed") == 1
    assert boards.root("build-board", "ls /home/jetson/src 2>/dev/null || true") == "", "no board compiles"


def test_a_failing_build_is_told_in_one_sentence(boards: Boards, options: list[str]) -> None:
    for builder in BUILDERS:
        boards.root(builder, f"mkdir -p {COMPILED}")
    run = boards.play(BUILD, "--limit", ALL, *options)
    assert run.status != 0
    for builder in BUILDERS:
        assert f"{builder} failed to build protobuf-{VERSION}_" in run.text
        assert f"The step Make the library on {builder} ended with exit status 2" in run.text
        assert f"/job.log on {builder}, then run again." in run.text
    assert run.count("builder-one", "failed") == run.count("builder-two", "failed") == 0
