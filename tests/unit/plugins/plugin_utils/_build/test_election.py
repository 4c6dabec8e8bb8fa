# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who builds for whom: one builder for each key, and the reasons why others do not."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._build.election import elect_builders, match_builder
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED, no_fault, slow_nano

Variables = dict[str, Any]
NEEDS = "Ubuntu 18.04, glibc 2.27 and Python 3.6"


def host(key: str = "k1", jobs: int = 4, memory: int = 3000, cores: int = 4, **changes: Any) -> Variables:
    plan = {
        "abi_key": key,
        "needs_build": True,
        "wheel_provider": "build",
        "build_refusals": [],
        "build": {"jobs": jobs, "memory_available_mb": memory, "cpu_count": cores},
    }
    return {
        "jetfleet_plan": {**plan, **changes, "ansible_facts": {"jetfleet": slow_nano()}},
    }


UNKNOWN = dict.fromkeys(("id", "version_id", "codename", "pretty_name"))


def facts(python: dict[str, Any] | None = None, **board: Any) -> Any:
    made = slow_nano()
    made["board"] |= {"architecture": "amd64"} | board
    made["python"] |= python or {}
    return made


def workstation(python: dict[str, Any] | None = None, **board: Any) -> Variables:
    variables = host("other", needs_build=False)
    variables["jetfleet_plan"]["ansible_facts"]["jetfleet"] = facts(python, **board)
    return variables


def elected(*builders: str, **hosts: Variables) -> list[tuple[str | None, str, list[str]]]:
    boards = [name for name in hosts if name not in builders]
    return [(found["builder"], found["abi_key"], found["targets"]) for found in elect_builders(hosts, boards, builders)]


def refusals(*builders: str, **hosts: Variables) -> list[str]:
    (found,) = elect_builders(hosts, [name for name in hosts if name not in builders], builders)
    assert found["builder"] is None
    sentences: list[str] = found["refusals"]
    return sentences


def test_one_builder_for_each_key() -> None:
    hosts = {"a": host("k1"), "b": host("k2"), "c": host("k1")}
    assert elected(**hosts) == [("a", "k1", ["a", "c"]), ("b", "k2", ["b"])]


@pytest.mark.parametrize("better", [{"jobs": 5}, {"cores": 5}])
def test_the_fittest_builds(better: dict[str, Any]) -> None:
    hosts = {"a": host(), "z": host(**better)}
    assert elected(**hosts) == [("z", "k1", ["a", "z"])]
    assert elect_builders(hosts, hosts)[0]["target"] == "z"


def test_equals_are_told_apart_by_name() -> None:
    assert elected(b=host(), a=host(), c=host()) == [("a", "k1", ["a", "b", "c"])]


def test_a_host_that_cannot_build_is_not_elected() -> None:
    assert elected(a=host(jobs=9, build_refusals=["no room."]), b=host()) == [("b", "k1", ["a", "b"])]
    assert refusals(a=host(build_refusals=["no room."])) == ["a cannot build now: no room."]


def test_a_host_with_a_wrong_clock_is_not_elected() -> None:
    wrong = slow_nano()
    wrong["board"] |= {"clock": 180.5, "clock_offset_seconds": -1796083020.0}
    build_refusals = make_plan(wrong, DESIRED, lambda _key: None, no_fault)["build_refusals"]
    assert elected(a=host(jobs=9, build_refusals=build_refusals), b=host()) == [("b", "k1", ["a", "b"])]
    (refusal,) = refusals(a=host(build_refusals=build_refusals))
    assert refusal.startswith("a cannot build now: The clock of this host is 56 years behind the controller's")


def test_a_board_that_needs_no_build_is_passed_over() -> None:
    assert elected(a=host(needs_build=False)) == []


def test_what_the_store_has_by_now_is_passed_over() -> None:
    hosts = {"a": host("k1"), "b": host("k2")}
    assert [found["abi_key"] for found in elect_builders(hosts, hosts, (), lambda key: key == "k1")] == ["k2"]


@pytest.mark.parametrize(
    "variables", [{}, {"jetfleet_plan": {"unreachable": True}}, {"jetfleet_plan": {"failed": True}}]
)
def test_a_board_without_a_plan_is_passed_over(variables: Variables) -> None:
    assert elected(a=variables, b=host()) == [("b", "k1", ["b"])]


def test_only_the_given_hosts_are_looked_at() -> None:
    (found,) = elect_builders({"a": host(), "b": host()}, ["b"])
    assert (found["builder"], found["target"], found["targets"]) == ("b", "b", ["b"])


def test_a_builder_of_the_same_distribution_compiles_for_all_keys() -> None:
    hosts = {"a": host("k1"), "b": host("k2"), "big": workstation()}
    assert elected("big", **hosts) == [("big", "k1", ["a"]), ("big", "k2", ["b"])]


