# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The model files on the page of a drift report: a chart with bars for each file of each board."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.chart_scale import Scale, scale
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import BACKENDS
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import JudgedGraph, Row

# What is drawn at most.
_MODELS = 200


class Bar(TypedDict):
    """Predicted seconds; only those under the backend in use count for the budget."""

    label: str
    seconds: float
    used: bool
    reference: bool


def models(rows: Iterable[Row]) -> dict[str, Any] | None:
    """Return the model files of all boards for the template, the slowest first; None where no board has any."""
    found = [(row, graph, _bars(graph)) for row in rows for graph in row["facts"]["graphs"] or []]
    if not found:
        return None
    # What nothing is predicted for comes first: something is wrong there.
    found.sort(key=lambda entry: -entry[2][0]["seconds"] if entry[2] else -float("inf"))
    bars = [chart_bar for _row, _graph, drawn in found for chart_bar in drawn]
    budgets = sorted({graph["budget"] for _row, graph, drawn in found if drawn and graph["budget"]})
    axis = scale([*(chart_bar["seconds"] for chart_bar in bars), *budgets])
    return {
        "entries": [
            {**row, "graph": graph, "bars": _drawn(drawn, graph["budget"], axis)}
            for row, graph, drawn in found[:_MODELS]
        ],
        "left_out": len(found[_MODELS:]),
        "budgets": budgets,
        "reference": any(chart_bar["reference"] for chart_bar in bars),
        "logarithmic": axis.logarithmic,
        "ticks": [(tick, axis.per_cent(tick)) for tick in axis.ticks] if bars else [],
    }


def _bars(graph: JudgedGraph) -> list[Bar]:
    """Return the seconds under the backend in use, under the others, and after the fix that needs no other backend."""
    prediction = graph["prediction"]
    if not prediction:
        return []
    used = prediction["backend"]
    others = [(name, prediction[name]) for name in BACKENDS if name != used]
    return [
        _bar(f"{used}, in use", prediction["seconds"], used=True),
        *(_bar(name, under["seconds"], reference=not under["measured"]) for name, under in others if under),
        _bar(f"{used}, repacked", prediction["seconds_repacked"]),
    ]


def _bar(label: str, seconds: float, used: bool = False, reference: bool = False) -> Bar:
    return {"label": label, "seconds": seconds, "used": used, "reference": reference}


def _drawn(bars: Iterable[Bar], budget: float | None, axis: Scale) -> list[dict[str, Any]]:
    return [
        {
            **chart_bar,
            "width": axis.per_cent(chart_bar["seconds"]),
            "budget": budget,
            "budget_at": axis.per_cent(budget) if budget else None,
            "over": bool(budget and chart_bar["used"] and chart_bar["seconds"] > budget),
        }
        for chart_bar in bars
    ]
