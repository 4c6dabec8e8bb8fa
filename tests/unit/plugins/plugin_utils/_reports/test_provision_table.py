# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the report: every board once, whatever became of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.provision_table import (
    HEADERS,
    cells,
    pending,
    report_rows,
    restart_sentences,
)
from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED, fast_nano, no_fault, slow_nano
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import old_process

Variables = dict[str, Any]


def plan(facts: Any) -> Any:
    return make_plan(facts, DESIRED, lambda _key: None, no_fault) | {"changed": False}


def result(facts: Any, seconds: float, opencv: str = "independent") -> dict[str, Any]:
    facts["load_time"] = {"status": "ok", "seconds": {"min": seconds, "median": seconds, "runs": 3}}
    facts["opencv"] = {"verdict": opencv}
    return {"ansible_facts": {"jetfleet": facts}, "changed": False}


def board(done: bool = True) -> Variables:
    planned = plan(slow_nano())
    variables = {"jetfleet_plan": {**planned, **result(slow_nano(), 12.4)}}
    if done:
        variables["jetfleet_result"] = result(fast_nano(planned["digest"]), 0.1)
    return variables


def row(variables: Variables) -> Any:
    (only,) = report_rows({"b": variables}, ["b"])
    return only


def test_a_board_that_was_changed() -> None:
    assert row(board()) == {
        "board": "b",
        "backend_before": "python",
        "backend_after": "cpp",
        "version_before": "3.19.6",
        "version_after": "3.6.0",
        "seconds_before": 12.4,
        "seconds_after": 0.1,
        "speed_up": 124.0,
        "opencv": "independent",
        "status": "changed",
        "reason": None,
    }


def test_a_board_that_was_right_before() -> None:
    facts = fast_nano(plan(slow_nano())["digest"])
    found = row({"jetfleet_plan": {**plan(facts), **result(facts, 0.1)}})
    assert (found["status"], found["backend_after"], found["version_after"]) == ("unchanged", "cpp", "3.6.0")
    assert (found["seconds_after"], found["speed_up"]) == (0.1, None)


def test_a_board_that_was_refused() -> None:
    facts = slow_nano()
    facts["board"]["architecture"] = "armhf"
    found = row({"jetfleet_plan": {**plan(facts), **result(facts, 1.0)}})
    assert found["status"] == "refused"
    assert "armhf" in found["reason"]
    assert found["backend_after"] is None


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "No facts came"),
        ({"jetfleet_plan": {"unreachable": True, "msg": "no route"}}, "no connection to the board: no route"),
        ({"jetfleet_plan": {"skipped": True}}, "No facts came"),
        (board() | {"jetfleet_result": {"unreachable": True, "msg": "gone"}}, "gone"),
    ],
)
def test_a_board_that_did_not_answer(variables: Variables, words: str) -> None:
    found = row(variables)
    assert found["status"] == "unreachable"
    assert words in found["reason"]


def backend_still_python() -> Variables:
    variables = board()
    variables["jetfleet_result"]["ansible_facts"]["jetfleet"]["module"]["backend"] = "python"
    return variables


def still_old_version() -> Variables:
    variables = board()
    variables["jetfleet_result"]["ansible_facts"]["jetfleet"]["module"]["version"] = "3.19.6"
    return variables


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        (board(done=False), "did not come to its end"),
        ({"jetfleet_plan": {"failed": True, "msg": "Missing sudo password"}}, "wants a password"),
        (board() | {"jetfleet_plan": {"failed": True, "msg": "no such version"}}, "no such version"),
        (board() | {"jetfleet_result": {"failed": True, "msg": "No room"}}, "No room"),
        (backend_still_python(), "with the backend python instead of 3.6.0 with cpp"),
        (still_old_version(), "protobuf 3.19.6"),
    ],
)
def test_a_board_that_failed(variables: Variables, words: str) -> None:
    found = row(variables)
    assert found["status"] == "failed"
    assert words in found["reason"]


def test_a_board_that_went_back() -> None:
    after = result(slow_nano(), 12.0) | {"failed": True, "rolled_back": True, "msg": "The backend is python"}
    found = row(board() | {"jetfleet_result": after, "__rollout_failure": {"msg": "said again"}})
    assert (found["status"], found["reason"]) == ("rolled_back", "The backend is python.")
    assert (found["backend_after"], found["speed_up"]) == ("python", None)


def test_a_board_whose_wave_was_stopped() -> None:
    found = row({"__rollout_gate": {"stopped": True, "reason": "Held back."}})
    assert (found["status"], found["reason"]) == ("held_back", "Held back.")


