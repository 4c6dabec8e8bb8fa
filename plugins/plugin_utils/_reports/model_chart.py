# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the page of a drift report shows of the model files: a chart with bars for each file of each board."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.chart_scale import Scale, scale
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.model_files import BACKENDS

# What is drawn at most.
_MODELS = 200
Entry = dict[str, Any]


def models(rows: Iterable[Entry]) -> Entry | None:
    """Return the model files of all boards, the slowest first; None where no board has any.

    Of rows, those of the page: facts is what the report knows of a board.
    """
    found = [row | {"graph": graph} for row in rows for graph in row["facts"]["graphs"] or []]
    if not found:
        return None
    # What nothing is predicted for comes first: something is wrong there.
    found.sort(
        key=lambda entry: -_bars(entry["graph"])[0]["seconds"] if entry["graph"]["prediction"] else -float("inf")
    )
    predicted = [entry["graph"] for entry in found if entry["graph"]["prediction"]]
    budgets = sorted({graph["budget"] for graph in predicted if graph["budget"]})
    axis = scale([*(drawn["seconds"] for graph in predicted for drawn in _bars(graph)), *budgets])
    return {
        "entries": [entry | {"bars": _drawn(entry["graph"], axis)} for entry in found[:_MODELS]],
        "left_out": len(found[_MODELS:]),
        "budgets": budgets,
        "reference": any(drawn["reference"] for graph in predicted for drawn in _bars(graph)),
        "logarithmic": axis.logarithmic,
        "ticks": [(tick, axis.per_cent(tick)) for tick in axis.ticks] if predicted else [],
    }


def _bars(graph: Entry) -> list[Entry]:
    """Return the seconds under the backend in use, under the others, and after the cure that needs no other backend."""
    prediction = graph["prediction"]
    if not prediction:
        return []
    used = prediction["backend"]
    others = [(name, prediction[name]) for name in BACKENDS if name != used and prediction[name]]
    return [
        _bar(f"{used}, in use", prediction["seconds"], used=True),
        *(_bar(name, under["seconds"], reference=not under["measured"]) for name, under in others),
        _bar(f"{used}, repacked", prediction["seconds_repacked"]),
    ]


def _bar(label: str, seconds: float, used: bool = False, reference: bool = False) -> Entry:
    return {"label": label, "seconds": seconds, "used": used, "reference": reference}


def _drawn(graph: Entry, axis: Scale) -> list[Entry]:
    budget = graph["budget"]
    return [
        one
        | {
            "width": axis.per_cent(one["seconds"]),
            "budget": budget,
            "budget_at": axis.per_cent(budget) if budget else None,
            # Only the backend in use is judged.
            "over": bool(budget) and one["used"] and one["seconds"] > budget,
        }
        for one in _bars(graph)
    ]
