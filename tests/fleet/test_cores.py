# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest ansible-core does what the default one does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import CPP, SMALL, Boards
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python

HOST = "fleet-05"


@pytest.fixture
def newest(stocked: Boards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the boards be reached by the newest ansible-core that there is for Python 3.13; return its version."""
    place = tmp_path / "core"
    subprocess.run([need_python("3.13"), "-m", "venv", place], check=True)
    subprocess.run([place / "bin/pip", "install", "-qq", "ansible-core", "jmespath", "tabulate"], check=True)
    monkeypatch.setitem(stocked.environment, "PATH", f"{place / 'bin'}{os.pathsep}{stocked.environment['PATH']}")
    monkeypatch.setitem(stocked.environment, "VIRTUAL_ENV", str(place))
    shown = subprocess.run([place / "bin/ansible", "--version"], check=True, capture_output=True, text=True).stdout
    return shown.split("core ")[1].split("]")[0]


def test_the_newest_core_provisions_restores_and_removes(stocked: Boards, newest: str) -> None:
    print(f"ansible-core {newest}")
    stocked.make(HOST)
    statuses = []
    for playbook in ("provision", "provision", "remove"):
        run = stocked.play(f"jetfleet.protobuf.{playbook}", "--limit", HOST, *SMALL)
        assert run.status == 0
        statuses.append(run.became(HOST))
    assert statuses == ["changed", "unchanged", "removed"]
    assert stocked.play("jetfleet.protobuf.rollout", "--limit", HOST, *SMALL).became(HOST) == "changed"
    stocked.root(HOST, "pip3 uninstall -qy protobuf 2>/dev/null")
    assert stocked.play("jetfleet.protobuf.rollout", "--limit", HOST, *SMALL).became(HOST) == "changed"
    assert stocked.backend(HOST) == CPP