def test_what_went_wrong_after_the_survey_is_the_reason() -> None:
    failure = {"failed": True, "msg": "OpenCV on b is judged conflict"}
    found = row(board() | {"__rollout_failure": failure})
    assert (found["status"], found["reason"]) == ("failed", "OpenCV on b is judged conflict.")


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        (fast_nano("1"), slow_nano(), "removed"),
        (fast_nano("1"), fast_nano("1"), "failed"),
        (slow_nano(), None, "unchanged"),
    ],
)
def test_a_board_that_nothing_of_the_collection_should_be_on(before: Any, after: Any, status: str) -> None:
    variables = {"jetfleet_plan": {**plan(slow_nano()), **result(before, 0.1)}}
    variables |= {"jetfleet_result": result(after, 12.0)} if after else {"jetfleet_result": {"skipped": True}}
    (found,) = report_rows({"b": variables}, ["b"], "absent")
    assert found["status"] == status


def test_check_mode_tells_what_would_be_removed() -> None:
    after = result(fast_nano("1"), 0.1) | {"changed": True}
    variables = {"jetfleet_plan": result(fast_nano("1"), 0.1), "jetfleet_result": after}
    (found,) = report_rows({"b": variables}, ["b"], "absent")
    assert found["status"] == "removed"


def test_boards_that_are_not_well_are_pending() -> None:
    rows: Any = [
        {"board": status, "status": status} for status in ("changed", "failed", "unchanged", "held_back", "removed")
    ]
    assert pending(rows) == ["failed", "held_back"]


def test_check_mode_tells_what_would_be_changed() -> None:
    variables = board(done=False)
    variables["jetfleet_plan"]["changed"] = True
    found = row(variables)
    assert (found["status"], found["reason"], found["backend_after"]) == ("changed", None, None)


def test_every_board_has_exactly_one_row_in_the_given_order() -> None:
    boards: dict[str, Variables] = {"z": {}, "a": board(), "m": board(done=False)}
    assert [found["board"] for found in report_rows(boards, ["z", "a", "m", "a"])] == ["z", "a", "m"]


def test_load_times_that_were_not_measured_are_left_out() -> None:
    variables = board()
    variables["jetfleet_plan"]["ansible_facts"]["jetfleet"]["load_time"]["status"] = "timed_out"
    found = row(variables)
    assert (found["seconds_before"], found["seconds_after"], found["speed_up"]) == (None, 0.1, None)


def test_cells_show_a_dash_for_what_is_not_known() -> None:
    first, second = cells(report_rows({"a": board(), "b": {}}, ["a", "b"]))
    assert first == ["a", "python", "cpp", "3.19.6", "3.6.0", "12.4 s", "100 ms", "124 x", "independent", "changed"]
    assert second == ["b", *["-"] * 8, "unreachable"]
    assert len(HEADERS) == len(first)


def restarts(variables: Variables) -> list[str]:
    return restart_sentences({"b": variables}, ["b", "b"])


def test_processes_with_the_old_protobuf_are_named() -> None:
    variables = board()
    assert restarts(variables) == []
    variables["jetfleet_result"]["restart_needed"] = [old_process()]
    assert restarts(variables) == ["b: 1 process still uses the old protobuf: detector.service (pid 812, nvidia)."]
    # Before the change there was another one.
    variables["jetfleet_plan"]["ansible_facts"]["jetfleet"]["processes"]["old"] = [old_process(pid=4711)]
    assert "pid 812" in restarts(variables)[0]
    variables["jetfleet_result"]["restart_needed"] = []
    assert restarts(variables) == []


def test_processes_of_a_board_that_nothing_was_done_to_are_named() -> None:
    variables = board(done=False)
    variables["jetfleet_plan"]["ansible_facts"]["jetfleet"]["processes"]["old"] = [old_process()]
    assert "pid 812" in restarts(variables)[0]
    assert restarts({}) == []


def test_units_that_would_be_restarted_are_named_in_check_mode() -> None:
    variables = board(done=False) | {"jetfleet_restart_units": ["detector.service", "viewer.service"]}
    assert restarts(variables) == []
    variables["jetfleet_plan"]["changed"] = True
    assert restarts(variables) == ["b: detector.service, viewer.service would be restarted."]
    variables["jetfleet_plan"]["actions"] = [{"action": "write_constraint", "reason": "x", "version": "3.6.0"}]
    assert restarts(variables) == []
    # A removal says so itself.
    variables["jetfleet_result"] = {"changed": True, "restart_units": ["detector.service"]}
    assert restarts(variables) == ["b: detector.service would be restarted."]


def test_units_that_did_not_come_up_again_are_named() -> None:
    variables = board()
    variables["jetfleet_result"]["failed_units"] = ["detector.service did not stay active"]
    assert restarts(variables) == ["b: detector.service did not stay active."]
    variables["jetfleet_result"]["rolled_back"] = True
    assert restarts(variables) == []
