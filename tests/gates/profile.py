# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run `make test`, look where its time goes, and write the tables into CONTRIBUTING.md.

Looks once a second: what runs shorter and is waited for is in the figures of who waited.
"""

from __future__ import annotations

import contextlib
import json
import platform
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import psutil

REPORTS = Path(".nox/reports")
DOCUMENT = Path("CONTRIBUTING.md")
BEGIN, END = "<!-- make profile: begin -->\n", "<!-- make profile: end -->\n"
CGROUPS = Path("/sys/fs/cgroup")
SLOWEST = 10
COMPILERS = ("cc1", "cc1plus")
CONTAINER = re.compile(r"libpod-([0-9a-f]{64})")
IMAGES = re.compile(r"^made: (.+)$", re.MULTILINE)


@dataclass
class Usage:
    """Seconds of CPU time: of sessions, of containers by session and name, of compilations by who makes them."""

    sessions: dict[str, float] = field(default_factory=dict)
    containers: dict[str, float] = field(default_factory=dict)
    compilations: dict[str, tuple[str, float]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def look(self) -> None:
        """Note what every session, container and compiler has used so far."""
        for process in psutil.process_iter(["pid", "name", "cmdline"]):
            with contextlib.suppress(psutil.Error, OSError):
                self._note(process)
        for identifier, seconds in container_seconds():
            self.containers[identifier] = max(self.containers.get(identifier, 0), seconds)
            self.name_of(identifier)

    def _note(self, process: psutil.Process) -> None:
        arguments = process.info["cmdline"] or []
        if "--parallel-worker" in arguments:
            name = arguments[arguments.index("--session") + 1]
            self.sessions[name] = max(self.sessions.get(name, 0), tree_seconds(process))
        elif process.info["name"] in COMPILERS:
            times = process.cpu_times()
            place = CONTAINER.search(Path(f"/proc/{process.pid}/cgroup").read_text())
            owner = self.name_of(place[1]) if place else "this machine"
            self.compilations[f"{process.pid} {process.create_time()}"] = (owner, times.user + times.system)

    def name_of(self, identifier: str) -> str:
        """Return the name of a container, which is asked for while it is there."""
        if identifier not in self.names:
            command = ["molecule/shared/podman.sh", "container", "inspect", "--format={{.Name}}", identifier]
            asked = subprocess.run(command, capture_output=True, text=True, check=False)
            self.names[identifier] = asked.stdout.strip() or identifier[:12]
        return self.names[identifier]


def tree_seconds(process: psutil.Process) -> float:
    """Return the CPU time of a process and of all that it has started, but for what goes on without it (containers)."""
    total = 0.0
    for member in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            times = member.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def container_seconds() -> Iterator[tuple[str, float]]:
    """Yield id and CPU time of every container that runs; 0 too for a version of cgroups that is there but unused."""
    for file, unit in (("cpuacct/**/cpuacct.usage", 1e9), ("**/cpu.stat", 1e6)):
        for path in CGROUPS.glob(file):
            found = CONTAINER.search(path.parent.name)
            if found and "conmon" not in path.parent.name:
                with contextlib.suppress(OSError):
                    yield found[1], int(path.read_text().split()[-1 if unit == 1e9 else 1]) / unit


@contextlib.contextmanager
def looking(usage: Usage) -> Iterator[None]:
    """Look once a second until the end."""
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(1):
            # Folders of containers vanish while they are looked for.
            with contextlib.suppress(OSError):
                usage.look()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def group_of(name: str) -> str:
    """Return what containers of one kind are called: their name without its number."""
    return re.sub(r"-(one|two|\d+)$", "", name.removeprefix("jetfleet-"))


def table(*rows: tuple[object, ...]) -> str:
    """Return a Markdown table; the first row is its head."""
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join([lines[0], "| " + " | ".join("---" for _cell in rows[0]) + " |", *lines[1:]]) + "\n"


def summed(pairs: Iterator[tuple[str, float]]) -> list[tuple[str, int, float]]:
    """Return each name with how often it occurs and the sum of its seconds, the largest sum first."""
    amounts: dict[str, list[float]] = {}
    for name, amount in pairs:
        amounts.setdefault(name, []).append(amount)
    sums = [(name, len(each), sum(each)) for name, each in amounts.items()]
    return sorted(sums, key=lambda row: -row[2])


def slowest_tests() -> list[tuple[object, ...]]:
    """Return the tests that take longest, with their sessions."""
    found = [
        (float(case.get("time", 0)), report.stem, f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}")
        for report in REPORTS.glob("*.xml")
        for case in ElementTree.parse(report).getroot().iter("testcase")
    ]
    return [(f"`{test[:110]}`", session, f"{seconds:.0f}") for seconds, session, test in sorted(found)[::-1][:SLOWEST]]


def document(usage: Usage, wall: float, busy: float, output: str) -> str:
    """Return the text between the markers."""
    processors = psutil.cpu_count() or 1
    model = next(iter(re.findall(r"model name\s+: (.+)", Path("/proc/cpuinfo").read_text())), platform.machine())
    sessions = json.loads((REPORTS / "nox.json").read_text())["sessions"]
    by_length = sorted(sessions, key=lambda session: -session["duration"])
    rows = [
        (session["name"], f"{session['duration'] / 60:.1f}", f"{usage.sessions.get(session['name'], 0):.0f}")
        for session in by_length
    ]
    boards = summed((group_of(usage.names[identifier]), used) for identifier, used in usage.containers.items())
    compiled = summed((group_of(owner), seconds) for owner, seconds in usage.compilations.values())
    made = ", ".join(IMAGES.findall(output)) or "none, all were there"
    return "\n".join(
        [
            f"{wall / 60:.0f} minutes on {processors} processors ({model}), {busy:.0f} CPU seconds of the whole machine, "
            f"{100 * (1 - busy / wall / processors):.0f} % of the time idle. Images made: {made}.\n",
            table(("session", "minutes", "CPU seconds outside containers"), *rows),
            table(("containers", "how many", "CPU seconds"), *((n, c, f"{s:.0f}") for n, c, s in boards if s >= 10)),
            table(("compiled by", "files", "CPU seconds"), *((n, c, f"{s:.0f}") for n, c, s in compiled if s >= 1)),
            table((f"the {SLOWEST} slowest tests", "session", "seconds"), *slowest_tests()),
        ]
    )


def busy_seconds() -> float:
    """Return the CPU time that all processors have worked since the machine started."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


def main() -> int:
    """Run the tests; return their exit status."""
    usage, start, before, lines = Usage(), time.monotonic(), busy_seconds(), []
    command = [sys.executable, "tests/gates/run.py", *sys.argv[1:]]
    with looking(usage), subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        for line in run.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    text = document(usage, time.monotonic() - start, busy_seconds() - before, "".join(lines))
    head, _begin, rest = DOCUMENT.read_text().partition(BEGIN)
    DOCUMENT.write_text(head + BEGIN + "\n" + text + "\n" + END + rest.partition(END)[2])
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
