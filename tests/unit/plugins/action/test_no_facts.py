# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A board whose Python answers any module with facts that are variables of the collection."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.no_facts import NoFactsAction
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play

KEY = "protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu_1a2b3c4d"
OPTIONS: dict[str, dict[str, Any]] = {
    "apt_packages": {"packages": ["x"]},
    "artefact_server": {"files": ["/x.deb"], "abi_key": KEY},
    "artefact_store": {"store": "/x", "abi_key": KEY, "state": "verified"},
    "graph_info": {"path": "/x.pb"},
    "graph_repack": {"path": "/x.pb"},
}
LIE = {"changed": False, "ansible_facts": {"jetfleet_pending_file": "/etc/passwd"}}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Call every module on a lying board of its own, with Ansible's default of making variables of facts."""
    folder = tmp_path_factory.mktemp("lying")
    python = folder / "python"
    python.write_text(f"#!/bin/sh\ncat > /dev/null\necho '{json.dumps(LIE)}'\n")
    python.chmod(0o755)
    plays = []
    for name, options in OPTIONS.items():
        shown = {"name": f"Show {name}", "ansible.builtin.debug": {"var": "jetfleet_pending_file"}}
        tasks = [{"name": name, f"jetfleet.protobuf.{name}": options}, shown]
        plays.append({"hosts": name, "gather_facts": False, "tasks": tasks})
    # Ansible's own module is not ours to change: it shows that the board lies.
    tasks = [
        {"name": "stat", "ansible.builtin.stat": {"path": "/x"}},
        {"name": "Show stat", "ansible.builtin.debug": {"var": "jetfleet_pending_file"}},
    ]
    plays.append({"hosts": "stat", "gather_facts": False, "tasks": tasks})
    board = {"ansible_python_interpreter": str(python), "jetfleet_pending_file": "pending"}
    return play(folder, plays, boards={name: board for name in (*OPTIONS, "stat")})


def test_the_board_lies(played: Played) -> None:
    assert played.result("Show stat", "stat")["jetfleet_pending_file"] == "/etc/passwd"


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_what_a_board_says_becomes_no_variable(played: Played, name: str) -> None:
    assert "ansible_facts" not in played.result(name, name)
    assert played.result(f"Show {name}", name)["jetfleet_pending_file"] == "pending"


def test_every_module_that_runs_on_boards_has_an_action() -> None:
    """Ansible would run a module without one as it runs its own."""
    plugins = Path(__file__).parents[4] / "plugins"
    alone = {path.stem for path in (plugins / "modules").glob("*.py")} - {
        path.stem for path in (plugins / "action").glob("*.py")
    }
    assert alone == {"protobuf_transaction"}, "which protobuf_install calls"
    named = {path.stem for path in (plugins / "action").glob("*.py") if NoFactsAction.__name__ in path.read_text()}
    assert named == {*OPTIONS}
