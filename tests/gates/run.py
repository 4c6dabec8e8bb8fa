# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the default nox sessions three at a time, say what the long ones do, and end with counts and minutes.

Three, because each waits now and then (for SSH, for a timeout, for a package archive) and two would leave processors idle.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

WORK = Path(".nox")
LOGS = WORK / "logs"
REPORTS = WORK / "reports"
NOX_REPORT = REPORTS / "nox.json"
SESSIONS_AT_ONCE = "3"
SECONDS_BETWEEN_LOOKS = 2
SECONDS_BETWEEN_NEWS = 60
STARTED = re.compile(r"Starting session (\S+)\.\.\.$")
ENDED = re.compile(r"=+ \S+ (\S+): ")
# Minutes of the whole, and of each session beside two others, from nothing on two processors. Who adds to one takes from it.
BUDGET = 60
# What is chosen for one demo or one run of molecule is not for the gates.
NOT_FOR_GATES = ("ARCH", "RELEASE", "IMAGE")
BUDGETS = {
    "setup": 3,
    "images": 5,
    "shared": 1,
    "boards": 20,
    "arm_images": 10,
    "molecule": 28,
    "fleet": 35,
    "jetpack": 10,
    "unit": 15,
    "sanity": 8,
    "browser": 3,
    "interpreters": 6,
    "integration": 2,
    "python": 5,
    "ansible": 5,
    "docs": 3,
    "site": 3,
    "package": 3,
    "extra-checks": 1,
}


def last_line(log: Path) -> str:
    """Return the last line of a log that says something."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()] if log.exists() else []
    return next((line[:150] for line in reversed(lines) if line), "")


@dataclass
class Watch:
    """Which sessions run, since when, and which of them were already said to be over their budget."""

    start: float = field(default_factory=time.monotonic)
    running: dict[str, float] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    last_news: float = field(default_factory=time.monotonic)

    def news(self, now: float) -> list[str]:
        """Return what there is to say: a session that crosses its budget at once, what is running every minute."""
        lines = []
        for name, since in sorted(self.running.items()):
            budget = BUDGETS.get(name)
            if budget is not None and now - since > budget * 60 and name not in self.told:
                self.told.add(name)
                lines.append(
                    f"{name} crosses its budget of {budget} minutes in {last_line(LOGS / f'{name}.log') or name}"
                )
        if now - self.last_news >= SECONDS_BETWEEN_NEWS:
            self.last_news = now
            logs = {name: last_line(LOGS / f"{name}.log") for name in sorted(self.running)}
            shown = "; ".join(f"{name}: {line}" if line else name for name, line in logs.items())
            lines.append(f"[{int(now - self.start) // 60} min] running: {shown}")
        return lines


def watch(stop: threading.Event, state: Watch) -> None:
    """Print the news until the end: nox shows a session only when it ends."""
    while not stop.wait(SECONDS_BETWEEN_LOOKS):
        for line in state.news(time.monotonic()):
            print(line, flush=True)


def tests_of(report: Path) -> tuple[int, int]:
    """Return how many tests of a JUnit file passed, and how many did not."""
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    tests = sum(int(suite.get("tests", 0)) for suite in suites)
    failed = sum(int(suite.get(kind, 0)) for suite in suites for kind in ("failures", "errors", "skipped"))
    return tests - failed, failed


def minutes_table(sessions: list[dict[str, Any]]) -> list[str]:
    """Return a line for each session with its minutes and its budget, the longest first."""
    lines = []
    for session in sorted(sessions, key=lambda session: -session["duration"]):
        minutes, budget = session["duration"] / 60, BUDGETS.get(session["name"])
        over = "  over its budget" if budget is not None and minutes > budget else ""
        lines.append(f"{session['name']:<13}{minutes:6.1f} of {budget or '-':>2} minutes{over}")
    return lines


def summary(sessions: list[dict[str, Any]], counts: list[tuple[int, int]], status: int, seconds: float) -> list[str]:
    """Return the last lines of the run: what each session took, what passed, and what the whole took."""
    good = sum(session["result"] == "success" for session in sessions)
    passed = good + sum(count[0] for count in counts)
    failed = len(sessions) - good + sum(count[1] for count in counts)
    return [
        *minutes_table(sessions),
        f"{len(sessions)} gates, and the tests in {len(counts)} of them:",
        f"{passed} passed, {max(failed, int(status != 0))} failed",
        f"{seconds / 60:.0f} of {BUDGET} minutes",
    ]


def main() -> int:
    """Run the sessions; return 0 when every one succeeded."""
    for folder in (LOGS, REPORTS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    stop, state = threading.Event(), Watch()
    threading.Thread(target=watch, args=(stop, state), daemon=True).start()
    command = [sys.executable, "-m", "nox", "--parallel", SESSIONS_AT_ONCE, "--report", str(NOX_REPORT), *sys.argv[1:]]
    environment = {name: value for name, value in os.environ.items() if name not in NOT_FOR_GATES}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as sessions_run:
        for line in sessions_run.stdout or ():
            print(line, end="", flush=True)
            if started := STARTED.match(line):
                state.running[started[1]] = time.monotonic()
            elif ended := ENDED.match(line):
                state.running.pop(ended[1], None)
    stop.set()
    sessions = json.loads(NOX_REPORT.read_text())["sessions"] if NOX_REPORT.exists() else []
    counts = [tests_of(path) for path in REPORTS.glob("*.xml")]
    status = sessions_run.returncode
    print(*summary(sessions, counts, status, time.monotonic() - state.start), sep="\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
