# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who builds for whom: one target for each ABI key, one builder for each target."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._election import elect_builders
from ansible_collections.jetfleet.protobuf.tests.support.boards import slow_nano

Variables = dict[str, Any]


def host(key: str = "k1", jobs: int = 4, memory: int = 3000, cores: int = 4, **changes: Any) -> Variables:
    plan = {
        "abi_key": key,
        "needs_build": True,
        "build_refusals": [],
        "build": {"jobs": jobs, "memory_available_mb": memory, "cpu_count": cores},
    }
    return {
        "__survey_plan": plan | changes,
        "__survey_before": {"ansible_facts": {"jetfleet": slow_nano()}},
    }


def workstation(**board: Any) -> Variables:
    variables = host("other", needs_build=False)
    variables["__survey_before"]["ansible_facts"]["jetfleet"]["board"] |= {"architecture": "amd64"} | board
    return variables


def elected(*builders: str, **hosts: Variables) -> list[tuple[str, list[str]]]:
    return [(found["builder"], found["targets"]) for found in elect_builders(hosts, hosts, builders)]


def test_one_builder_for_each_key() -> None:
    assert elected(a=host("k1"), b=host("k2"), c=host("k1")) == [("a", ["a"]), ("b", ["b"])]


@pytest.mark.parametrize("better", [{"jobs": 5}, {"cores": 5}])
def test_the_fittest_builds(better: dict[str, Any]) -> None:
    assert elected(a=host(), z=host(**better)) == [("z", ["z"])]


def test_equals_are_told_apart_by_name() -> None:
    assert elected(b=host(), a=host(), c=host()) == [("a", ["a"])]


def test_a_host_that_cannot_build_is_not_elected() -> None:
    assert elected(a=host(jobs=9, build_refusals=["no room"]), b=host()) == [("b", ["a"])]
    assert elected(a=host(build_refusals=["no room"])) == []


def test_a_board_that_needs_no_build_is_passed_over() -> None:
    assert elected(a=host(needs_build=False)) == []


@pytest.mark.parametrize(
    "variables", [{}, {"__survey_plan": {"unreachable": True}}, {"__survey_plan": {"failed": True}}]
)
def test_a_board_without_a_plan_is_passed_over(variables: Variables) -> None:
    assert elected(a=variables, b=host()) == [("b", ["b"])]


def test_only_the_given_hosts_are_looked_at() -> None:
    assert elect_builders({"a": host(), "b": host()}, ["b"]) == [{"builder": "b", "targets": ["b"]}]


def test_a_builder_of_the_same_distribution_compiles_for_all_keys() -> None:
    hosts = {"a": host("k1"), "b": host("k2"), "big": workstation()}
    assert elected("big", **hosts) == [("big", ["a", "b"])]


@pytest.mark.parametrize("board", [{"glibc": "2.31"}, {"distribution": {"id": "debian", "version_id": "11"}}])
def test_a_builder_of_another_platform_is_of_no_use(board: dict[str, Any]) -> None:
    assert elected("big", a=host(), big=workstation(**board)) == [("a", ["a"])]
