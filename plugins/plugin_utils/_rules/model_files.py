# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The model files of a board, as the fact graphs has them, for rules and reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import duration_words
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.words import kind_of, shown

Graph = Mapping[str, Any]

# Where an inventory can name the files: the variable of users, and that of the role which it is the default of.
GRAPH_VARIABLES = ("jetfleet_graphs", "survey_graphs")
# The backends that every prediction is made for, and what is predicted for each.
BACKENDS = ("python", "cpp")
_SECONDS = ("seconds", "seconds_repacked", "measured")


def graphs_faults(value: Any) -> list[str]:
    """Return what is wrong with a list of model files, continuing 'In jetfleet_graphs of nano-1, ...'."""
    if not isinstance(value, list):
        return [f"the model files are {kind_of(value)} and no list: give a list of absolute paths on the board"]
    wrong = [path for path in value if not (isinstance(path, str) and path.startswith("/"))]
    return [f"{shown(path)} is no absolute path: give the path of a model file on the board" for path in wrong]


def with_budget(graphs: Iterable[Graph], budget: float, backend: str) -> list[dict[str, Any]]:
    """Return the graphs with over_budget: null, or in words why a graph is over the budget and what cures that.

    budget is in seconds, 0 where it is not judged; backend is the one that should be in use.
    """
    return [{**graph, "over_budget": _over_budget(graph, budget, backend)} for graph in graphs]


def _over_budget(graph: Graph, budget: float, backend: str) -> str | None:
    prediction = graph["prediction"]
    # A file that cannot be read is another rule's business.
    if budget <= 0 or graph["status"] != "ok":
        return None
    # What nothing can be said about is not within the budget either.
    if prediction is None:
        return str(graph["error"] or f"{graph['path']} has no prediction: look at the protobuf of the board")
    if prediction["seconds"] <= budget:
        return None
    return f"{graph['path']} takes {duration_words(prediction['seconds'])}: {_cure(prediction, budget, backend)}"


def _cure(prediction: Mapping[str, Any], budget: float, backend: str) -> str:
    """Return the least that brings the graph within the budget."""
    repack = "rewrite it with jetfleet.protobuf.graph_repack"
    wanted = prediction[backend] or {
        "seconds": prediction["seconds"],
        "seconds_repacked": prediction["seconds_repacked"],
    }
    ways = [
        (repack, prediction["seconds_repacked"]),
        (f"provision the board for the backend {backend}", wanted["seconds"]),
        (f"provision the board for the backend {backend} and {repack}", wanted["seconds_repacked"]),
    ]
    for way, seconds in ways:
        if seconds <= budget:
            return f"{way} ({duration_words(seconds)} then)"
    return "neither jetfleet.protobuf.graph_repack nor another backend is enough"


def shortened(graph: Graph) -> dict[str, Any]:
    """Return what reports and tables say about a graph."""
    names = ("path", "status", "error", "bytes", "nodes", "values")
    return {**{name: graph[name] for name in names}, "prediction": _prediction(graph["prediction"])}


def _prediction(prediction: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if prediction is None:
        return None
    kept = {name: prediction[name] for name in ("backend", "seconds", "seconds_repacked", "error_percent")}
    for backend in BACKENDS:
        found = prediction[backend]
        kept[backend] = found and {name: found[name] for name in _SECONDS}
    return kept
