# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A board with the tools of JetPack 4 goes from what pip left on it through everything and back, one test after the other."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.jetfleet.protobuf.tests.jetpack.conftest import HOST
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import CPP, PYTHON, Boards, Run

COMPILED = "(Build the wheel)"
ONLY = ("--limit", HOST)
FACTS = (
    "import sys, pip, setuptools, wheel;"
    "print(sys.version_info[:2], pip.__version__, setuptools.__version__, wheel.__version__, sys.getfilesystemencoding())"
)


def over_ssh(boards: Boards, command: str) -> str:
    """Return what a command prints that is sent to the board over SSH."""
    config = boards.folder(HOST) / "ssh_config"
    ssh = ["ssh", "-F", str(config), HOST, command]
    return subprocess.run(ssh, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def provisioned(boards: Boards) -> Run:
    """What the run said that installed what another had built."""
    assert boards.play("jetfleet.protobuf.build", *ONLY, "-e", "jetfleet_load_time_values=10000").status == 0
    return boards.provision(HOST)


def test_the_board_is_what_it_stands_for(boards: Boards, python: str) -> None:
    shown = over_ssh(boards, f'{python} -c "{FACTS}"')
    assert shown == "(3, 6) 9.0.1 39.0.1 0.30.0 ascii"


def test_the_survey_says_what_is_wrong_and_changes_nothing(boards: Boards, python: str) -> None:
    before = boards.state(HOST)
    run = boards.play("jetfleet.protobuf.survey", *ONLY, "-e", "jetfleet_load_time_values=10000")
    assert run.status == 0
    assert run.count(HOST, "changed") == 0
    assert boards.backend(HOST, python) == PYTHON
    assert boards.state(HOST) == before


def test_what_was_built_for_it_parses_in_cpp(boards: Boards, provisioned: Run, python: str) -> None:
    assert provisioned.became(HOST) == "changed"
    assert COMPILED not in provisioned.output, "the playbook build has done that"
    (manifest,) = boards.store.glob("protobuf-3.12.4_*_debian-12_glibc-*_cpython-36m-*/manifest.json")
    assert [file.suffix for file in sorted(manifest.parent.glob("*.[dw]*"))] == [".deb", ".whl"]
    assert boards.backend(HOST, python) == CPP
    assert "Version: 3.12.4" in boards.root(HOST, f"cd /; {python} -m pip show protobuf")


def test_the_second_run_changes_nothing(boards: Boards, provisioned: Run) -> None:
    before = boards.state(HOST)
    run = boards.provision(HOST)
    assert run.status == 0
    assert run.became(HOST) == "unchanged"
    assert run.count(HOST, "changed") == 0
    assert boards.state(HOST) == before


def test_what_pip_undid_is_noticed_and_put_back(boards: Boards, provisioned: Run, python: str) -> None:
    assert boards.drift(*ONLY)[0].status == 0
    boards.root(HOST, f"{python} -m pip install --quiet --upgrade --no-index --find-links=/root protobuf")
    assert boards.backend(HOST, python) == PYTHON
    assert "Version: 3.19.6" in boards.root(HOST, f"cd /; {python} -m pip show protobuf")
    drifted, report = boards.drift(*ONLY)
    assert drifted.status != 0
    assert [entry["status"] for entry in report["boards"] if entry["host"] == HOST] == ["drift"]
    restored = boards.provision(HOST)
    assert restored.became(HOST) == "changed"
    assert COMPILED not in restored.output
    assert boards.backend(HOST, python) == CPP
    assert boards.drift(*ONLY)[0].status == 0


def test_removal_leaves_what_was_there_before(boards: Boards, provisioned: Run, python: str) -> None:
    removed = boards.provision(HOST, playbook="jetfleet.protobuf.remove")
    assert removed.became(HOST) == "removed"
    assert boards.backend(HOST, python) == PYTHON
    assert "Version: 3.19.6" in boards.root(HOST, f"cd /; {python} -m pip show protobuf")
    assert boards.root(HOST, "dpkg-query --show jetfleet-libprotobuf 2>/dev/null || true") == ""
    assert boards.root(HOST, "dpkg --verify libprotobuf32") == ""