def test_where_there_are_builders_no_board_compiles() -> None:
    assert refusals("big", a=host(), big=workstation(glibc="2.35")) == [
        f"big does not build for {NEEDS}: it has glibc 2.35 instead of glibc 2.27.",
        f"Add a host with {NEEDS} to the group builders.",
    ]


def test_a_board_may_be_a_builder_too() -> None:
    hosts = {"a": host(jobs=9), "b": host()}
    (found,) = elect_builders(hosts, hosts, ["b"])
    assert (found["builder"], found["targets"]) == ("b", ["a", "b"])


@pytest.mark.parametrize("variables", [{}, {"jetfleet_plan": {"failed": True}}])
def test_a_builder_that_was_not_surveyed_is_named(variables: Variables) -> None:
    assert "big was not reached" in refusals("big", a=host(), big=variables)[0]


def test_another_one_is_elected_when_one_has_failed() -> None:
    failed = {"__artefacts_failures": {"k1": "The disk is full."}}
    hosts = {"a": host("k1"), "b": host("k2"), "x": workstation() | failed, "y": workstation()}
    assert elected("x", "y", **hosts) == [("y", "k1", ["a"]), ("x", "k2", ["b"])]
    assert refusals("x", a=host(), x=workstation() | failed)[0] == "x failed to build k1: The disk is full."


def test_a_board_steps_in_for_another_one() -> None:
    hosts = {"a": host() | {"__artefacts_failures": {"k1": "It went away."}}, "b": host()}
    assert elected(**hosts) == [("b", "k1", ["a", "b"])]


@pytest.mark.parametrize("variable", ["jetfleet_signing_key", "jetfleet_allowed_signers"])
def test_where_signatures_are_asked_for_only_builders_compile(variable: str) -> None:
    """A board that claims 999 cores would make what the controller signs and what root installs on all others."""
    signed = {variable: "/keys"}
    liar = host(jobs=999, cores=999)
    assert (
        refusals(a=host() | signed, liar=liar | signed)
        == refusals(a=host() | signed, liar=liar)
        == [
            f"{variable} is set, so no board compiles what is signed and installed on others.",
            f"Add a host with {NEEDS} to the group builders.",
        ]
    )
    assert elected(a=host() | {variable: ""}, liar=liar) == [("liar", "k1", ["a", "liar"])]
    assert elected("big", a=host() | signed, liar=liar, big=workstation()) == [("big", "k1", ["a", "liar"])]
    assert elected(a=host(wheel_provider="pypi") | signed)[0][0] == "a", "the controller downloads it"


def test_a_wheel_of_pypi_needs_no_compiler() -> None:
    hosts = {"a": host(wheel_provider="pypi"), "big": workstation(glibc="2.35")}
    assert elected("big", **hosts) == [("a", "k1", ["a"])]


def test_a_wheel_of_pypi_needs_pip_on_the_controller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    assert refusals(a=host(wheel_provider="pypi")) == [
        f"PyPI's wheel is downloaded with pip, which the controller's Python {sys.executable} lacks: "
        f"run '{sys.executable} -m ensurepip', or install its distribution's package python3-pip."
    ]
    assert elected(a=host()) == [("a", "k1", ["a"])], "a compiler needs no pip of the controller"


@pytest.mark.parametrize(
    ("builder", "reasons"),
    [
        (facts(), []),
        (facts(architecture="armhf"), ["the architecture armhf instead of amd64 or arm64"]),
        (facts(architecture=None), ["the architecture None instead of amd64 or arm64"]),
        (facts(distribution={"id": "ubuntu", "version_id": "22.04"}), ["Ubuntu 22.04 instead of Ubuntu 18.04"]),
        (facts(distribution=UNKNOWN | {"id": "debian", "codename": "sid"}), ["Debian sid instead of Ubuntu 18.04"]),
        (facts(glibc="2.31"), ["glibc 2.31 instead of glibc 2.27"]),
        (facts({"version": "3.10.12"}), ["Python 3.10 instead of Python 3.6"]),
        (facts({"version": None}), ["Python unknown instead of Python 3.6"]),
        (facts({"headers": False}), []),
        (
            facts({"base_prefix": "/opt/python", "headers": False}, architecture="arm64"),
            ["no headers of the Python in /opt/python"],
        ),
        (
            facts({"base_prefix": "/opt/python"}),
            ["a Python in /opt/python, which has no build settings of another architecture"],
        ),
        (facts(glibc="2.31", distribution=UNKNOWN), ["Unknown unknown instead of Ubuntu 18.04", "glibc 2.31 instead of glibc 2.27"]),
    ],
)  # fmt: skip
def test_a_builder_that_does_not_match_is_refused_with_the_reasons(builder: Any, reasons: list[str]) -> None:
    assert match_builder(slow_nano(), builder) == reasons
