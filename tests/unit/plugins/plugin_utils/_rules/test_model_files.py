# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Model files for rules and reports: lists that cannot be meant, what is over the budget, and what cures it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.model_files import (
    graphs_faults,
    shortened,
    with_budget,
)
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import MODEL, graph, missing_graph, prediction


def over_budget(entry: Any, budget: float = 30) -> Any:
    (found,) = with_budget([entry], budget, "cpp")
    assert {name: value for name, value in found.items() if name != "over_budget"} == entry
    return found["over_budget"]


def seconds(backend: str, cpp: float, cpp_repacked: float, python: float, python_repacked: float) -> Any:
    """Return a graph with that prediction."""
    of_cpp = {"seconds": cpp, "seconds_repacked": cpp_repacked, "measured": backend != "python"}
    of_python = {"seconds": python, "seconds_repacked": python_repacked, "measured": True}
    used = of_python if backend == "python" else of_cpp
    both = {"seconds": used["seconds"], "seconds_repacked": used["seconds_repacked"]}
    return graph(
        prediction=prediction(backend=backend, python=python, **both) | {"cpp": of_cpp, "python": of_python} | both
    )


@pytest.mark.parametrize(
    ("value", "faults"),
    [
        ([], []),
        (["/opt/a.pb", "/opt/b c.pb"], []),
        ("/opt/a.pb", ["the model files are a string, not a list: give a list of absolute paths on the board"]),
        ({"/opt/a.pb": 1}, ["the model files are a mapping, not a list: give a list of absolute paths on the board"]),
        (None, ["the model files are nothing, not a list: give a list of absolute paths on the board"]),
        (
            ["/a.pb", "b.pb", 7, "~/c.pb"],
            [
                "b.pb is not an absolute path: give the path of a model file on the board",
                "7 is not an absolute path: give the path of a model file on the board",
                "~/c.pb is not an absolute path: give the path of a model file on the board",
            ],
        ),
    ],
)
def test_lists_that_cannot_be_meant(value: Any, faults: list[str]) -> None:
    assert graphs_faults(value) == faults


def test_the_budget_itself_is_within_it() -> None:
    assert over_budget(graph(prediction=prediction(30.0))) is None
    assert over_budget(graph(prediction=prediction(30.1))) is not None


def test_without_a_budget_nothing_is_over_it() -> None:
    assert over_budget(graph(prediction=prediction(1e6)), 0) is None
    assert over_budget(graph(prediction=None), 0) is None


def test_a_file_that_cannot_be_read_is_not_over_the_budget() -> None:
    assert over_budget(missing_graph()) is None


@pytest.mark.parametrize("error", [None, f"{MODEL} cannot be predicted: the calibration took more than 60 s."])
def test_what_nothing_is_predicted_for_is_not_within_the_budget(error: str | None) -> None:
    text = over_budget(graph(prediction=None, error=error))
    assert text == (error or f"{MODEL} has no prediction: look at the protobuf of the board")


REPACK = "rewrite it with jetfleet.protobuf.graph_repack"
PROVISION = "provision the board for the backend cpp"


@pytest.mark.parametrize(
    ("entry", "fix"),
    [
        (seconds("cpp", 31, 2, 600, 3), f"takes 31 s: {REPACK} (2 s then)"),
        (seconds("python", 5, 2, 600, 3), f"takes 600 s: {REPACK} (3 s then)"),
        (seconds("python", 5, 2, 600, 31), f"takes 600 s: {PROVISION} (5 s then)"),
        (seconds("python", 31, 2, 600, 40), f"takes 600 s: {PROVISION} and {REPACK} (2 s then)"),
        (
            seconds("python", 50, 31, 600, 40),
            "takes 600 s: neither jetfleet.protobuf.graph_repack nor another backend is enough",
        ),
        (
            seconds("cpp", 50, 31, 600, 40),
            "takes 50 s: neither jetfleet.protobuf.graph_repack nor another backend is enough",
        ),
        (
            seconds("upb", 5, 2, 600, 40)
            | {"prediction": prediction(5.0, backend="upb") | {"seconds": 40.0, "cpp": None}},
            f"takes 40 s: {REPACK} (20 ms then)",
        ),
    ],
)
def test_the_smallest_fix_that_is_enough_is_named(entry: Any, fix: str) -> None:
    assert over_budget(entry) == f"{MODEL} {fix}"


def test_a_backend_that_nothing_is_known_of_fixes_nothing() -> None:
    unknown = prediction(backend="upb", repacked=40.0) | {"seconds": 50.0, "cpp": None}
    assert str(over_budget(graph(prediction=unknown))).endswith("is enough")


def test_reports_keep_what_people_ask_for() -> None:
    kept: Any = shortened(graph(prediction=prediction(rates={"value": 1e-6}, cpp=None)))
    assert kept.keys() == {"path", "status", "error", "bytes", "nodes", "values", "prediction"}
    assert kept["prediction"].keys() == {"backend", "seconds", "seconds_repacked", "error_percent", "python", "cpp"}
    assert kept["prediction"]["cpp"] is None
    assert shortened(missing_graph())["prediction"] is None
