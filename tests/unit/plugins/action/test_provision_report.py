# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin provision_report in real plays on localhost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED, fast_nano, no_fault, slow_nano
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import MODEL, graph, missing_graph
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play

REPORT: dict[str, Any] = {
    "hosts": "localhost",
    "gather_facts": False,
    "tasks": [{"name": "Report", "jetfleet.protobuf.provision_report": {"hosts": "{{ groups['boards'] }}"}}],
}

SURVEY: dict[str, Any] = REPORT | {
    "tasks": [
        {
            "name": "Report",
            "jetfleet.protobuf.provision_report": {"hosts": "{{ groups['boards'] }}", "table": "survey"},
        }
    ]
}


def surveyed(facts: Any, seconds: float) -> dict[str, Any]:
    facts["load_time"] = {"status": "ok", "seconds": {"median": seconds}}
    return {"ansible_facts": {"jetfleet": facts}}


def boards() -> dict[str, Any]:
    """Return one board that was changed, one that has no Python and one that is dead."""
    plan = make_plan(slow_nano(), DESIRED, lambda _key: None, no_fault)
    done = {
        "jetfleet_plan": {**plan, **surveyed(slow_nano(), 12.4)},
        "jetfleet_result": surveyed(fast_nano(plan["digest"]), 0.1),
    }
    dead = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    return {"done": done, "bare": {"ansible_python_interpreter": "/usr/bin/python9"}, "dead": dead}


def test_every_board_is_in_the_table_once(tmp_path: Path) -> None:
    survey = {
        # Without a host that goes on, Ansible would stop before the report.
        "hosts": "bare,dead,localhost",
        "gather_facts": False,
        "tasks": [{"name": "Survey", "ansible.builtin.ping": None, "register": "jetfleet_plan"}],
    }
    played = play(tmp_path, [survey, REPORT], boards=boards())
    rows = {row["board"]: row for row in played.result("Report", "localhost")["rows"]}
    assert {name: row["status"] for name, row in rows.items()} == {
        "done": "changed",
        "bare": "failed",
        "dead": "unreachable",
    }
    assert rows["done"]["speed_up"] == 124.0
    assert "no Python at /usr/bin/python9" in rows["bare"]["reason"]
    assert "refuses connections to port 1:" in rows["dead"]["reason"]


def test_the_table_is_displayed(tmp_path: Path) -> None:
    played = play(tmp_path, [REPORT], boards=boards())
    lines = [line for line in played.output.splitlines() if line.startswith(("board ", "done ", "bare ", "dead "))]
    assert lines[0].split() == (
        [
            "board",
            "backend",
            "before",
            "after",
            "protobuf",
            "before",
            "after",
            "load",
            "time",
            "before",
            "after",
            "speed-up",
            "OpenCV",
            "status",
        ]
    )
    assert lines[1].split() == [
        "done",
        "python",
        "cpp",
        "3.19.6",
        "3.6.0",
        "12.4",
        "s",
        "100",
        "ms",
        "124",
        "x",
        "-",
        "changed",
    ]
    assert lines[2].split()[-1] == lines[3].split()[-1] == "unreachable"
    assert "bare: No facts came from the board." in played.output


def test_a_survey_shows_what_will_change(tmp_path: Path) -> None:
    played = play(tmp_path, [SURVEY], boards=boards())
    lines = [line for line in played.output.splitlines() if line.startswith(("board ", "done ", "bare ", "dead "))]
    assert lines[0].split() == ["board", "model", "JetPack", "Python", "protobuf", "load", "time", "will", "change"]
    assert lines[1].split("  ")[-1].strip() == "install library, install module"
    assert lines[2].split()[-1] == lines[3].split()[-1] == "unreachable"
    assert "bare: No facts came from the board." in played.output
    result = played.result("Report", "localhost")
    assert (len(result["rows"]), result["graphs"], result["changed"]) == (3, [], False)
    assert "repacked" not in played.output


def with_graphs(folder: Path, *graphs: dict[str, Any]) -> Played:
    """Report a board with these model files, and one that was never surveyed."""
    surveyed = {"jetfleet_plan": {"ansible_facts": {"jetfleet": {"graphs": list(graphs)}}}}
    return play(folder, [SURVEY], boards={"nano-1": surveyed, "nano-2": {}})


def test_a_survey_shows_model_files(tmp_path: Path) -> None:
    played = with_graphs(tmp_path, graph(), missing_graph("/opt/x.pb"))
    lines = [line.split() for line in played.output.splitlines()]
    at = lines.index(["board", "graph", "values", "python", "cpp", "now", "repacked"])
    assert lines[at + 2] == ["nano-1", MODEL, "4200000", "29.9", "s", "267", "ms", "267", "ms", "(cpp)", "20", "ms"]
    assert lines[at + 3] == ["nano-1", "/opt/x.pb", *"-----"]
    assert "nano-1: /opt/x.pb does not exist on this host: copy the graph there first." in played.output
    result = played.result("Report", "localhost")
    assert [(row["board"], row["path"], row["status"]) for row in result["graphs"]] == [
        ("nano-1", MODEL, "ok"),
        ("nano-1", "/opt/x.pb", "graph_missing"),
    ]
    assert result["changed"] is False
    assert played.exit_status == 0


def test_without_tabulate_there_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "shadow"
    broken.mkdir()
    (broken / "tabulate.py").write_text("raise ImportError('not here')\n")
    played = play(tmp_path, [REPORT], boards=boards(), environment={"PYTHONPATH": str(broken)})
    assert played.exit_status == 2
    assert played.result("Report", "localhost")["msg"] == (
        f"The controller's Python {sys.executable} lacks the package tabulate: "
        f"run '{sys.executable} -m pip install tabulate'."
    )


def test_the_list_of_pending_boards_is_named_as_a_shell_takes_it(tmp_path: Path) -> None:
    path = tmp_path / "my boards" / "pending.retry"
    options = {"hosts": "{{ groups['boards'] }}", "pending_file": str(path)}
    report = REPORT | {"tasks": [{"name": "Report", "jetfleet.protobuf.provision_report": options}]}
    played = play(tmp_path, [report], boards={"my board": {}, "nano-1": {}})
    assert played.result("Report", "localhost")["pending"] == ["my board", "nano-1"]
    assert f"Pending: my board, nano-1. To go on with them alone: --limit '@{path}'" in played.output
    assert path.read_text() == "my board\nnano-1\n"
