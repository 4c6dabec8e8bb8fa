# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the default nox sessions two at a time, say now and then what the long ones do, and end with the count."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from xml.etree import ElementTree

WORK = Path(".nox")
LOGS = WORK / "logs"
REPORTS = WORK / "reports"
SECONDS_BETWEEN_NEWS = 60
STARTED = re.compile(r"Starting session (\S+)\.\.\.$")
ENDED = re.compile(r"=+ \S+ (\S+): ")


def last_line(log: Path) -> str:
    """Return the last line of a log that says something."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    return next((line[:150] for line in reversed(lines) if line), "")


def tell_news(stop: threading.Event, running: set[str]) -> None:
    """Print what is running, and the newest line of its log where it has one: nox shows a session when it ends."""
    start = time.monotonic()
    while not stop.wait(SECONDS_BETWEEN_NEWS):
        minutes = int(time.monotonic() - start) // 60
        logs = {name: LOGS / f"{name}.log" for name in sorted(running)}
        news = [f"{name}: {last_line(log)}" if log.exists() else name for name, log in logs.items()]
        print(f"[{minutes} min] running: {'; '.join(news)}", flush=True)


def tests_of(report: Path) -> tuple[int, int]:
    """Return how many tests of a JUnit file passed, and how many did not."""
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    tests = sum(int(suite.get("tests", 0)) for suite in suites)
    failed = sum(int(suite.get(kind, 0)) for suite in suites for kind in ("failures", "errors", "skipped"))
    return tests - failed, failed


def main() -> int:
    """Run the sessions; return 0 when every one succeeded."""
    for folder in (LOGS, REPORTS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    stop, running = threading.Event(), set[str]()
    threading.Thread(target=tell_news, args=(stop, running), daemon=True).start()
    report = REPORTS / "nox.json"
    command = [sys.executable, "-m", "nox", "--parallel", "2", "--report", str(report), *sys.argv[1:]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as sessions_run:
        for line in sessions_run.stdout or ():
            print(line, end="", flush=True)
            if started := STARTED.match(line):
                running.add(started[1])
            elif ended := ENDED.match(line):
                running.discard(ended[1])
    status = sessions_run.returncode
    stop.set()
    sessions = json.loads(report.read_text())["sessions"] if report.exists() else []
    counts = [tests_of(path) for path in REPORTS.glob("*.xml")]
    good = sum(session["result"] == "success" for session in sessions)
    passed = good + sum(count[0] for count in counts)
    failed = len(sessions) - good + sum(count[1] for count in counts)
    print(f"{len(sessions)} gates, and the tests in {len(counts)} of them:")
    print(f"{passed} passed, {max(failed, int(status != 0))} failed")
    return status


if __name__ == "__main__":
    sys.exit(main())
