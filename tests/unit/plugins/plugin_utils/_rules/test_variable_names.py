# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of variables that look like ours."""

from __future__ import annotations

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.variable_names import (
    remedy,
    role_variables,
    unknown_names,
)
from hypothesis import given
from hypothesis import strategies as st

OURS = role_variables()
LETTERS = "abcdefghijklmnopqrstuvwxyz_"
# What names of other roles and of users look like, and what Ansible and this collection use themselves.
FOREIGN = (
    "rollout_strategy",
    "rollout_report_state",
    "survey_url",
    "survey_results",
    "drift_enabled",
    "drift_rule",
    "libprotobuf_package",
    "opencv_version",
    "build_dependencies",
    "python_version",
    "pythonpath",
    "boards",
    "__libprotobuf_verson",
    "__jetfleet_plan",
    "ansible_jetfleet_version",
)


def test_our_names_are_those_of_all_roles() -> None:
    assert {"libprotobuf_version", "build_deps_packages", "jetfleet_waves", "jetfleet_drift_rules"} <= OURS


@given(st.sampled_from(sorted(OURS)), st.data())
def test_every_typing_error_is_found(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from(LETTERS))
    exchanged = name[:place] + name[place : place + 2][::-1] + name[place + 2 :]
    missing = name[:place] + name[place + 1 :]
    for wrong in (exchanged, missing, name[:place] + letter + name[place:], missing[:place] + letter + missing[place:]):
        if wrong not in OURS:
            found = remedy(wrong, OURS)
            assert found is not None
            assert found.startswith("did you mean ")


@given(st.lists(st.sampled_from(sorted(OURS))))
def test_our_own_names_are_never_refused(names: list[str]) -> None:
    assert unknown_names({"nano-1": names}, OURS) == []


@pytest.mark.parametrize("name", FOREIGN)
def test_names_of_others_are_left_alone(name: str) -> None:
    assert unknown_names({"nano-1": [name]}, OURS) == []


def test_a_name_is_reported_once_with_its_hosts() -> None:
    hosts = {"nano-1": ["x"], "nano-2": ["libprotobuf_verson"], "nano-3": ["libprotobuf_verson", "jetfleet_colour"]}
    assert unknown_names(hosts, OURS) == [
        "jetfleet_colour of nano-3 is not a variable of this collection: rename it, as names that begin with jetfleet_ "
        "are reserved, or correct it ('ansible-doc -t role' shows them).",
        "libprotobuf_verson of nano-2 and 1 more host is not a variable of this collection: did you mean libprotobuf_version.",
    ]
