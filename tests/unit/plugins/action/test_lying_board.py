# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boards that lie, in real plays: each fails alone and with a sentence, and what is said of the honest ones stays the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED, slow_nano
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import RULES, compliant_board, graph
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play
from ansible_collections.jetfleet.protobuf.tests.support.stand_ins import make_collection

ROOT = Path(__file__).parents[4]
# Answers in the place of protobuf_facts, byte for byte what a file holds.
STAND_IN = """#!/usr/bin/python
import os
import sys

from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule({"executable": {"type": "str"}, "gather_subset": {"type": "list"}}, supports_check_mode=True)
with open(os.environ["STAND_IN"] + "/" + module.params["executable"] + ".json") as stream:
    print(stream.read())
sys.exit(0)
"""
OSC = "\x1b]0;owned\x07\u202e"


def answer(facts: Any, **others: Any) -> str:
    return json.dumps({"changed": False, "ansible_facts": {"jetfleet": facts, **others}})


def changed(subset: str, **changes: Any) -> dict[str, Any]:
    facts = compliant_board()
    return {**facts, subset: facts[subset] | changes}


HONEST = {"anna": answer(compliant_board()), "zoe": answer(slow_nano())}
# What each board answers, and what is said of it.
LIARS: dict[str, tuple[str, str]] = {
    "liar-text": (answer(compliant_board() | {"graphs": [graph(bytes="many")]}), "graphs[0].bytes is a string"),
    "liar-number": (answer(changed("module", backend=7)), "module.backend is a number, not a string"),
    "liar-nan": (answer(changed("board", cpu_count=float("nan"))), "board.cpu_count is a number, not a whole number"),
    "liar-inf": (answer(changed("load_time", ratio=float("inf"))), "load_time.ratio is inf, not a number"),
    "liar-nothing": ("{}", "ansible_facts is missing"),
    "liar-list": (answer([]), "ansible_facts.jetfleet is a list"),
    "liar-subset": (answer({name: fact for name, fact in compliant_board().items() if name != "module"}), "module"),
    "liar-key": (answer({"packages": {OSC: 7}}), "is a number, not a mapping"),
    "liar-failure": (json.dumps({"failed": True, "msg": f"No{OSC} room"}), "No\N{REPLACEMENT CHARACTER}]0;owned"),
    "liar-stats": (json.dumps({"changed": False, "ansible_stats": 7, "warnings": 7}), "ansible_facts is missing"),
    "liar-deep": ("[" * 100_000, ""),
}
# These are believed, and only what they say of the collection's facts.
FRAUDS = {"fraud": answer(compliant_board(), jetfleet_plan=7, __rollout_gate="x", jetfleet_deadline=OSC)}


def read(name: str, module: str, **options: Any) -> dict[str, Any]:
    return {
        "name": name,
        f"jetfleet.protobuf.{module}": {"desired": DESIRED, **options},
        "register": {"drift_assess": "__drift_assessment"}.get(module, "jetfleet_plan"),
        "ignore_errors": True,
    }


def plays() -> list[dict[str, Any]]:
    asked = {"executable": "{{ inventory_hostname }}"}
    return [
        {
            "hosts": "boards",
            "gather_facts": False,
            "tasks": [
                read("Assess", "drift_assess", rules=RULES, facts=asked),
                read("Plan", "protobuf_plan", facts_options=asked, store="/nowhere"),
                {
                    "name": "Gather",
                    "jetfleet.protobuf.protobuf_facts": asked,
                    "ignore_errors": True,
                },
            ],
        },
        {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [
                {
                    "name": "Drift",
                    "jetfleet.protobuf.drift_report": {
                        "hosts": "{{ groups.boards }}",
                        "boards": "{{ groups.boards }}",
                        "looked_at": "{{ groups.boards }}",
                        "rules": RULES,
                        "folder": "reports",
                        "template": str(ROOT / "roles/drift/templates/drift.html.j2"),
                    },
                },
                *(
                    {
                        "name": name,
                        "jetfleet.protobuf.provision_report": {"hosts": "{{ groups.boards }}", "table": name},
                    }
                    for name in ("survey", "result")
                ),
                {
                    "name": "Gate",
                    "jetfleet.protobuf.wave_gate": {
                        "hosts": "{{ groups.boards }}",
                        "batch": ["localhost"],
                        "max_fail_percentage": 0,
                    },
                },
            ],
        },
    ]


def ask(folder: Path, answers: dict[str, str]) -> Played:
    make_collection(folder / "collections", "protobuf_facts", STAND_IN)
    for host, text in answers.items():
        (folder / f"{host}.json").write_text(text)
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"), "STAND_IN": str(folder)}
    return play(folder, plays(), boards={host: {} for host in answers}, environment=environment)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return about(ask(tmp_path_factory.mktemp("honest"), HONEST))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lying")


@pytest.fixture(scope="module")
def lying(folder: Path) -> Played:
    liars = {host: text for host, (text, _words) in LIARS.items()}
    return ask(folder, {**liars, **HONEST, **FRAUDS})


def about(played: Played) -> dict[str, list[str]]:
    """Return what the reports say of the honest boards, without the widths of columns and the time."""
    assert played.exit_status == 0, played.output
    rows = [" ".join(line.split()) for line in played.output.splitlines() if not line.startswith(("ok:", "fatal:"))]
    return {
        host: [" ".join(row.split()[:2] + row.split()[4:]) for row in rows if row.startswith((f"{host} ", f"{host}:"))]
        for host in HONEST
    }


def test_what_is_said_of_honest_boards_stays_the_same(honest: Any, lying: Played) -> None:
    assert about(lying) == honest
    assert all(honest.values())


@pytest.mark.parametrize("host", LIARS)
def test_a_liar_fails_and_its_field_is_named(lying: Played, host: str) -> None:
    words = LIARS[host][1]
    drift, provision = lying.result("Drift", "localhost"), lying.result("result", "localhost")
    assert drift["statuses"][host] == "failed"
    assert words in drift["reasons"][host]
    assert host in provision["pending"]
    assert words in provision["reasons"][host]


def test_what_a_board_says_beside_its_facts_is_not_believed(lying: Played) -> None:
    assert (
        lying.result("Drift", "localhost")["statuses"]["fraud"]
        == lying.result("Drift", "localhost")["statuses"]["anna"]
    )
    assert [*lying.result("Gather", "fraud")["ansible_facts"]] == ["jetfleet"]


def test_nothing_steers_the_terminal_and_all_files_can_be_read(lying: Played, folder: Path) -> None:
    assert not set(lying.output) & set(OSC) - {"0", ";", "o", "w", "n", "e", "d", "]"}
    report = json.loads((folder / "reports/drift.json").read_text(), parse_constant=lambda name: pytest.fail(name))
    assert len(report["boards"]) == len(LIARS) + len(HONEST) + len(FRAUDS)
    assert not set((folder / "reports/drift.html").read_text()) & {"\x1b", "\x07", "\u202e"}
