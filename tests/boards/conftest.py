# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container boards of the machine's own architecture, reached over real SSH."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INVENTORIES = ("--inventory", "inventories/containers", "--inventory", "tests/boards/hosts.yml")
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
PODMAN = ROOT / "molecule/shared/podman.sh"
# What a run over SSH leaves behind by itself: logs, process files, Ansible's own folder.
NOT_OURS = ("/proc", "/sys", "/dev", "/run", "/tmp", "/var/log", "/home/jetson/.ansible")


@dataclass
class Run:
    """What ansible-playbook said."""

    status: int
    output: str

    def count(self, host: str, what: str) -> int:
        """Return a number of the recap: ok, changed, unreachable, failed, ..."""
        recap = self.output.rpartition("PLAY RECAP")[2]
        match = re.search(rf"^{re.escape(host)} .*\b{what}=(\d+)", recap, re.MULTILINE)
        assert match, f"{host} is not in the recap:\n{self.output}"
        return int(match[1])

    @property
    def text(self) -> str:
        """The output on one line, as wrapped lines would hide a sentence."""
        return " ".join(self.output.split())


class Boards:
    """The boards of the inventory and what is done with them."""

    def __init__(self, store: Path) -> None:
        self.environment = {**os.environ, "ARCH": ARCHITECTURE, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
        # Wrapping depends on the terminal; sentences are compared.
        self.environment["COLUMNS"] = "10000"
        self.store = store

    def play(self, playbook: str, *arguments: str) -> Run:
        """Run a playbook; whether it succeeds is for the test to say."""
        command = ["ansible-playbook", playbook, *INVENTORIES, "-e", f"survey_artefact_store={self.store}", *arguments]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(done.stdout)
        return Run(done.returncode, done.stdout)

    def provision(self, host: str, *arguments: str) -> Run:
        """Provision one board, with a small graph to measure."""
        small = ("-e", "survey_load_time_values=10000")
        return self.play("jetfleet.protobuf.provision", "--limit", host, *small, *arguments)

    def root(self, host: str, command: str, check: bool = True) -> str:
        """Run a shell command on a board as root, without SSH."""
        podman = [str(PODMAN), "exec", f"jetfleet-{ARCHITECTURE}-{host}", "sh", "-ec", command]
        return subprocess.run(podman, check=check, stdout=subprocess.PIPE, text=True).stdout.strip()

    def send(self, host: str, file: Path) -> None:
        """Put a file of the controller into root's home on a board."""
        subprocess.run([PODMAN, "cp", file, f"jetfleet-{ARCHITECTURE}-{host}:/root/{file.name}"], check=True)

    def backend(self, host: str) -> str:
        """Return the module of the class that messages have, or the last line of the error."""
        proof = "from google.protobuf import descriptor_pb2 as d; print(type(d.FileDescriptorProto).__module__)"
        return self.root(host, f"cd /; python3 -c '{proof}' 2>&1 | tail -n 1", check=False)

    def state(self, host: str) -> str:
        """Return name, size, mode, owner and time of change of every file of a board."""
        skipped = " -o ".join(f"-path {path}" for path in NOT_OURS)
        return self.root(host, rf"find / \( {skipped} \) -prune -o -printf '%p %s %m %U %T@\n' | sort")


@pytest.fixture(scope="session")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boards]:
    """Fresh boards, taken away at the end."""
    fleet = Boards(tmp_path_factory.mktemp("artefacts"))
    own = ("--limit", "test_boards")
    assert fleet.play("molecule/default/destroy.yml", *own).status == 0
    assert fleet.play("molecule/default/create.yml", *own).status == 0
    yield fleet
    assert fleet.play("molecule/default/destroy.yml", *own).status == 0
