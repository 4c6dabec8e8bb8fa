# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of boards of one kind, and an artefact store with what they need."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import Boards, download_pure_wheel
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python
from ansible_collections.jetfleet.protobuf.tests.support.shared_store import fetch

BUILDER = "fleet-01"


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boards]:
    """Fresh boards and an empty store; the boards are taken away at the end."""
    boards = Boards(tmp_path_factory.mktemp("artefacts"), "tests/fleet/hosts.yml", "fleet")
    boards.make()
    yield boards
    boards.destroy()


@pytest.fixture(scope="session")
def stocked(fleet: Boards) -> Boards:
    """The fleet with a store that holds library and wheel for all of its boards."""
    fetch(fleet, BUILDER)
    return fleet


@pytest.fixture(scope="session")
def artefact(stocked: Boards) -> Path:
    """The folder of the store that holds what the boards need."""
    (manifest,) = stocked.store.glob("protobuf-*/manifest.json")
    return manifest.parent


@pytest.fixture(scope="session")
def pure_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel without C++ inside that pip picks on a Jetson."""
    return download_pure_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def lingering_ssh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ssh that reads nothing and ends a while after it has said why, as one does that gets no time to end."""
    program = tmp_path_factory.mktemp("ssh") / "ssh"
    program.write_text('#!/bin/sh\nssh "$@" < /dev/null\nstatus=$?\nexec < /dev/null\nsleep 1\nexit $status\n')
    program.chmod(0o755)
    return program


@pytest.fixture(scope="session")
def newest_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the newest ansible-core that there is for Python 3.13."""
    place = tmp_path_factory.mktemp("core")
    subprocess.run([need_python("3.13"), "-m", "venv", place], check=True)
    requirements = ["ansible-core", "jmespath", "junitparser", "tabulate"]
    subprocess.run([place / "bin/pip", "install", "-qq", *requirements], check=True)
    return place


@pytest.fixture
def newest_core(stocked: Boards, newest_environment: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the boards be reached by the newest ansible-core; return its version."""
    programs = newest_environment / "bin"
    monkeypatch.setitem(stocked.environment, "PATH", f"{programs}{os.pathsep}{stocked.environment['PATH']}")
    monkeypatch.setitem(stocked.environment, "VIRTUAL_ENV", str(newest_environment))
    shown = subprocess.run([programs / "ansible", "--version"], check=True, capture_output=True, text=True).stdout
    return shown.split("core ")[1].split("]")[0]
