# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What drift checks cost a program that works on the board: one that uses all cores, and all memory but 300 MB.

The controller gets a core of this machine for itself, and the board the others. A period in which a check begins takes turns
with one in which none does.
"""

from __future__ import annotations

import argparse
import os
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.jetfleet.protobuf.benchmarks.container_cost import HOST, Usage, drift, provisioned_board, run
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import PODMAN, Boards
from ansible_collections.jetfleet.protobuf.tests.support.waiting import wait_for
from tabulate import tabulate

BOARD_MB = 2048
FREE_MB = 300
COUNTS = "dev/shm/neighbour"
# Holds memory and keeps every core busy; each worker writes how often it has worked, and its CPU time in nanoseconds.
NEIGHBOUR = f"""
import mmap, os, struct, sys, time
held = b"x" * (int(sys.argv[1]) << 20)
cores = len(os.sched_getaffinity(0))
with open("/{COUNTS}", "w+b") as file:
    file.truncate(16 * cores)
    counts = mmap.mmap(file.fileno(), 0)
for number in range(cores):
    if not os.fork():
        done = 0
        while True:
            sum(range(20000))
            done += 1
            struct.pack_into("QQ", counts, 16 * number, done, time.process_time_ns())
os.wait()
"""


@dataclass
class Work:
    """What the neighbour has done, and the CPU seconds of it and of all processes of the board."""

    done: int
    neighbour: float
    board: float

    @classmethod
    def now(cls, usage: Usage) -> Work:
        """Return it since the neighbour began."""
        content = usage.file(COUNTS)
        values = struct.unpack(f"{len(content) // 8}Q", content)
        return cls(sum(values[0::2]), sum(values[1::2]) / 1e9, usage.cpu_seconds())

    def since(self, start: Work) -> Work:
        """Return what was done from another time to this one."""
        return Work(self.done - start.done, self.neighbour - start.neighbour, self.board - start.board)

    def __add__(self, other: Work) -> Work:
        return Work(self.done + other.done, self.neighbour + other.neighbour, self.board + other.board)


def crowd(fleet: Boards, usage: Usage) -> subprocess.Popen[bytes]:
    """Bound the board and start the neighbour there."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("This machine has one core: the controller needs one beside those of the board.")
    os.sched_setaffinity(0, cores[:1])
    limits = [f"--cpuset-cpus={','.join(map(str, cores[1:]))}", f"--memory={BOARD_MB}m", f"--memory-swap={BOARD_MB}m"]
    fleet.podman("update", *limits, fleet.container(HOST))
    held = str(int(BOARD_MB - FREE_MB - usage.memory_mb()))
    neighbour = subprocess.Popen([PODMAN, "exec", fleet.container(HOST), "python3", "-c", NEIGHBOUR, held])
    wait_for(lambda: usage.has_file(COUNTS) and Work.now(usage).done > 0, 60)
    return neighbour


def period(usage: Usage, seconds: float, work: list[str], fleet: Boards) -> Work:
    """Return what was done in a period, at whose beginning a command runs if there is one."""
    start, until = Work.now(usage), time.monotonic() + seconds
    if work:
        run(fleet, work)
    left = until - time.monotonic()
    if left < 0:
        sys.exit(f"A check takes {seconds - left:.0f} s here: give a longer --period.")
    time.sleep(left)
    return Work.now(usage).since(start)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=20, help="how many drift checks")
    parser.add_argument("--period", type=float, default=30, help="seconds from one check to the next that would follow")
    options = parser.parse_args()
    quiet, checked = Work(0, 0, 0), Work(0, 0, 0)
    with provisioned_board() as (fleet, usage), tempfile.TemporaryDirectory() as folder:
        command = drift(fleet, Path(folder))
        # The first look proves what later ones find unchanged.
        run(fleet, command)
        neighbour = crowd(fleet, usage)
        for _check in range(options.checks):
            quiet += period(usage, options.period, [], fleet)
            checked += period(usage, options.period, command, fleet)
        killed = neighbour.poll() is not None
        neighbour.kill()
    look = (checked.board - checked.neighbour - quiet.board + quiet.neighbour) / options.checks
    row = (
        options.checks,
        "yes" if killed else "no",
        100 - 100 * checked.done / quiet.done,
        100 - 100 * checked.neighbour / checked.board,
        look,
    )
    headers = ("checks", "killed", "fewer iterations, %", "CPU time not the neighbour's, %", "CPU of a check, s")
    print(tabulate([row], headers, tablefmt="github", floatfmt=("", "", ".1f", ".1f", ".2f")))
    return 1 if killed else 0


if __name__ == "__main__":
    sys.exit(main())
