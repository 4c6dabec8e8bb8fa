# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin drift_report in real plays."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.jetfleet.protobuf.tests.support.drift_reports import exempted, filled, survey
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play

ROOT = Path(__file__).parents[4]
RULES = ROOT / "roles/drift/files/rules.yml"
OPTIONS: dict[str, Any] = {
    "hosts": "{{ groups['all'] }}",
    "boards": "{{ groups['boards'] }}",
    "looked_at": "{{ ansible_play_hosts_all }}",
    "rules": str(RULES),
    "folder": "reports",
    "previous": "reports/drift.json",
    "template": str(ROOT / "roles/drift/templates/drift.html.j2"),
}
# Some boards are really asked, without success; what a survey gives of the others is in a file each.
SURVEYS: list[dict[str, Any]] = [
    {
        # Without a host that goes on, Ansible would stop before the report.
        "hosts": "bare,dead,localhost",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Survey",
                "ansible.builtin.ping": None,
                "register": "__drift_assessment",
                "ignore_errors": True,
                "ignore_unreachable": True,
            },
        ],
    },
    {
        "hosts": "drifted,well",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Have what a survey gives",
                "ansible.builtin.include_vars": {
                    "file": "{{ playbook_dir }}/{{ inventory_hostname }}.json",
                    "name": "__drift_assessment",
                },
            },
        ],
    },
]
BOARDS: dict[str, Any] = {
    "bare": {"ansible_python_interpreter": "/usr/bin/python9"},
    "dead": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1},
    "drifted": {
        "jetfleet_drift_host_rules": {"own-rule": {"title": "Own.", "description": "{{ word }} words."}},
        "word": "Own",
    },
    "well": {},
}
RESULTS = {
    "drifted": survey(
        filled("module-backend", "drifted", actual="{{ 7 * 7 }}"),
        filled("opencv", "drifted", rule="own-rule", title="Own."),
    ),
    "well": survey(exempted("opencv", "Known.", "2026-12-24")),
}
STATUSES = {
    "bare": "failed",
    "board.invalid": "skipped",
    "dead": "unreachable",
    "drifted": "drift",
    "localhost": "skipped",
    "well": "compliant",
}


def task(name: str = "Report", **changes: Any) -> dict[str, Any]:
    return {"name": name, "jetfleet.protobuf.drift_report": OPTIONS | changes, "run_once": True}


def report(place: Path, *options: str, tasks: list[dict[str, Any]]) -> Played:
    for host, result in RESULTS.items():
        (place / f"{host}.json").write_text(json.dumps(result))
    reporting = {"hosts": "all:!board.invalid", "gather_facts": False, "tasks": tasks}
    return play(place, [*SURVEYS, reporting], *options, boards=BOARDS)


@dataclass
class Run:
    """A run, the result of its report, and the JSON file that it left."""

    played: Played
    result: dict[str, Any]
    written: dict[str, Any]
    folder: Path


