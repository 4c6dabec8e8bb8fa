# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in graphs, how long they take to load, predicted and measured, and the same after graph_repack.

Everything happens where the interpreter is: on this machine, or on a board of an inventory, through the collection's modules.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.jetfleet.protobuf.benchmarks.load_prediction import (
    Board,
    Measurement,
    compare,
    local_board,
    remote_board,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.load_graph import workload_bytes
from tabulate import tabulate

HEADERS = (
    *("graph", "MB", "nodes", "values", "python, s", "predicted", "C++, s", "predicted", "python / C++"),
    *("repacked: values", "python, s", "predicted", "C++, s", "predicted"),
)
# Two points for each power of ten: the line of the plot.
SWEEP = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000)
LINE = "line-"

Point = dict[str, Any]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("graphs", nargs="*", type=Path, help="graphs on this machine, such as make_graphs.py makes")
    parser.add_argument("--executable", default="/usr/bin/python3", help="interpreter with a protobuf (%(default)s)")
    parser.add_argument("--sweep", action="store_true", help="also measure synthetic float_val graphs of growing size")
    parser.add_argument("--runs", type=int, default=3, help="parses of each; the median counts (default: %(default)s)")
    parser.add_argument("--timeout", type=int, default=900, help="seconds for one backend (default: %(default)s)")
    parser.add_argument("--inventory", type=Path, help="an inventory, to measure a board of it through ansible")
    parser.add_argument("--host", help="that board")
    parser.add_argument("--json", type=Path, help="write the points into this file, beside those of other machines")
    parser.add_argument("--label", default=platform.machine(), help="the machine's name there (default: %(default)s)")
    return parser.parse_args()


def ask(arguments: argparse.Namespace, module: str, **options: Any) -> dict[str, Any]:
    """Run a module where the graphs are to be loaded, and return what it says; a failure ends the benchmark."""
    here = ["localhost", "-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
    target = [arguments.host, "-i", str(arguments.inventory)] if arguments.host else here
    with tempfile.TemporaryDirectory() as tree:
        command = ["ansible", *target, "--tree", tree, "-m", module, "-a", json.dumps(options)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        told: dict[str, Any] = json.loads(Path(tree, target[0]).read_text())
    return told


def prepare(arguments: argparse.Namespace, folder: str, graph: Path) -> tuple[Point, Point]:
    """Put a graph and its repacked copy on the board, and return what graph_info says of each."""
    points: list[Point] = []
    for name in (graph.name, f"repacked-{graph.name}"):
        path = f"{folder}/{name}"
        ask(arguments, "ansible.builtin.copy", src=str(graph), dest=path, mode="0644")
        if points:
            options = {"path": path, "backup": False, "executable": arguments.executable, "timeout": arguments.timeout}
            ask(arguments, "jetfleet.protobuf.graph_repack", **options)
        info = ask(arguments, "jetfleet.protobuf.graph_info", path=path)
        packed = [found for encoding, found in info["encodings"].items() if encoding.endswith("_val")]
        values = sum(found["values"] for found in packed)
        points.append({"graph": name, "path": path, "bytes": info["bytes"], "nodes": info["nodes"], "values": values})
    return points[0], points[1]


def timed(point: Point, measurements: list[Measurement]) -> Point:
    """Add the seconds of each backend to what is known of a graph."""
    seconds = {
        "python" if each.backend == "python" else "cpp": {"measured": each.measured, "predicted": each.predicted}
        for each in measurements
        if each.graph == point["graph"]
    }
    result: Point = {key: point[key] for key in ("bytes", "nodes", "values")} | seconds
    return result


def measure(arguments: argparse.Namespace, graphs: list[Path]) -> Iterator[Point]:
    """Yield {graph, before, after} for each graph."""
    board: Board = remote_board(arguments.inventory, arguments.host) if arguments.host else local_board
    folder = ask(arguments, "ansible.builtin.tempfile", state="directory", prefix="graph_load")["path"]
    try:
        pairs = [prepare(arguments, folder, graph) for graph in graphs]
        paths = [point["path"] for pair in pairs for point in pair]
        found = list(compare(board, arguments.executable, paths, arguments))
    finally:
        ask(arguments, "ansible.builtin.file", path=folder, state="absent")
    for graph, (before, after) in zip(graphs, pairs, strict=True):
        yield {"graph": graph.stem, "before": timed(before, found), "after": timed(after, found)}


def row(point: Point) -> list[str]:
    before, after = point["before"], point["after"]

    def seconds(told: Point) -> list[str]:
        kinds = [(told.get(backend), kind) for backend in ("python", "cpp") for kind in ("measured", "predicted")]
        return [f"{backend[kind]:.3g}" if backend else "" for backend, kind in kinds]

    ratio = f"{before['python']['measured'] / before['cpp']['measured']:.0f}" if "cpp" in before else ""
    size = [f"{before['bytes'] / 1e6:.1f}", str(before["nodes"]), str(before["values"])]
    return [point["graph"], *size, *seconds(before), ratio, str(after["values"]), *seconds(after)]


def main() -> int:
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        graphs = list(arguments.graphs)
        for values in SWEEP if arguments.sweep else ():
            graphs.append(Path(folder, f"{LINE}{values}.pb"))
            graphs[-1].write_bytes(workload_bytes("float_val", values))
        points = list(measure(arguments, graphs))
    print(f"{arguments.label}, CPU seconds of the first parse of a process\n")
    print(tabulate([row(point) for point in points], HEADERS, tablefmt="github", disable_numparse=True))
    if arguments.json:
        known = json.loads(arguments.json.read_text()) if arguments.json.exists() else {}
        known[arguments.label] = points
        arguments.json.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
