# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container boards of the machine's own architecture, reached over real SSH."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.jetfleet.protobuf.molecule.shared.boards import DESCRIPTION, Board, for_each, renew
from ansible_collections.jetfleet.protobuf.tests.support.waiting import wait_for

ROOT = Path(__file__).parents[2]
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
PODMAN = ROOT / "molecule/shared/podman.sh"
CPP = "google.protobuf.pyext.cpp_message"
PYTHON = "google.protobuf.internal.python_message"
# Prints the module of the class that messages have, or the last line of the error.
BACKEND = (
    "cd /; {python} -B -c 'from google.protobuf import descriptor_pb2 as d; print(type(d.FileDescriptorProto).__module__)'"
    " 2>&1 | tail -n 1"
)
# A small graph to measure, and no canary.
SMALL = ("-e", "jetfleet_load_time_values=10000", "-e", '{"jetfleet_waves": ["100%"]}')
# What a run over SSH leaves behind by itself: logs, process files, Ansible's own folder.
NOT_OURS = ("/proc", "/sys", "/dev", "/run", "/tmp", "/var/log", "/home/jetson/.ansible")


def download_wheels(requirements: Path, folder: Path) -> None:
    """Put the wheels of pinned requirements, which fit every board, into a folder."""
    options = ["--no-deps", "--only-binary=:all:", "--platform=any", "--require-hashes", f"--dest={folder}"]
    subprocess.run([sys.executable, "-m", "pip", "download", "-qq", *options, "-r", requirements], check=True)


def download_pure_wheel(folder: Path) -> Path:
    """Return the wheel without C++ inside that pip picks on a Jetson."""
    download_wheels(ROOT / "molecule/shared/image/requirements.txt", folder)
    return next(folder.glob("*.whl"))


def content_command(*folders: str) -> str:
    """Return the command that prints mode, owner, link and SHA-256 of everything below the folders."""
    where = " ".join(folders)
    sums = rf"find {where} -type f -exec sha256sum {{}} + 2>/dev/null | sort -k 2"
    # When the module changed last differs from run to run.
    state = rf"""find {where} -path '*/jetfleet/state.json' -exec sed '/"module_changed"/,/}}/d' {{}} + 2>/dev/null || true"""
    return rf"find {where} -printf '%p %y %m %U %G %l\n' 2>/dev/null | sort; {sums}; {state}"


def comparable(content: str) -> str:
    """Leave out of what the command printed what differs from run to run."""
    # Byte code holds times, the snapshot of the first run what was there before, the lock its last holder.
    differs = re.compile(r"__pycache__|/jetfleet/original/|/jetfleet/lock|^[0-9a-f]{64} .*/jetfleet/state\.json$")
    return "\n".join(line for line in content.splitlines() if not differs.search(line))


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

    def became(self, host: str) -> str:
        """Return the status of a board in the report."""
        rows = re.findall(rf"^{re.escape(host)} .* (\w+)$", self.output, re.MULTILINE)
        assert rows, f"{host} is not in the report:\n{self.output}"
        return str(rows[-1])

    @property
    def text(self) -> str:
        """The output on one line, as wrapped lines would hide a sentence."""
        return " ".join(self.output.split())


