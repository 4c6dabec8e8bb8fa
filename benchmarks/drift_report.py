# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the cost of checking boards and writing the three reports: all shipped rules over the recorded facts of 100 and of 1000 boards.

Every fourth board has something wrong with it. Each size has a process of its own, whose peak memory counts all of Python and of
the libraries. Nothing is connected to and Ansible is not started.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.drift_report import assemble
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.host_status import Look, looked_at
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.html import html
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.junit import junit
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.assessment import assess
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import board_rules, merge, read_rules
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import RULES, compliant_board, matching_expected
from tabulate import tabulate

TEMPLATE = Path(__file__).parents[1] / "roles/drift/templates/drift.html.j2"
COUNTS = (100, 1000)
MEGABYTE = 1e6


class Cost(NamedTuple):
    judging: float
    reports: float
    peak: float
    written: float


def recorded(number: int) -> Any:
    """Return the facts of a board, through JSON as they come from one."""
    facts = compliant_board()
    if number % 4 == 0:
        facts["module"] |= {"backend": "python", "version": "3.19.6"}
        facts["libraries"] = facts["libraries"][:2]
    return json.loads(json.dumps(facts))


def measure(count: int) -> Cost:
    """Return CPU seconds of checking so many boards and of the reports, the peak memory and the size of the reports, both in MB."""
    boards = [recorded(number) for number in range(count)]
    now = datetime.now(timezone.utc)
    start = time.process_time()
    rules = board_rules(RULES, [])
    looks: list[Look] = []
    for number, facts in enumerate(boards):
        host = f"board-{number:04}"
        assessment = assess(facts, matching_expected(facts), rules, {}, now.date(), host)
        looks.append(looked_at(host, {"assessment": assessment}))
    judged = time.process_time()
    report = assemble(looks, merge([read_rules(RULES)]), None, now.strftime("%Y-%m-%dT%H:%M:%SZ"), "0.1.0")
    with tempfile.TemporaryDirectory() as folder:
        contents = (json.dumps(report, indent=1).encode(), junit(report), html(report, TEMPLATE))
        for number, content in enumerate(contents):
            Path(folder, str(number)).write_bytes(content)
    ended = time.process_time()
    assert report["summary"]["drift"] == count / 4
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Cost(judged - start, ended - judged, peak / MEGABYTE, sum(map(len, contents)) / MEGABYTE)


def main() -> None:
    few, many = (
        multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1).apply(measure, (count,)) for count in COUNTS
    )
    rows = [(count, *cost) for count, cost in zip(COUNTS, (few, many), strict=True)]
    ratios = [after / before for before, after in zip(few, many, strict=True)]
    headers = ("boards", "checks, CPU s", "reports, CPU s", "peak, MB", "written, MB")
    table = [*rows, ("ratio", *ratios)]
    print(tabulate(table, headers, tablefmt="github", floatfmt=("", ".2f", ".2f", ".1f", ".1f")))


if __name__ == "__main__":
    main()
