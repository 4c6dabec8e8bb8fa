# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model files of boards arranged for the page: bars on one scale, and the budget."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.model_chart import models
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import graph, missing_graph, prediction
from ansible_collections.jetfleet.protobuf.tests.support.drift_reports import of_graph


def row(host: str, *graphs: dict[str, Any]) -> Any:
    return {"host": host, "facts": {"graphs": list(graphs)}}


def drawn(*rows: Any) -> dict[str, Any]:
    chart = models(rows)
    assert chart
    return chart


@pytest.mark.parametrize("graphs", [None, []])
def test_nothing_is_drawn_where_no_board_has_any(graphs: list[Any] | None) -> None:
    rows: Any = [{"host": "b", "facts": {"graphs": graphs}}]
    assert models(rows) is None


@pytest.mark.parametrize(
    ("backend", "labels", "reference"),
    [
        ("cpp", ["cpp, in use", "python", "cpp, repacked"], [False, False, False]),
        ("python", ["python, in use", "cpp", "python, repacked"], [False, True, False]),
        ("upb", ["upb, in use", "python", "cpp", "upb, repacked"], [False, False, False, False]),
    ],
)
def test_the_backend_in_use_stands_beside_the_others(backend: str, labels: list[str], reference: list[bool]) -> None:
    chart = drawn(row("b", of_graph(graph(prediction=prediction(backend=backend)))))
    (entry,) = chart["entries"]
    assert [bar["label"] for bar in entry["bars"]] == labels
    assert [bar["used"] for bar in entry["bars"]] == [True] + [False] * (len(labels) - 1)
    assert [bar["reference"] for bar in entry["bars"]] == reference
    assert chart["reference"] is any(reference)


def test_a_backend_that_nothing_is_known_of_has_no_bar() -> None:
    (entry,) = drawn(row("b", of_graph(graph(prediction=prediction(python=9.0, cpp=None, backend="python")))))[
        "entries"
    ]
    assert [bar["seconds"] for bar in entry["bars"]] == [9.0, 0.02]


def test_the_slowest_come_first_after_what_nothing_is_predicted_for() -> None:
    slow, fast = graph("/slow", prediction=prediction(9.0)), graph("/fast", prediction=prediction(0.1))
    chart = drawn(row("a", of_graph(fast), of_graph(missing_graph("/gone"))), row("b", of_graph(slow)))
    assert [(entry["host"], entry["graph"]["path"]) for entry in chart["entries"]] == [
        ("a", "/gone"),
        ("b", "/slow"),
        ("a", "/fast"),
    ]
    assert chart["entries"][0]["bars"] == []


def test_bars_and_budgets_are_on_one_scale() -> None:
    over = of_graph(graph(prediction=prediction(45.0, python=400.0)))
    free = of_graph(graph(prediction=prediction(45.0)), None)
    within = of_graph(graph(prediction=prediction(2.0, python=400.0)), 50)
    chart = drawn(row("over", over), row("free", free), row("within", within))
    bars = {entry["host"]: entry["bars"] for entry in chart["entries"]}
    # Only what is in use is judged.
    assert [bar["over"] for bar in bars["over"]] == [True, False, False]
    assert not any(bar["over"] for host in ("free", "within") for bar in bars[host])
    assert bars["over"][1]["width"] > bars["over"][0]["width"] > bars["over"][0]["budget_at"]
    assert bars["over"][0]["width"] == bars["free"][0]["width"]
    assert bars["free"][0]["budget_at"] is None
    assert bars["within"][0]["budget_at"] > bars["over"][0]["width"]
    assert chart["budgets"] == [30.0, 50]
    assert chart["logarithmic"]
    assert chart["ticks"]


def test_a_budget_beyond_all_bars_is_on_the_scale() -> None:
    (entry,) = drawn(row("b", of_graph(graph(prediction=prediction(2.0, python=4.0)), 1000)))["entries"]
    assert entry["bars"][0]["width"] < entry["bars"][0]["budget_at"] <= 100


def test_a_fleet_with_nothing_but_unreadable_files_has_no_axis() -> None:
    chart = drawn(row("b", of_graph(missing_graph())))
    assert (chart["ticks"], chart["budgets"], chart["reference"]) == ([], [], False)


def test_a_large_fleet_is_drawn_in_part() -> None:
    chart = drawn(*(row(f"b{number}", of_graph(graph())) for number in range(203)))
    assert (len(chart["entries"]), chart["left_out"]) == (200, 3)
