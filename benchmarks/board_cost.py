# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look costs the board: a drift check for the first time and again, and each subset of the facts, beside ping."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from ansible_collections.jetfleet.protobuf.benchmarks.container_cost import (
    HOST,
    Cost,
    Usage,
    ansible,
    drift,
    provisioned_board,
    run,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.gather import SUBSETS
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import Boards
from tabulate import tabulate

PING = "ansible -m ping"


def measured(fleet: Boards, usage: Usage, command: list[str]) -> Cost:
    """Return the cost of a command that opens a connection of its own."""
    fleet.wait_for_closed_connections(HOST)
    with usage.measured() as cost:
        run(fleet, command)
    return cost


def costs(fleet: Boards, usage: Usage, folder: Path, number: int) -> dict[str, Cost]:
    """Return the cost of everything, by its name."""
    reports = folder / str(number)
    commands = {
        PING: ansible(fleet, "ansible.builtin.ping"),
        "drift, the first look": drift(fleet, reports),
        "drift, nothing has changed": drift(fleet, reports),
    }
    for subset in SUBSETS:
        commands[f"facts {subset}"] = ansible(fleet, "jetfleet.protobuf.protobuf_facts", f"gather_subset={subset}")
    return {name: measured(fleet, usage, command) for name, command in commands.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="how often each is run; the cheapest counts")
    options = parser.parse_args()
    with provisioned_board() as (fleet, usage), tempfile.TemporaryDirectory() as folder:
        runs = [costs(fleet, usage, Path(folder), number) for number in range(options.runs)]
    found = {name: min((run[name] for run in runs), key=lambda cost: cost.cpu) for name in runs[0]}
    ping = found[PING]
    rows = [(name, cost.cpu, cost.cpu / ping.cpu, cost.wall, cost.peak_mb) for name, cost in found.items()]
    headers = ("what", "CPU, s", "x ping", "wall, s", "peak, MB")
    print(tabulate(rows, headers, tablefmt="github", floatfmt=("", ".2f", ".1f", ".1f", ".0f")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