class Boards:
    """The boards of an inventory and what is done with them."""

    def __init__(self, store: Path, inventory: str, limit: str) -> None:
        self.environment = {**os.environ, "ARCH": ARCHITECTURE, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
        # Wrapping depends on the terminal; sentences are compared.
        self.environment["COLUMNS"] = "10000"
        self.store = store
        self.inventory = inventory
        self.limit = limit

    def command(self, playbook: str, *arguments: str) -> list[str]:
        """Return the command that runs a playbook."""
        inventories = ["--inventory", "inventories/containers", "--inventory", self.inventory]
        own = ["-e", f"jetfleet_artefact_store={self.store}", "-e", f"jetfleet_pending_file={self.store}/pending.retry"]
        own += ["-e", f"jetfleet_earlier_facts={self.store}/earlier-facts"]
        return ["ansible-playbook", playbook, *inventories, *own, *arguments]

    def start(self, playbook: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a playbook in a process group of its own."""
        return subprocess.Popen(
            self.command(playbook, *arguments),
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def play(self, playbook: str, *arguments: str) -> Run:
        """Run a playbook; whether it succeeds is for the test to say."""
        process = self.start(playbook, *arguments)
        output = process.communicate()[0]
        print(output)
        return Run(process.returncode, output)

    def provision(self, host: str, *arguments: str, playbook: str = "jetfleet.protobuf.provision") -> Run:
        """Provision one board (or several, with commas), with a small graph to measure and in one wave."""
        return self.play(playbook, "--limit", host, *SMALL, *arguments)

    def drift(self, *arguments: str) -> tuple[Run, dict[str, Any]]:
        """Compare boards with the rules; return the run and the JSON report, which the next call compares with."""
        folder = self.store / "drift"
        run = self.play("jetfleet.protobuf.drift", "-e", f"jetfleet_drift_report_directory={folder}", *arguments)
        report: dict[str, Any] = json.loads((folder / "drift.json").read_text())
        return run, report

    def make(self) -> None:
        """Make all boards of the inventory, and nothing of those that an earlier run has left."""
        for playbook in ("molecule/default/destroy.yml", "molecule/default/create.yml"):
            assert self.play(playbook, "--limit", self.limit).status == 0

    def renew(self, *hosts: str) -> None:
        """Make fresh boards in the place of those that are there."""
        folders = [self.folder(host) for host in hosts]
        boards = [Board.described(json.loads((folder / DESCRIPTION).read_text())) for folder in folders]
        for_each(boards, renew)

    def destroy(self) -> None:
        """Take the boards away."""
        assert self.play("molecule/default/destroy.yml", "--limit", self.limit).status == 0

    def podman(self, *arguments: str | Path, check: bool = True) -> str:
        """Run podman on the controller."""
        command = [str(PODMAN), *map(str, arguments)]
        return subprocess.run(command, check=check, stdout=subprocess.PIPE, text=True).stdout.strip()

    def container(self, host: str) -> str:
        """Return the name of the container of a board."""
        return f"jetfleet-{ARCHITECTURE}-{host}"

    def folder(self, host: str) -> Path:
        """Return the folder on the controller with what makes a board this one."""
        return ROOT / ".jetfleet" / ARCHITECTURE / "boards" / host

    def known_hosts(self, host: str) -> Path:
        """Return the file with the host key that SSH expects of a board."""
        return self.folder(host) / "known_hosts"

    def variables(self, host: str) -> dict[str, Any]:
        """Return the variables of an inventory that reach a board, with nothing in them left to template."""
        known = f"-o HostKeyAlias={host} -o UserKnownHostsFile={self.known_hosts(host)} -o GlobalKnownHostsFile=none"
        return {
            "ansible_host": "127.0.0.1",
            "ansible_port": self.port(host),
            "ansible_user": "jetson",
            "ansible_python_interpreter": "/usr/bin/python3",
            "ansible_ssh_private_key_file": str(ROOT / ".jetfleet" / ARCHITECTURE / "id_ed25519"),
            "ansible_ssh_common_args": f"-F none -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes {known}",
        }

    def port(self, host: str) -> int:
        """Return the port on the controller that leads to a board's SSH."""
        return int(self.podman("port", self.container(host), "22").rpartition(":")[2])

    def root(self, host: str, command: str, check: bool = True) -> str:
        """Run a shell command on a board as root, without SSH."""
        return self.podman("exec", self.container(host), "sh", "-ec", command, check=check)

    def send(self, host: str, file: Path) -> None:
        """Put a file of the controller into root's home on a board."""
        self.podman("cp", file, f"{self.container(host)}:/root/{file.name}")

    def sessions(self, host: str) -> int:
        """Return how many SSH sessions a board has seen."""
        log = [str(PODMAN), "logs", self.container(host)]
        shown = subprocess.run(log, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
        return shown.count("Accepted publickey")

    def wait_for_process(self, host: str, pattern: str) -> None:
        """Wait until a process runs on a board whose command line the pattern finds."""
        wait_for(lambda: bool(self.root(host, f"pgrep -f '{pattern}' || true")), 60)

    def wait_for_closed_connections(self, host: str) -> None:
        """Wait until no SSH connection to a board is kept open for the next run."""
        wait_for(lambda: not self.root(host, "pgrep -f '^sshd: jetson' || true"), 120)

    def backend(self, host: str, python: str = "python3") -> str:
        """Return the module of the class that messages have, or the last line of the error."""
        return self.root(host, BACKEND.format(python=python), check=False)

    def state(self, host: str, leave_out: Iterable[str] = ()) -> str:
        """Return name, size, mode, owner and time of change of every file of a board."""
        skipped = " -o ".join(f"-path {path}" for path in (*NOT_OURS, *leave_out))
        return self.root(host, rf"find / \( {skipped} \) -prune -o -printf '%p %s %m %U %T@\n' | sort")

    def content(self, host: str, *folders: str) -> str:
        """Return mode, owner, link and SHA-256 of everything below the folders of a board."""
        return self.root(host, content_command(*folders), check=False)
