# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts each play of the playbooks is for, out of groups and plans."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.fleet import (
    NO_HOSTS,
    PLAY_HOSTS,
    Fleet,
    play_hosts,
    serial,
)

GATE = {"__rollout_gate": {"stopped": False}}


def plan(**changes: Any) -> dict[str, Any]:
    """Return the variables of a surveyed host; it needs nothing unless told."""
    facts = {"opencv": {"verdict": changes.pop("verdict", "independent")}}
    found = {"actions": [], "refusals": [], "notices": [], "needs_build": False, "ansible_facts": {"jetfleet": facts}}
    found["expected"] = {"python_version": "3.6.0"}
    return {"jetfleet_plan": found | changes}


HOSTS: dict[str, dict[str, Any]] = {
    "well": plan(),
    "slow": plan(actions=[{"action": "install_module"}]),
    "fresh": plan(actions=[{"action": "install_module"}], needs_build=True),
    "odd": plan(refusals=["No."]),
    "mixed": plan(verdict="conflict"),
    "accepted": plan(verdict="conflict") | {"opencv_check_fail_on": ["embedded"]},
    "dead": {"jetfleet_plan": {"unreachable": True}},
    "done": plan(actions=[{"action": "install_module"}]) | GATE,
    "new": {},
    "builder": {},
}
EXPECTED = {
    "boards": "well slow fresh odd mixed accepted dead done new",
    "boards_to_survey": "new",
    "boards_without_plan": "dead",
    "builders_to_survey": "builder",
    "boards_to_build_for": "fresh",
    "boards_to_report": "fresh dead",
    "boards_to_change": "slow fresh odd mixed",
}
GROUPS = {
    "all": list(HOSTS),
    "ungrouped": [],
    "boards": [host for host in HOSTS if host != "builder"],
    "builders": ["builder", "well"],
}


@pytest.mark.parametrize(("which", "hosts"), EXPECTED.items())
def test_each_play_is_for_its_hosts(which: str, hosts: str) -> None:
    assert play_hosts(HOSTS, GROUPS, which) == hosts.split()


def test_every_kind_of_play_is_tried() -> None:
    assert EXPECTED.keys() == PLAY_HOSTS.keys()


@pytest.mark.parametrize("which", sorted(PLAY_HOSTS))
def test_without_hosts_there_is_a_pattern_that_matches_none(which: str) -> None:
    assert play_hosts({}, {"all": [], "ungrouped": []}, which) == NO_HOSTS


def test_a_syntax_check_knows_groups_and_no_variables() -> None:
    assert play_hosts({}, GROUPS, "boards_to_survey") == GROUPS["boards"]
    assert play_hosts({}, GROUPS, "boards_to_change") == NO_HOSTS
    assert serial({}, GROUPS, "boards_to_change") == [1]


def test_builders_are_surveyed_for_a_build_alone() -> None:
    hosts = {"well": plan(), "builder": {}}
    groups = {"all": list(hosts), "ungrouped": [], "boards": ["well"], "builders": ["builder"]}
    assert play_hosts(hosts, groups, "builders_to_survey") == NO_HOSTS


def test_the_groups_are_those_that_the_variables_name() -> None:
    named = {"jetfleet_boards": "jetsons:!spare", "jetfleet_builders": "ci"}
    hosts = {"a": named, "b": named, "c": named, "d": named}
    groups = {"all": list("abcd"), "ungrouped": [], "jetsons": ["a", "b"], "spare": ["b"], "ci": ["c"], "boards": ["d"]}
    fleet = Fleet(hosts, groups)
    assert (fleet.boards, fleet.builders) == (["a"], ["c"])


def test_waves_are_shares_of_all_boards_and_count_those_that_change() -> None:
    names = [f"b{number:02}" for number in range(20)]
    change = {"b00", "b01", "b05", "b19"}
    hosts = {name: HOSTS["slow" if name in change else "well"] for name in names}
    groups = {"all": names, "ungrouped": [], "boards": names}
    # One board, then two, then all others.
    assert serial(hosts, groups, "boards_to_change") == [1, 1, 2]
    assert [len(wave) for wave in Fleet(hosts, groups).waves()] == [1, 2, 17]


def test_the_gate_counts_the_boards_of_a_play_that_surveys_them_itself() -> None:
    hosts: dict[str, Any] = {"a": {}, "b": {}, "c": {}}
    groups = {"all": list(hosts), "ungrouped": [], "boards": list(hosts)}
    assert Fleet(hosts, groups).waves({"a", "c"}) == [["a"], ["c"]]


def test_the_sizes_of_waves_are_the_variable_of_the_first_board() -> None:
    groups = {"all": ["a"], "ungrouped": [], "boards": ["a"]}
    assert serial({"a": {"jetfleet_waves": 5}}, groups, "boards") == [5]
    assert serial({"a": {"jetfleet_waves": [2, "50%"]}}, groups, "boards") == [2, "50%"]
