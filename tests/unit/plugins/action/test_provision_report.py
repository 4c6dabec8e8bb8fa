# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin provision_report in real plays on localhost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED, fast_nano, no_fault, slow_nano
from ansible_collections.jetfleet.protobuf.tests.support.plays import play

REPORT: dict[str, Any] = {
    "hosts": "localhost",
    "gather_facts": False,
    "tasks": [{"name": "Report", "jetfleet.protobuf.provision_report": {"hosts": "{{ groups['boards'] }}"}}],
}


def surveyed(facts: dict[str, Any], seconds: float) -> dict[str, Any]:
    facts["load_time"] = {"status": "ok", "seconds": {"median": seconds}}
    return {"ansible_facts": {"jetfleet": facts}}


def boards() -> dict[str, Any]:
    """Return one board that was changed, one that has no Python and one that is dead."""
    plan = make_plan(slow_nano(), DESIRED, lambda _key: None, no_fault)
    done = {
        "__survey_before": surveyed(slow_nano(), 12.4),
        "__survey_plan": plan,
        "__survey_after": surveyed(fast_nano(plan["digest"]), 0.1),
    }
    dead = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    return {"done": done, "bare": {"ansible_python_interpreter": "/usr/bin/python9"}, "dead": dead}


def test_every_board_is_in_the_table_once(tmp_path: Path) -> None:
    survey = {
        # Without a host that goes on, Ansible would stop before the report.
        "hosts": "bare,dead,localhost",
        "gather_facts": False,
        "tasks": [{"name": "Survey", "ansible.builtin.ping": None, "register": "__survey_before"}],
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
    assert "Connection refused" in rows["dead"]["reason"]


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
            "seconds",
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
        "0.1",
        "124",
        "x",
        "-",
        "changed",
    ]
    assert lines[2].split()[-1] == lines[3].split()[-1] == "unreachable"
    assert "bare: No facts came from the board." in played.output


def test_without_tabulate_there_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "shadow"
    broken.mkdir()
    (broken / "tabulate.py").write_text("raise ImportError('not here')\n")
    played = play(tmp_path, [REPORT], boards=boards(), environment={"PYTHONPATH": str(broken)})
    assert played.exit_status == 2
    assert played.result("Report", "localhost")["msg"] == (
        "provision_report needs the Python package tabulate on the controller: install it with 'pip install tabulate'."
    )
