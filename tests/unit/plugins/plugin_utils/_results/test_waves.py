# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a wave may start: every kind of board that is not well counts."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.waves import stop_reason

GO = {"__rollout_gate": {"stopped": False, "reason": None}}
SURVEYED = {"ansible_facts": {"jetfleet": {"module": {"backend": "cpp", "version": "3.6.0"}}}}
WELL: dict[str, Any] = GO | {"__survey_before": SURVEYED, "__survey_plan": {"actions": []}}
UNWELL: dict[str, dict[str, Any]] = {
    "failed": WELL | {"__rollout_failure": {"msg": "no"}},
    "refused": WELL | {"__survey_plan": {"actions": [], "refusals": ["No."]}},
    "unreachable": GO | {"__survey_before": {"unreachable": True, "msg": "no route"}},
    "rolled_back": WELL | {"__survey_after": {"failed": True, "rolled_back": True, "msg": "slow"}},
}


def reason(boards: dict[str, dict[str, Any]], batch: list[str], percentage: float = 20) -> str | None:
    return stop_reason(boards, boards, batch, percentage)


def test_the_first_wave_always_starts() -> None:
    assert reason({"a": {}, "b": {}}, ["a", "b"], 0) is None


@pytest.mark.parametrize("status", UNWELL)
def test_every_kind_of_unwell_board_stops_the_next_wave(status: str) -> None:
    found = reason({"canary": UNWELL[status], "b": GO}, ["b"])
    assert found is not None
    assert f"1 of the 1 boards of the waves before are not well (canary {status})" in found


@pytest.mark.parametrize(("unwell", "stopped"), [(0, False), (1, False), (2, False), (3, True)])
def test_the_threshold_is_a_share_of_all_boards_so_far(unwell: int, stopped: bool) -> None:
    boards = {f"b{number}": (UNWELL["failed"] if number < unwell else WELL) for number in range(10)} | {"next": GO}
    assert (reason(boards, ["next"]) is not None) == stopped


def test_boards_that_have_not_had_their_turn_do_not_count() -> None:
    boards = {"canary": WELL, "b": GO, "later": {}, "dead": {"__survey_before": {"unreachable": True}}}
    assert reason(boards, ["b"], 0) is None


def test_what_is_stopped_stays_stopped() -> None:
    held: dict[str, Any] = {"__rollout_gate": {"stopped": True, "reason": "Held back, because of a."}}
    boards = {f"b{number}": WELL for number in range(9)} | {"held": held, "next": GO}
    assert reason(boards, ["next"], 100) == "Held back, because of a."
