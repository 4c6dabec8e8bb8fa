# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The model files of a board, as the fact graphs has them, for rules and reports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import duration_words
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.words import kind_of, shown
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import (
    Backend,
    BackendPrediction,
    Graph,
    Prediction,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import GraphSummary


def graphs_faults(value: Any) -> list[str]:
    """Return what is wrong with a list of model files, continuing 'In jetfleet_graphs of nano-1, ...'."""
    if not isinstance(value, list):
        return [f"the model files are {kind_of(value)}, not a list: give a list of absolute paths on the board"]
    wrong = [path for path in value if not (isinstance(path, str) and path.startswith("/"))]
    return [f"{shown(path)} is not an absolute path: give the path of a model file on the board" for path in wrong]


def with_budget(graphs: Iterable[Graph], budget: float, backend: Backend) -> list[dict[str, object]]:
    """Return the graphs with over_budget: null, or in words why a graph is over the budget and what fixes that.

    budget is in seconds, 0 where there is none; backend is the one that should be in use.
    """
    return [{**graph, "over_budget": _over_budget(graph, budget, backend)} for graph in graphs]


def _over_budget(graph: Graph, budget: float, backend: Backend) -> str | None:
    prediction = graph["prediction"]
    # Another rule reports a file that cannot be read.
    if budget <= 0 or graph["status"] != "ok":
        return None
    # Without a prediction a graph is not within the budget either.
    if prediction is None:
        return graph["error"] or f"{graph['path']} has no prediction: look at the protobuf of the board"
    if prediction["seconds"] <= budget:
        return None
    return f"{graph['path']} takes {duration_words(prediction['seconds'])}: {_fix(prediction, budget, backend)}"


def _fix(prediction: Prediction, budget: float, backend: Backend) -> str:
    """Return the smallest fix that brings the graph within the budget."""
    repack = "rewrite it with jetfleet.protobuf.graph_repack"
    wanted = prediction[backend] or prediction
    ways = [
        (repack, prediction["seconds_repacked"]),
        (f"provision the board for the backend {backend}", wanted["seconds"]),
        (f"provision the board for the backend {backend} and {repack}", wanted["seconds_repacked"]),
    ]
    for way, seconds in ways:
        if seconds <= budget:
            return f"{way} ({duration_words(seconds)} then)"
    return "neither jetfleet.protobuf.graph_repack nor another backend is enough"


def shortened(graph: Graph) -> GraphSummary:
    """Return what reports and tables say about a graph."""
    return {
        "path": graph["path"],
        "status": graph["status"],
        "error": graph["error"],
        "bytes": graph["bytes"],
        "nodes": graph["nodes"],
        "values": graph["values"],
        "prediction": _prediction(graph["prediction"]),
    }


def _prediction(prediction: Prediction | None) -> Prediction | None:
    """Return the prediction without what newer boards might add: the report has a schema."""
    if prediction is None:
        return None
    return {
        "backend": prediction["backend"],
        "seconds": prediction["seconds"],
        "seconds_repacked": prediction["seconds_repacked"],
        "error_percent": prediction["error_percent"],
        "python": _backend_prediction(prediction["python"]),
        "cpp": _backend_prediction(prediction["cpp"]),
    }


def _backend_prediction(under: BackendPrediction | None) -> BackendPrediction | None:
    if under is None:
        return None
    return {"seconds": under["seconds"], "seconds_repacked": under["seconds_repacked"], "measured": under["measured"]}
