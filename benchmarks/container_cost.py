# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container board with OpenCV, and what its processes use, as the kernel counts it for the container."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.jetfleet.protobuf.tests.support.container_boards import ROOT, Boards

HOST = "cost-opencv"
_CGROUPS = Path("/sys/fs/cgroup")
# Short beside the processes that are looked for, which import something.
_SAMPLE_SECONDS = 0.01


@dataclass
class Cost:
    """What some work has used of a board."""

    cpu: float
    wall: float
    peak_mb: float


class Usage:
    """The counters of the kernel for a container, of control groups of either version."""

    def __init__(self, pid: int) -> None:
        self._root = Path(f"/proc/{pid}/root")
        entries = [line.split(":", 2) for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines()]
        folders = {name: path for _number, names, path in entries for name in names.split(",")}
        self._v2 = "memory" not in folders
        cpu, memory = ("", "") if self._v2 else ("cpuacct", "memory")
        self._cpu = _CGROUPS / cpu / folders[cpu].lstrip("/") / ("cpu.stat" if self._v2 else "cpuacct.usage")
        self._memory = _CGROUPS / memory / folders[memory].lstrip("/") / "memory.stat"

    def has_file(self, path: str) -> bool:
        """Return whether there is a file of the board."""
        return (self._root / path).exists()

    def file(self, path: str) -> bytes:
        """Return a file of the board without a process on it."""
        return (self._root / path).read_bytes()

    def cpu_seconds(self) -> float:
        """Return the CPU time that all processes of the container have used."""
        content = self._cpu.read_text()
        return int(content.split()[1]) / 1e6 if self._v2 else int(content) / 1e9

    def memory_mb(self) -> float:
        """Return the memory of all processes together, without the files that the kernel keeps for them."""
        lines = dict(line.split() for line in self._memory.read_text().splitlines())
        return int(lines["anon" if self._v2 else "total_rss"]) / 1024 / 1024

    @contextlib.contextmanager
    def measured(self) -> Iterator[Cost]:
        """Fill in what the block has used when it ends."""
        cost, ended = Cost(0, 0, 0), threading.Event()
        before, cpu, wall = self.memory_mb(), self.cpu_seconds(), time.monotonic()

        def watch() -> None:
            while not ended.wait(_SAMPLE_SECONDS):
                cost.peak_mb = max(cost.peak_mb, self.memory_mb() - before)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield cost
        finally:
            ended.set()
            watcher.join()
            cost.cpu, cost.wall = self.cpu_seconds() - cpu, time.monotonic() - wall


@contextlib.contextmanager
def provisioned_board() -> Iterator[tuple[Boards, Usage]]:
    """Make the board, provision it, and take it away at the end. What was compiled once is reused."""
    with tempfile.TemporaryDirectory() as folder:
        fleet = Boards(ROOT / ".jetfleet/artefacts", "benchmarks/boards/opencv.yml", "cost")
        fleet.environment |= {
            "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=1s",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": folder,
        }
        fleet.make()
        try:
            pending = ("-e", f"jetfleet_pending_file={folder}/pending.retry")
            if fleet.play("jetfleet.protobuf.provision", "--limit", HOST, *pending).status:
                sys.exit("The board could not be provisioned: look at the output above.")
            yield fleet, Usage(int(fleet.podman("inspect", "--format={{.State.Pid}}", fleet.container(HOST))))
        finally:
            fleet.destroy()


def ansible(fleet: Boards, module: str, arguments: str = "") -> list[str]:
    """Return the command that runs one module on the board."""
    inventories = ["--inventory", "inventories/containers", "--inventory", fleet.inventory]
    return ["ansible", HOST, *inventories, "-m", module, *(["-a", arguments] if arguments else [])]


def drift(fleet: Boards, folder: Path) -> list[str]:
    """Return the command that checks the board, and that compares with what it has found there before."""
    return fleet.command("jetfleet.protobuf.drift", "--limit", HOST, "-e", f"jetfleet_drift_report_directory={folder}")


def run(fleet: Boards, command: list[str]) -> str:
    """Return what a command prints; an error ends the benchmark."""
    ended = subprocess.run(command, cwd=ROOT, env=fleet.environment, check=False, capture_output=True, text=True)
    if ended.returncode:
        sys.exit(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stdout}\n{ended.stderr}")
    return ended.stdout
