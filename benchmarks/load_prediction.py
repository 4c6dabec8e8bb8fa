# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Predicted and measured load times of graphs, side by side; fails where one is more than 25 % off."""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.gather import gather
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.load_prediction import KINDS, calibrate
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.proof_forms import WORKLOADS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.load_graph import workload_bytes
from ansible_collections.jetfleet.protobuf.plugins.modules.protobuf_facts import argument_spec
from ansible_collections.jetfleet.protobuf.tests.support.capacities import CAPACITY, OPTIONS
from tabulate import tabulate

HEADERS = ("interpreter", "backend", "graph", "predicted, s", "measured, s", "error, %")
ALLOWED = 25.0  # percent
LEAST = 0.001  # seconds: a difference below that is none
ENOUGH = 4.0  # seconds of parsing after which a graph is not parsed again, and after which it is time to calibrate

Facts = dict[str, Any]
Board = Callable[[Facts], Facts]


class Measurement(NamedTuple):
    executable: str
    backend: str
    graph: str
    predicted: float
    measured: float

    @property
    def error(self) -> float:
        return 100 * (self.predicted - self.measured) / self.measured

    @property
    def fits(self) -> bool:
        return abs(self.error) <= ALLOWED or abs(self.predicted - self.measured) <= LEAST


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("executables", nargs="*", default=["/usr/bin/python3"], help="interpreters with a protobuf")
    parser.add_argument("--graph", action="append", default=[], help="a graph on the board; may be given several times")
    parser.add_argument("--values", type=int, nargs="*", default=[200_000, 2_000_000], help="sizes of the workloads")
    parser.add_argument("--runs", type=int, default=3, help="parses of each; the median counts (default: %(default)s)")
    parser.add_argument("--timeout", type=int, default=600, help="seconds for one backend (default: %(default)s)")
    parser.add_argument("--inventory", type=Path, help="an inventory, to measure a board of it through ansible")
    parser.add_argument("--host", help="that board; workloads are not measured there, only --graph")
    parser.add_argument("--ratios", action="store_true", help="print python / cpp of every kind of work, and no more")
    return parser.parse_args()


def local_board(options: Facts) -> Facts:
    facts: Facts = gather({name: option.get("default") for name, option in argument_spec().items()} | OPTIONS | options)
    return facts


def remote_board(inventory: Path, host: str) -> Board:
    def facts_of(options: Facts) -> Facts:
        module = ["-m", "jetfleet.protobuf.protobuf_facts", "-a", json.dumps(options)]
        with tempfile.TemporaryDirectory() as tree:
            command = ["ansible", host, "-i", str(inventory), "--tree", tree, *module]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            told: Facts = json.loads(Path(tree, host).read_text())
        facts: Facts = told["ansible_facts"]["jetfleet"]
        return facts

    return facts_of


def compare(board: Board, executable: str, graphs: list[str], arguments: argparse.Namespace) -> Iterator[Measurement]:
    """Parse the graphs, a few at a time, between two calibrations; the mean of what these two predict counts."""
    options = {"executable": executable, "timeout": arguments.timeout}
    wanted = options | {"gather_subset": ["graphs"], "graphs": graphs}
    before = told_graphs(board, wanted)
    for some in groups({path: told["python"]["seconds"] for path, told in before.items()}):
        measured = {path: measure(board, options, path, arguments.runs) for path in some}
        after = told_graphs(board, wanted)
        for path, seconds in measured.items():
            for backend, samples in seconds.items():
                told = [entry["python"] if backend == "python" else entry for entry in (before[path], after[path])]
                predicted = statistics.mean(entry["seconds"] for entry in told)
                yield Measurement(executable, backend, Path(path).name, predicted, statistics.median(samples))
        before = after


def groups(seconds: dict[str, float]) -> Iterator[list[str]]:
    """Yield the graphs in groups that are parsed in a short time: a busy machine does not stay equally busy."""
    group: list[str] = []
    for path in sorted(seconds, key=lambda path: seconds[path]):
        if group and sum(seconds[each] for each in [*group, path]) > ENOUGH:
            yield group
            group = []
        group.append(path)
    yield group


def told_graphs(board: Board, options: Facts) -> dict[str, Facts]:
    """Return the predictions by path."""
    entries = board(options)["graphs"]
    for entry in entries:
        if entry["error"]:
            sys.exit(entry["error"])
    return {entry["path"]: entry["prediction"] for entry in entries}


def measure(board: Board, options: Facts, path: str, runs: int) -> dict[str, list[float]]:
    """Return CPU seconds by backend, each of a new process.

    CPU time, as in the calibration: a parse neither sleeps nor reads, and what else runs on the board spoils it less.
    """
    options = options | {"gather_subset": ["load_time"], "graph": path, "runs": 1, "compare_backends": True}
    samples: dict[str, list[float]] = {}
    while not samples or (len(samples["python"]) < runs and sum(samples["python"]) < ENOUGH):
        facts = board(options)["load_time"]
        if facts["error"]:
            sys.exit(facts["error"])
        for told in (facts["python"], facts)[: 1 + (facts["backend"] != "python")]:
            samples.setdefault(told["backend"], []).append(told["seconds"]["median"])
    return samples


def print_ratios(executables: list[str], timeout: int) -> None:
    """What REFERENCE_RATIOS is made of: the median of five calibrations."""
    for executable in executables:
        every = [calibrate(executable, timeout, CAPACITY) for _round in range(5)]
        for kind in KINDS:
            ratios = [told["python"]["seconds"][kind] / max(1e-12, told["cpp"]["seconds"][kind]) for told in every]
            print(f"{executable} {kind} {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})")


def main() -> int:
    arguments = parse_arguments()
    if arguments.ratios:
        print_ratios(arguments.executables, arguments.timeout)
        return 0
    board = remote_board(arguments.inventory, arguments.host) if arguments.host else local_board
    found: list[Measurement] = []
    with tempfile.TemporaryDirectory() as folder:
        graphs = list(arguments.graph)
        for workload in WORKLOADS if not arguments.host else ():
            for values in arguments.values:
                path = Path(folder, f"{workload}-{values}.pb")
                path.write_bytes(workload_bytes(workload, values))
                graphs.append(str(path))
        for executable in arguments.executables:
            found.extend(compare(board, executable, graphs, arguments))
    rows = [(*each[:3], f"{each.predicted:.4f}", f"{each.measured:.4f}", f"{each.error:+.0f}") for each in found]
    print(f"{arguments.host or platform.machine()}, CPU time of the first parse of a process\n")
    print(tabulate(rows, HEADERS, tablefmt="github", disable_numparse=True))
    wrong = [each for each in found if not each.fits]
    for each in wrong:
        print(f"{each.graph} under {each.backend} of {each.executable} is {each.error:+.0f} % off.", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
