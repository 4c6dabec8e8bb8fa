# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real plays: ansible-playbook in a folder of its own, and what it said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

# The folder that holds ansible_collections, wherever the tests were started from.
COLLECTIONS = Path(__file__).parents[4]


@dataclass
class Played:
    """One run of ansible-playbook."""

    exit_status: int
    output: str
    results: dict[str, Any]

    def result(self, task: str, host: str) -> dict[str, Any]:
        """Return the result of a task on a host."""
        found: dict[str, Any] = self.results[task][host]
        return found


def play(
    folder: Path,
    plays: list[dict[str, Any]],
    *options: str,
    boards: dict[str, Any] | None = None,
    environment: dict[str, str] | None = None,
) -> Played:
    """Run the plays over localhost, a host that does not exist, and the given boards."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    hosts = {name: local | variables for name, variables in (boards or {}).items()}
    inventory = {"all": {"hosts": {"localhost": local, "board.invalid": {}}, "children": {"boards": {"hosts": hosts}}}}
    (folder / "inventory.yml").write_text(json.dumps(inventory))
    (folder / "ansible.cfg").touch()
    (folder / "play.yml").write_text(yaml.safe_dump(plays))
    own = {
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_CALLBACKS_ENABLED": "jetfleet_results",
        "ANSIBLE_STDOUT_CALLBACK": "default",
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback"),
        "JETFLEET_RESULTS": str(folder / "results.json"),
    }
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "inventory.yml", "play.yml", *options]
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **own, **(environment or {})},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=120,
    )
    results = folder / "results.json"
    assert results.exists(), ended.stdout
    return Played(ended.returncode, ended.stdout, json.loads(results.read_text()))
