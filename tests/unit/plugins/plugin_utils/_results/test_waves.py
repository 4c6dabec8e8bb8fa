# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a wave may start: every kind of board that is not well counts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.executor.playbook_executor import PlaybookExecutor
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.waves import split_into_waves, stop_reason
from hypothesis import given
from hypothesis import strategies as st

SIZES = st.integers(1, 20) | st.integers(1, 100).map("{}%".format)
GO = {"__rollout_gate": {"stopped": False, "reason": None}}
SURVEYED = {"ansible_facts": {"jetfleet": {"module": {"backend": "cpp", "version": "3.6.0"}}}}
PLAN: dict[str, Any] = {
    "actions": [],
    "refusals": [],
    "notices": [],
    "needs_build": False,
    "expected": {"python_version": "3.6.0"},
    **SURVEYED,
}
WELL: dict[str, Any] = GO | {"jetfleet_plan": PLAN}
UNWELL: dict[str, dict[str, Any]] = {
    "failed": WELL | {"__rollout_failure": {"msg": "no"}},
    "refused": WELL | {"jetfleet_plan": PLAN | {"refusals": ["No."]}},
    "unreachable": GO | {"jetfleet_plan": {"unreachable": True, "msg": "no route"}},
    "rolled_back": WELL | {"jetfleet_result": {"failed": True, "rolled_back": True, "msg": "slow"}},
}


def reason(boards: dict[str, dict[str, Any]], batch: list[str], percentage: float = 20) -> str | None:
    """Ask for a batch that comes after all boards that are not in it."""
    earlier = [board for board in boards if board not in batch]
    return stop_reason(boards, [*([earlier] if earlier else []), batch], batch, percentage)


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
    boards = {"canary": WELL, "b": GO, "later": {}, "dead": {"jetfleet_plan": {"unreachable": True}}}
    assert stop_reason(boards, [["canary"], ["b"], ["later", "dead"]], ["b"], 0) is None


def test_boards_of_a_wave_that_need_no_change_do_not_count_before_it() -> None:
    boards = {"canary": WELL, "dead": UNWELL["unreachable"], "b": GO}
    assert stop_reason(boards, [["canary"], ["dead", "b"]], ["b"], 0) is None
    assert stop_reason(boards, [["canary"], ["dead"], ["b"]], ["b"], 20) is not None


def test_what_is_stopped_stays_stopped() -> None:
    held: dict[str, Any] = {"__rollout_gate": {"stopped": True, "reason": "Held back, because of a."}}
    boards = {f"b{number}": WELL for number in range(9)} | {"held": held, "next": GO}
    assert reason(boards, ["next"], 100) == "Held back, because of a."


@given(st.lists(st.integers(0, 99), max_size=300, unique=True), st.lists(SIZES, min_size=1, max_size=5))
def test_waves_are_those_of_ansible(numbers: list[int], sizes: list[int | str]) -> None:
    """Ansible's own division of a play's hosts, without the play."""
    boards = [f"b{number}" for number in numbers]
    play = SimpleNamespace(serial=sizes, order=None, hosts="all")
    inventory = SimpleNamespace(get_hosts=lambda _hosts, order=None: list(boards))
    executor: Any = SimpleNamespace(_inventory=inventory)
    batches = PlaybookExecutor._get_serialized_batches(executor, play)
    assert split_into_waves(boards, sizes) == [batch for batch in batches if batch]
