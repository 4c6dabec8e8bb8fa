# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw load time against the number of values, from what graph_load.py measured on one or more machines.

README.md says which environment this needs.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import pyplot
from matplotlib.ticker import FuncFormatter

IMAGES = Path(__file__).parents[1] / "docs/images"
LINE = "line-"
# (where in a point, backend, colour, words); colours that colour-blind people tell apart (Okabe and Ito).
SERIES = (
    ("before", "python", "#d55e00", "pure Python"),
    ("before", "cpp", "#0072b2", "C++"),
    ("after", "python", "#009e73", "pure Python after graph_repack"),
)
STYLES = (("-", "o"), ("--", "s"), (":", "^"))
INK, PAPER, GRID = "#24292f", "#fbfbfa", "#d8dbdf"
UNITS = ((1.0, "s"), (0.001, "ms"), (0.000001, "µs"))


def seconds_in_words(seconds: float, _position: int | None = None) -> str:
    """Return a tick's label: 10 ms, 1 s."""
    size, unit = next((unit for unit in UNITS if seconds >= unit[0]), UNITS[-1])
    return f"{seconds / size:.3g} {unit}"


def values_in_words(values: float, _position: int | None = None) -> str:
    """Return a tick's label: 1 000, 1 million."""
    return f"{values / 1e6:g} million" if values >= 1e6 else f"{values:,.0f}".replace(",", " ")


def draw(axes: Any, label: str, points: list[dict[str, Any]], style: tuple[str, str]) -> None:
    """Draw one machine: lines for synthetic graphs of growing size, hollow marks for what TensorFlow wrote."""
    for place, backend, colour, words in SERIES:
        told = [(each["graph"], each["before"]["values"], each[place][backend]["measured"]) for each in points]
        line = sorted((values, seconds) for graph, values, seconds in told if graph.startswith(LINE))
        axes.plot(
            *zip(*line, strict=True), style[0], marker=style[1], ms=4.5, lw=1.8, c=colour, label=f"{words}, {label}"
        )
        real = [(values, seconds) for graph, values, seconds in told if values >= 1000 and not graph.startswith(LINE)]
        axes.plot(*zip(*real, strict=True), style[1], ms=10, mfc="none", mew=1.6, c=colour)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, default=IMAGES / "load_time.json", help="what graph_load.py --json wrote")
    parser.add_argument("--png", type=Path, default=IMAGES / "load_time.png", help="the picture to write")
    arguments = parser.parse_args()
    matplotlib.use("Agg")
    # An opaque light ground of its own: the picture is the same on a dark page.
    matplotlib.rcParams.update({"font.size": 11, "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK})
    figure, axes = pyplot.subplots(figsize=(9, 6.5), facecolor=PAPER, layout="constrained")
    axes.set(xscale="log", yscale="log", facecolor=PAPER, xlabel="values in packed fields of the graph")
    axes.set_title("CPU time to parse a frozen graph", loc="left", weight="bold")
    axes.grid(c=GRID, lw=0.8)
    axes.xaxis.set_major_formatter(FuncFormatter(values_in_words))
    axes.yaxis.set_major_formatter(FuncFormatter(seconds_in_words))
    for (label, points), style in zip(sorted(json.loads(arguments.json.read_text()).items()), STYLES, strict=False):
        draw(axes, label, points, style)
    axes.plot([], [], "o", ms=10, mfc="none", mew=1.6, c=INK, label="graphs that TensorFlow wrote")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    figure.savefig(arguments.png, dpi=110, facecolor=PAPER)


if __name__ == "__main__":
    main()
