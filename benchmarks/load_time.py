# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse times of every workload: the backend of an installed protobuf against pure Python, measured in one run."""

from __future__ import annotations

import argparse
import platform
import sys
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.load_time import load_time_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.proof_forms import WORKLOADS
from ansible_collections.jetfleet.protobuf.tests.support.capacities import CAPACITY
from tabulate import tabulate

HEADERS = ("interpreter", "workload", "MB", "nodes", "values", "backend", "s", "python, s", "python / backend")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("executables", nargs="*", default=["/usr/bin/python3"], help="interpreters with a protobuf")
    parser.add_argument("--values", type=int, default=1_000_000, help="size of each workload (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="parses of each; the fastest counts (default: %(default)s)")
    parser.add_argument("--timeout", type=int, default=600, help="seconds for one backend (default: %(default)s)")
    return parser.parse_args()


def measure(executable: str, workload: str, arguments: argparse.Namespace) -> dict[str, Any]:
    options = {
        "graph": None,
        "workload": workload,
        "values": arguments.values,
        "runs": arguments.runs,
        "budget": float(arguments.timeout) / 2,
        "compare": True,
    }
    facts: dict[str, Any] = load_time_facts(executable, arguments.timeout, options, CAPACITY)
    return facts


def row(executable: str, facts: dict[str, Any]) -> tuple[str, ...]:
    return (
        executable,
        facts["source"],
        f"{facts['bytes'] / 1e6:.1f}",
        str(facts["nodes"]),
        str(facts["values"]),
        facts["backend"],
        f"{facts['seconds']['min']:.4f}",
        f"{facts['python']['seconds']['min']:.4f}",
        f"{facts['ratio']:.3g}",
    )


def main() -> int:
    arguments = parse_arguments()
    rows = []
    for executable in arguments.executables:
        for workload in WORKLOADS:
            facts = measure(executable, workload, arguments)
            if facts["error"]:
                print(facts["error"], file=sys.stderr)
                return 1
            rows.append(row(executable, facts))
    print(f"{platform.machine()}, fastest of up to {arguments.runs} runs\n")
    print(tabulate(rows, HEADERS, tablefmt="github", disable_numparse=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
