# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exemptions: a rule, a reason and a day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.exemptions import exemption_faults, merge

RULES = ["backend", "platform"]
ENTRY = {"reason": "The old detector needs it.", "expires": "2026-12-31"}


def fault(rule: str, entry: Any) -> str:
    (found,) = exemption_faults({rule: entry}, RULES)
    assert not found.endswith(".")
    return found


def test_a_whole_exemption_has_no_fault() -> None:
    assert exemption_faults({"backend": ENTRY}, RULES) == []
    assert exemption_faults({}, RULES) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"reason": None}, "the exemption of backend has no reason: say in a sentence why the rule does not count"),
        ({"reason": " "}, "the exemption of backend has no reason: "),
        ({"reason": 3}, "the exemption of backend has no reason: "),
        ({"expires": None}, "the exemption of backend does not expire: set expires to the day from which on"),
        ({"expires": "soon"}, "the exemption of backend expires on soon, which is not a date: write it as 2026-12-31"),
        ({"expires": "2026-02-30"}, "the exemption of backend expires on 2026-02-30, which is not a date: "),
        ({"expires": "20261231"}, "the exemption of backend expires on 20261231, which is not a date: "),
        ({"expires": "2026-W53-1"}, "the exemption of backend expires on 2026-W53-1, which is not a date: "),
        (
            {"expires": "2026-12-31 10:00:00"},
            "the exemption of backend expires on 2026-12-31 10:00:00, which is not a date: ",
        ),
        ({"expires": 20261231}, "the exemption of backend expires on 20261231, which is not a date: "),
        ({"until": "x"}, "the exemption of backend has the unknown field until: there are expires and reason"),
    ],
)
def test_an_exemption_with_a_fault(change: dict[str, Any], sentence: str) -> None:
    assert fault("backend", ENTRY | change).startswith(sentence)


def test_other_things_are_no_exemptions() -> None:
    assert (
        fault("backend", "x")
        == "the exemption of backend is a string, not a mapping: give it a reason and the day it expires"
    )
    assert exemption_faults(["backend"], RULES)[0].startswith(
        "the exemptions are a list, not a mapping: give a mapping"
    )
    assert exemption_faults({"backend": {}}, RULES) == [
        fault("backend", ENTRY | {"reason": None}),
        fault("backend", ENTRY | {"expires": None}),
    ]


def test_a_rule_that_does_not_exist_is_named_with_the_nearest() -> None:
    assert fault("bakend", ENTRY) == "the rule bakend is exempted and does not exist: did you mean backend"
    assert fault("zzz", ENTRY).endswith("does not exist: there are backend and platform")


def test_later_layers_win() -> None:
    merged = merge([{"backend": ENTRY, "platform": ENTRY}, {"backend": {"reason": "Other.", "expires": "2027-01-01"}}])
    assert (merged["backend"].reason, merged["backend"].expires) == ("Other.", date(2027, 1, 1))
    assert merged["platform"].reason == ENTRY["reason"]


def test_it_counts_again_on_the_day_that_is_named() -> None:
    exemption = merge([{"backend": ENTRY}])["backend"]
    assert not exemption.has_expired(date(2026, 12, 30))
    assert exemption.has_expired(date(2026, 12, 31))
