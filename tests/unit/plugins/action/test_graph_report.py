# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin graph_report in real plays on localhost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import MODEL, graph, missing_graph
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play

REPORT: dict[str, Any] = {
    "hosts": "localhost",
    "gather_facts": False,
    "tasks": [{"name": "Report", "jetfleet.protobuf.graph_report": {"hosts": "{{ groups['boards'] }}"}}],
}


def report(folder: Path, *graphs: dict[str, Any], **options: Any) -> Played:
    """Report a board with these model files, and one that was never surveyed."""
    surveyed = {"__survey_before": {"ansible_facts": {"jetfleet": {"graphs": list(graphs)}}}}
    return play(folder, [REPORT], boards={"nano-1": surveyed, "nano-2": {}}, **options)


def test_the_table_is_displayed(tmp_path: Path) -> None:
    played = report(tmp_path, graph(), missing_graph("/opt/x.pb"))
    lines = [line.split() for line in played.output.splitlines()]
    at = lines.index(["board", "graph", "values", "python", "cpp", "now", "repacked"])
    assert lines[at + 2] == ["nano-1", MODEL, "4200000", "29.9", "s", "267", "ms", "267", "ms", "(cpp)", "20", "ms"]
    assert lines[at + 3] == ["nano-1", "/opt/x.pb", *"-----"]
    assert "nano-1: /opt/x.pb does not exist on this host: copy the graph there first." in played.output
    result = played.result("Report", "localhost")
    assert [(row["board"], row["path"], row["status"]) for row in result["rows"]] == [
        ("nano-1", MODEL, "ok"),
        ("nano-1", "/opt/x.pb", "graph_missing"),
    ]
    assert result["changed"] is False
    assert played.exit_status == 0


def test_nothing_is_displayed_where_there_is_no_model_file(tmp_path: Path) -> None:
    played = report(tmp_path)
    assert played.result("Report", "localhost")["rows"] == []
    assert "repacked" not in played.output


def test_without_tabulate_there_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "shadow"
    broken.mkdir()
    (broken / "tabulate.py").write_text("raise ImportError('not here')\n")
    played = report(tmp_path, environment={"PYTHONPATH": str(broken)})
    assert played.exit_status == 2
    assert played.result("Report", "localhost")["msg"] == (
        "graph_report needs the Python package tabulate on the controller: install it with 'pip install tabulate'."
    )