def run(folder: Path, *options: str) -> Run:
    played = report(folder, *options, tasks=[task()])
    written = json.loads((folder / "reports/drift.json").read_text())
    return Run(played, played.result("Report", "localhost"), written, folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fleet")


@pytest.fixture(scope="module")
def first(folder: Path) -> Run:
    return run(folder)


@pytest.fixture(scope="module")
def second(folder: Path, first: Run) -> Run:
    return run(folder, "--check", "--limit", "!well")


def test_every_host_of_the_inventory_is_reported_once(first: Run) -> None:
    assert {board["host"]: board["status"] for board in first.written["boards"]} == first.result["statuses"] == STATUSES
    assert len(first.written["boards"]) == first.result["summary"]["boards"] == 6
    assert (first.result["compliant"], first.result["changed"]) == (False, False)
    assert first.result["summary"] == first.written["summary"]


def test_boards_that_are_not_compliant_have_a_reason(first: Run) -> None:
    reasons = first.result["reasons"]
    assert reasons.keys() == {"bare", "dead", "drifted"}
    assert "no Python at /usr/bin/python9" in reasons["bare"]
    assert "refuses connections to port 1:" in reasons["dead"]
    assert reasons["drifted"].startswith("2 rules broken: ")


def test_what_boards_say_is_no_template(first: Run) -> None:
    (board,) = (board for board in first.written["boards"] if board["host"] == "drifted")
    assert "{{ 7 * 7 }}" in [rule.get("actual") for rule in board["rules"]]


def test_rules_are_described_by_the_file_and_by_the_variables_of_boards(first: Run) -> None:
    assert first.written["rules"]["own-rule"]["description"] == "Own words."
    shipped = yaml.safe_load(RULES.read_text())["opencv"]["remedy"]["text"]
    assert first.written["rules"]["opencv"]["remedy"] == shipped


def test_the_files_are_named_and_whole(first: Run) -> None:
    place = first.folder / "reports"
    files = {name: place / f"drift.{ending}" for name, ending in (("html", "html"), ("json", "json"), ("junit", "xml"))}
    assert first.result["files"] == {name: str(path) for name, path in files.items()}
    assert sorted(place.iterdir()) == sorted(files.values())
    assert files["html"].read_text().rstrip().endswith("</html>")
    assert files["junit"].read_text().endswith("</testsuites>")


def test_the_terminal_shows_a_table_findings_and_a_sentence(first: Run) -> None:
    lines = first.played.output.splitlines()
    (start,) = (number for number, line in enumerate(lines) if line.startswith("board  "))
    assert lines[start].split() == ["board", "status", "since", "protobuf", "backend", "load", "time", "findings"]
    assert [line.split()[0] for line in lines[start + 2 : start + 8]] == list(STATUSES)
    words = (
        "drifted: [error] The protobuf module parses in C++: expected cpp, found {{ 7 * 7 }}; Provision the board again"
    )
    assert any(line.startswith(words) for line in lines)
    words = f"1 drift, 1 failed, 1 unreachable, 2 skipped: see {first.folder}/reports/drift.html."
    assert first.result["sentence"] == f"Of 6 boards 1 is compliant, {words}"
    assert first.result["sentence"] in lines


def test_the_next_run_compares_and_writes_in_check_mode_too(first: Run, second: Run) -> None:
    assert (first.written["previous"], second.written["previous"]) == (None, first.written["generated"])
    assert [made.result["summary"]["new"] for made in (first, second)] == [2, 0]
    assert second.result["changed"] is False


def test_boards_that_are_left_out_are_skipped(second: Run) -> None:
    assert second.result["statuses"] == STATUSES | {"well": "skipped"}
    (board,) = (board for board in second.written["boards"] if board["host"] == "well")
    assert "--limit" in board["reason"]


OTHERS: dict[str, dict[str, Any]] = {
    "Compliant": {"boards": ["well"], "formats": ["junit"], "folder": "well", "previous": ""},
    "Nothing": {"boards": [], "formats": []},
}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "Previous": ({"previous": "play.yml"}, "play.yml is not a JSON report of drift"),
    "Template": ({"template": "play.yml.j2"}, "play.yml.j2 cannot be used"),
    "Rules": ({"rules": "nothing.yml"}, "nothing.yml cannot be read"),
    "Folder": (
        {"folder": "play.yml/x"},
        "drift.html cannot be written (Not a directory): set jetfleet_drift_report_directory",
    ),
    "Formats": ({"formats": ["pdf"]}, "value of formats must be one or more of: json, junit, html"),
}


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Played]:
    folder = tmp_path_factory.mktemp("others")
    wrong = [task(name, **changes) | {"ignore_errors": True} for name, (changes, _words) in REFUSED.items()]
    return folder, report(folder, tasks=[*wrong, *(task(name, **changes) for name, changes in OTHERS.items())])


def test_a_fleet_that_is_well_is_compliant(others: tuple[Path, Played]) -> None:
    folder, played = others
    result = played.result("Compliant", "localhost")
    assert (result["compliant"], result["reasons"]) == (True, {})
    assert result["files"] == {"junit": f"{folder}/well/drift.xml"}
    assert [path.name for path in (folder / "well").iterdir()] == ["drift.xml"]
    assert result["sentence"] == f"Of 6 boards 1 is compliant, 5 skipped: see {folder}/well/drift.xml."


def test_a_run_without_boards_is_not_compliant(others: tuple[Path, Played]) -> None:
    result = others[1].result("Nothing", "localhost")
    assert (result["compliant"], result["reasons"], result["files"]) == (False, {}, {})
    assert "no board was checked" in result["sentence"]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_is_refused(name: str, others: tuple[Path, Played]) -> None:
    assert REFUSED[name][1] in others[1].result(name, "localhost")["msg"]


def test_what_is_refused_writes_nothing(others: tuple[Path, Played]) -> None:
    assert not (others[0] / "reports").exists()


def test_without_its_packages_there_is_one_sentence(tmp_path: Path) -> None:
    for package in ("tabulate", "junitparser"):
        (tmp_path / f"{package}.py").write_text("raise ImportError('not here')\n")
    plays = [{"hosts": "localhost", "gather_facts": False, "tasks": [task()]}]
    played = play(tmp_path, plays, environment={"PYTHONPATH": str(tmp_path)})
    assert played.exit_status == 2
    assert played.result("Report", "localhost")["msg"] == (
        f"The controller's Python {sys.executable} lacks the packages tabulate and junitparser: "
        f"run '{sys.executable} -m pip install tabulate junitparser'."
    )
