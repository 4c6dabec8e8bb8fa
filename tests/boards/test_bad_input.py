# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input: one clear sentence before anything is changed on the board."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.boards.conftest import Built
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import Boards

UNREACHABLE = "http://127.0.0.1:9/protobuf-all-3.21.12.tar.gz"
REFUSED: dict[str, tuple[str, list[str], str]] = {
    "wrong SHA-256": ("board-one", [f"libprotobuf_source_sha256={'0' * 64}"], "is 930c2c3b"),
    "archive of another version": ("board-one", ["libprotobuf_version=3.21.11"], "3.21.12"),
    "archive that is not there": ("board-one", ["libprotobuf_source_archive=/nowhere.tar.gz"], "/nowhere.tar.gz"),
    "unreachable URL": (
        "board-one",
        ["libprotobuf_source_archive=", f"libprotobuf_source_url={UNREACHABLE}"],
        UNREACHABLE,
    ),
    "version out of range": ("board-one", ["libprotobuf_version=3.5.0"], "3.5.0"),
    "unknown variable": ("board-one", ["libprotobuf_verson=3.6.0"], "did you mean libprotobuf_version"),
    "interpreter that is not there": (
        "board-one",
        ["python_protobuf_executable=/usr/bin/python3.99"],
        "The board has no interpreter /usr/bin/python3.99",
    ),
    "no disk space": ("board-full", [], "MB are needed to build: make room there."),
    "too little memory": ("board-lean", [], "one compile job needs 600 MB"),
    "no sudo": ("board-without-sudo", [], "sudo"),
    "moved library of the distribution": ("board-moved", [], "apt-get install --reinstall libprotobuf23"),
    "library of a make install": (
        "board-handmade",
        [],
        "by hand (/usr/local/lib/libprotobuf.so.99, which no package owns): set libprotobuf_adopt to true",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_before_anything_is_changed(boards: Boards, case: str) -> None:
    host, variables, sentence = REFUSED[case]
    before = boards.state(host)
    run = boards.provision(host, *(argument for variable in variables for argument in ("-e", variable)))
    assert run.status != 0
    assert sentence in run.text
    assert run.count(host, "changed") == 0
    assert boards.state(host) == before


def test_a_board_without_python_is_told_apart(boards: Boards) -> None:
    run = boards.provision("board-without-python")
    assert run.status != 0
    assert "The board has no Python at /usr/bin/python3" in run.text


def test_a_host_key_that_is_not_pinned_is_refused(boards: Boards, tmp_path: Path) -> None:
    empty = tmp_path / "known_hosts"
    empty.touch()
    # Without a connection of its own the run would use the one that an earlier test left open.
    ssh = f"-F none -o ControlPath=none -o UserKnownHostsFile={empty} -o StrictHostKeyChecking=yes"
    run = boards.provision("board-one", "-e", f"ansible_ssh_common_args='{ssh}'")
    assert run.became("board-one") == "unreachable"
    assert "No host key of the board is known: compare the key that it shows" in run.text


def test_an_exported_backend_is_reported_with_its_remedy(boards: Boards) -> None:
    run = boards.play("jetfleet.protobuf.survey", "--limit", "board-exported", "-e", "jetfleet_gather_subset=board")
    assert run.status != 0, "a plan without facts about Python cannot be made"
    run = boards.play("jetfleet.protobuf.survey", "--limit", "board-exported")
    assert run.status == 0
    assert "/etc/profile.d/protobuf.sh" in run.text


def untouched_by_apt(state: str) -> list[str]:
    """Leave out what apt writes before it asks for the lock: package lists and their cache, and the lock itself."""
    own = ("/var/lib/apt", "/var/cache/apt", "/var/lib/dpkg/lock", "/var/lib/dpkg ")
    return [line for line in state.splitlines() if not line.startswith(own)]


def test_a_held_apt_lock_is_waited_for_and_then_named(boards: Boards, built: Built) -> None:
    # The builder has installed already what the lock would keep from it.
    host = built.other
    before = boards.state(host)
    hold = "import fcntl, time; f = open('/var/lib/dpkg/lock-frontend', 'w'); fcntl.lockf(f, fcntl.LOCK_EX); time.sleep(90)"
    podman = ["molecule/shared/podman.sh", "exec", f"jetfleet-{boards.environment['ARCH']}-{host}"]
    with subprocess.Popen([*podman, "python3", "-c", hold]) as holder:
        try:
            boards.wait_for_process(host, "[l]ock-frontend")
            run = boards.provision(host, "-e", "jetfleet_apt_lock_timeout=3")
        finally:
            boards.root(host, "pkill -f '[l]ock-frontend' || true")
            holder.wait()
    assert run.status != 0
    assert "Another process holds the lock of apt or dpkg" in run.text
    assert untouched_by_apt(boards.state(host)) == untouched_by_apt(before)


def test_a_python_that_the_version_cannot_be_built_for_is_refused(boards: Boards) -> None:
    # The controller stands for the board: its own Python is 3.11 or newer.
    assert sys.version_info >= (3, 10)
    run = boards.play(
        "jetfleet.protobuf.provision",
        "--inventory",
        "tests/boards/controller.yml",
        "--limit",
        "controller",
        *("-e", "libprotobuf_version=3.6.0", "-e", f"python_protobuf_executable={sys.executable}"),
        *("-e", "jetfleet_load_time_values=10000"),
    )
    assert run.status != 0
    assert "protobuf 3.6.0" in run.text
    assert run.count("controller", "changed") == 0
