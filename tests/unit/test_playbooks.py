# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks with inventories that have no board for them: an error that says why, before anything is connected to."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml"))
DEAD = {"ansible_host": "127.0.0.1", "ansible_port": 1}
INVENTORY = {"jetsons": {"hosts": {"nano-1": DEAD}}, "ci": {"hosts": {"builder-1": DEAD}}}
# Somebody else's, of whom the collection knows nothing.
FOREIGN = [part for name in ("rollout_strategy", "survey_url", "drift_enabled") for part in ("-e", f"{name}=x")]


def run(place: Path, playbook: str, *options: str) -> tuple[int, str]:
    (place / "hosts.yml").write_text(yaml.safe_dump(INVENTORY))
    command = ["ansible-playbook", f"jetfleet.protobuf.{playbook}", "-i", str(place / "hosts.yml"), *options]
    environment = os.environ | {"ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_run_without_boards_is_an_error_that_names_the_groups(tmp_path: Path, playbook: str) -> None:
    status, said = run(tmp_path, playbook, *FOREIGN)
    assert status == 2
    # All that is wrong is in one message: the names of others' variables are not.
    assert "is not a variable of this collection" not in said
    assert (
        "No board in this run: the pattern boards (variable jetfleet_boards) matches no host; the inventory has the groups ci, jetsons."
        in said
    )
    # Whoever connected to a board would have been refused.
    assert "refused" not in said
    assert "[WARNING]" not in said


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_limit_that_leaves_the_boards_out_is_an_error(tmp_path: Path, playbook: str) -> None:
    status, said = run(tmp_path, playbook, "-e", "jetfleet_boards=jetsons", "--limit", "ci")
    assert status == 2
    assert "--limit leaves all of them out" in said
    assert "refused" not in said


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_board_that_is_not_there_is_reported_and_fails_the_run(tmp_path: Path, playbook: str) -> None:
    files = {
        "jetfleet_pending_file": f"{tmp_path}/pending",
        "jetfleet_drift_report_directory": f"{tmp_path}/drift",
        "jetfleet_earlier_facts": f"{tmp_path}/earlier",
    }
    files["jetfleet_artefact_store"] = f"{tmp_path}/store"
    options = [part for name, value in files.items() for part in ("-e", f"{name}={value}")]
    status, said = run(tmp_path, playbook, "-e", "jetfleet_boards=jetsons", "-e", "jetfleet_builders=ci", *options)
    assert status == 2
    assert "nano-1" in said
    assert "refuses connections to port" in said
    assert "[WARNING]" not in said
