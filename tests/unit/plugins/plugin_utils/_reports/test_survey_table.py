# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What boards are and what will change on them."""

from __future__ import annotations

from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.survey_table import (
    HEADERS,
    cells,
    sentences,
    survey_rows,
)
from ansible_collections.jetfleet.protobuf.tests.support.boards import (
    DESIRED,
    fast_nano,
    module_copy,
    no_fault,
    slow_nano,
)


def plan(facts: Any) -> Any:
    return make_plan(facts, DESIRED, lambda _key: None, no_fault)


def board(facts: dict[str, Any], **planned: Any) -> dict[str, Any]:
    facts["board"]["jetpack"] = "4.6.1"
    facts["load_time"] = {"status": "ok", "seconds": {"median": 0.000222}}
    return {"jetfleet_plan": {**plan(facts), **planned, "ansible_facts": {"jetfleet": facts}}}


def shown(variables: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
    rows = survey_rows({"b": variables}, ["b", "b"])
    (row,) = cells(rows)
    return dict(zip(HEADERS, row, strict=True)), sentences(rows)


def test_a_board_that_lacks_everything() -> None:
    facts = slow_nano()
    facts["module"]["copies"] += [module_copy(f"/usr/lib/{number}.egg", "3.6.0") for number in range(2)]
    cell, said = shown(board(facts))
    assert cell == {
        "board": "b",
        "model": "NVIDIA Jetson Nano Developer Kit",
        "JetPack": "4.6.1",
        "Python": "3.6.9",
        "protobuf": "3.19.6 (python)",
        "load time": "222 µs",
        "will change": "install library, install module, remove copy",
    }
    assert said == []


def test_a_healthy_board() -> None:
    cell, _said = shown(board(fast_nano(plan(slow_nano())["digest"])))
    assert (cell["protobuf"], cell["will change"]) == ("3.6.0 (cpp)", "nothing")


def test_a_load_time_that_an_earlier_look_has_measured() -> None:
    variables = board(slow_nano())
    proofs = {"load_time": {"fingerprint": "1a", "proven": "2026-11-30T02:00:00Z", "reused": True}}
    variables["jetfleet_plan"]["ansible_facts"]["jetfleet"]["proofs"] = proofs
    assert shown(variables)[0]["load time"] == "222 µs (2026-11-30)"
    proofs["load_time"]["reused"] = False
    assert shown(variables)[0]["load time"] == "222 µs"


def test_refusals_and_warnings_have_a_line_each() -> None:
    cell, said = shown(board(slow_nano(), refusals=["No room.", "No\npip."], notices=["Mind this."]))
    assert cell["will change"] == "refused"
    assert said == ["b: No room.", "b: No\npip.", "b: Mind this."]


def test_what_is_unproven_has_a_line() -> None:
    facts = fast_nano(plan(slow_nano())["digest"]) | {"opencv": {"verdict": "unproven", "reason": "It is too hot."}}
    cell, said = shown(board(facts))
    assert cell["will change"] == "nothing"
    assert said == ["b: Unproven: It is too hot."]


def test_a_board_that_does_not_answer() -> None:
    cell, said = shown({"jetfleet_plan": {"unreachable": True, "msg": "no route"}})
    assert cell == dict.fromkeys(HEADERS, "-") | {"board": "b", "will change": "unreachable"}
    assert said == [
        "b: There is no connection to the board: no route; run ansible BOARD -m ping -vvvv to see where it ends."
    ]


def test_a_board_that_cannot_be_planned() -> None:
    facts = board(slow_nano())["jetfleet_plan"]["ansible_facts"]
    failed = {"jetfleet_plan": {"failed": True, "msg": "no such version", "ansible_facts": facts}}
    cell, said = shown(failed)
    assert (cell["protobuf"], cell["will change"]) == ("3.19.6 (python)", "failed")
    assert said == ["b: no such version."]


def test_what_a_role_noted_counts() -> None:
    cell, said = shown(board(slow_nano()) | {"__rollout_failure": {"failed": True, "msg": "stopped"}})
    assert (cell["will change"], said) == ("failed", ["b: stopped."])
