# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of model files: a row for each file of each board, and a sentence for each that cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.graph_table import (
    HEADERS,
    cells,
    graph_rows,
    sentences,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.terminal import table_text
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import GraphRow
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import MODEL, graph, missing_graph, prediction


def rows(*graphs: dict[str, Any]) -> list[GraphRow]:
    return graph_rows({"b": {"jetfleet_plan": {"ansible_facts": {"jetfleet": {"graphs": list(graphs)}}}}}, ["b"])


def test_a_row_has_a_cell_for_each_column() -> None:
    found = cells(rows(graph(), missing_graph("/opt/x.pb")))
    assert [dict(zip(HEADERS, row, strict=True)) for row in found] == [
        {
            "board": "b",
            "graph": MODEL,
            "values": "4200000",
            "python": "29.9 s",
            "cpp": "267 ms",
            "now": "267 ms (cpp)",
            "repacked": "20 ms",
        },
        dict.fromkeys(HEADERS, "-") | {"board": "b", "graph": "/opt/x.pb"},
    ]


def test_what_was_not_calibrated_on_the_board_is_marked() -> None:
    (row,) = cells(rows(graph(prediction=prediction(backend="python"))))
    assert row[3:] == ["29.9 s", "~267 ms", "29.9 s (python)", "20 ms"]


def test_a_backend_that_nothing_is_known_of_is_a_dash() -> None:
    (row,) = cells(rows(graph(prediction=prediction(backend="python", cpp=None))))
    assert row[4] == "-"


def test_files_that_cannot_be_read_have_a_sentence() -> None:
    evil = missing_graph("/x") | {"error": "/x\n\x1b[2J is\tbad"}
    entries = rows(graph("/a\x1b.pb"), evil)
    shown = table_text(HEADERS, cells(entries), sentences(entries))
    assert shown.splitlines()[-1] == "b: /x \N{REPLACEMENT CHARACTER}[2J is bad"
    assert "/a\N{REPLACEMENT CHARACTER}.pb" in shown


@pytest.mark.parametrize(
    "variables",
    [{}, {"jetfleet_plan": {"unreachable": True}}, {"jetfleet_plan": {"ansible_facts": {"jetfleet": {}}}}],
)
def test_a_board_without_model_files_has_no_row(variables: dict[str, Any]) -> None:
    assert graph_rows({"b": variables}, ["b"]) == []


def test_a_host_that_is_named_twice_is_shown_once() -> None:
    variables = {"jetfleet_plan": {"ansible_facts": {"jetfleet": {"graphs": [graph(), graph("/b")]}}}}
    assert [(row["board"], row["path"]) for row in graph_rows({"a": {}, "b": variables}, ["b", "a", "b"])] == [
        ("b", MODEL),
        ("b", "/b"),
    ]
