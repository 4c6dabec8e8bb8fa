# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every action that reads a board hands it what was proven before, in real plays on localhost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED
from ansible_collections.jetfleet.protobuf.tests.support.capacities import OPTIONS
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import RULES
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.plays import play
from ansible_collections.jetfleet.protobuf.tests.support.proof_board import ProofBoard
from ansible_collections.jetfleet.protobuf.tests.unit.conftest import RunModule


def test_each_action_takes_over_what_another_one_has_proven(tmp_path: Path, installations: Installations) -> None:
    board = ProofBoard(tmp_path / "board", installations)
    options: dict[str, Any] = {
        **OPTIONS,
        "executable": str(board.python),
        "gather_subset": ["all", "!load_time", "!graphs"],
        "earlier_folder": str(tmp_path / "kept"),
    }
    desired = {**DESIRED, "executable": str(board.python)}
    tasks = [
        {"name": "Read", "jetfleet.protobuf.protobuf_facts": options},
        {
            "name": "Plan",
            "jetfleet.protobuf.protobuf_plan": {"facts_options": options, "desired": desired, "store": "/nowhere"},
        },
        {
            "name": "Assess",
            "jetfleet.protobuf.drift_assess": {"facts": options, "desired": desired, "rules": RULES},
        },
        {
            "name": "Read out of the fact cache",
            "jetfleet.protobuf.protobuf_facts": {
                **options,
                "earlier_facts": "{{ ansible_facts.jetfleet | default({}) }}",
                "earlier_folder": "",
            },
        },
    ]
    played = play(tmp_path, [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}], "--check")
    assert played.exit_status == 0, played.output
    imports = board.imports
    first, second, last = (
        played.result(task, "localhost")["ansible_facts"]["jetfleet"]
        for task in ("Read", "Plan", "Read out of the fact cache")
    )
    assert imports == 6
    assert not first["proofs"]["opencv"]["reused"]
    proven = first["proofs"]["opencv"]["proven"]
    for facts in (second, last):
        assert facts["proofs"]["opencv"] == {**first["proofs"]["opencv"], "reused": True}
        assert facts["opencv"] == first["opencv"]
    assert played.result("Assess", "localhost")["assessment"]["board"]["proven"] == {"opencv": proven}
    kept = json.loads((tmp_path / "kept/localhost.json").read_text())
    assert sorted(kept) == ["opencv", "proofs"]
    for name in ("protobuf_plan", "drift_assess", "protobuf_facts"):
        assert f"{name}: " not in played.output


def test_a_wrong_number_of_days_is_refused(tmp_path: Path) -> None:
    task = {"name": "Read", "jetfleet.protobuf.protobuf_facts": {"gather_subset": ["board"], "earlier_days": -1}}
    result = play(tmp_path, [{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]).result(
        "Read", "localhost"
    )
    assert result["msg"] == "earlier_days is -1: give 0 or a greater number."


def test_what_is_handed_back_is_neither_logged_nor_returned(run_module: RunModule) -> None:
    earlier = json.dumps({"proofs": {}, "opencv": {"reason": "/usr/bin/python3"}})
    result = run_module("protobuf_facts", gather_subset=["python"], earlier_facts=earlier)
    assert result["invocation"]["module_args"]["earlier_facts"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    # Nothing of it is taken for a secret.
    assert result["ansible_facts"]["jetfleet"]["python"]["executable"] == "/usr/bin/python3"
