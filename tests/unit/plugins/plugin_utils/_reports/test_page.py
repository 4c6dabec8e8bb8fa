# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report arranged for the page."""

from __future__ import annotations

from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.drift_report import assemble
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.host_status import Look, looked_at, skipped
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.page import page
from ansible_collections.jetfleet.protobuf.tests.support.drift_reports import (
    BEFORE,
    DEFINITIONS,
    FAILED,
    MISMATCH,
    NOW,
    UNREACHABLE,
    exempted,
    facts,
    filled,
    finding,
    fleet_report,
    met,
    survey,
)


def shown(*looks: Look, previous: Any = None) -> dict[str, Any]:
    return page(assemble(looks, DEFINITIONS, previous, NOW, "0.1.0"))


def hosts(entry: dict[str, Any]) -> list[str]:
    return [board["host"] for board in entry["boards"]]


def test_the_worst_boards_come_first() -> None:
    looks = [
        skipped("a", []),
        looked_at("b", survey()),
        looked_at("nano-10", survey(finding("jetpack"))),
        looked_at("nano-9", survey(finding("jetpack"))),
        looked_at("e", survey(finding("environment"))),
        looked_at("f", survey(finding("environment"), finding("opencv"))),
        looked_at("g", UNREACHABLE),
        looked_at("h", MISMATCH),
        looked_at("i", FAILED),
    ]
    assert [row["host"] for row in shown(*looks)["rows"]] == ["i", "h", "g", "f", "e", "nano-9", "nano-10", "b", "a"]


def test_rules_are_shown_with_their_boards_the_gravest_and_most_frequent_first() -> None:
    first = looked_at("a", survey(finding("jetpack"), finding("environment"), finding("opencv")))
    second = looked_at("b", survey(finding("jetpack"), finding("module-backend")))
    third = looked_at("c", survey(finding("module-backend"), exempted("opencv", "Known.", "2026-12-24")))
    made = shown(first, second, third)
    assert [(rule["rule"], hosts(rule)) for rule in made["rules"]] == [
        ("module-backend", ["b", "c"]),
        ("opencv", ["a"]),
        ("environment", ["a"]),
        ("jetpack", ["a", "b"]),
    ]
    assert made["severities"] == ["error", "warning", "info"]


def test_new_findings_are_counted_for_each_rule() -> None:
    earlier = assemble([looked_at("a", survey(finding("opencv")))], DEFINITIONS, None, BEFORE, "0.1.0")
    (rule,) = shown(*(looked_at(host, survey(finding("opencv"))) for host in "abc"), previous=earlier)["rules"]
    assert (rule["new"], [board["new"] for board in rule["boards"]]) == (2, [False, True, True])


def test_equal_remedies_are_shown_once() -> None:
    looks = [
        looked_at("a", survey(filled("environment", "a"))),
        looked_at("b", survey(filled("environment", "b"), filled("library-cached", "b"))),
        looked_at("c", survey(filled("library-cached", "c"), finding("opencv", remedy=None))),
    ]
    remedies = {rule["rule"]: rule["remedies"] for rule in shown(*looks)["rules"]}
    assert remedies["environment"] == [
        {"text": "Remove the line from the file that the finding names.", "hosts": ["a", "b"], "commands": []}
    ]
    (cached,) = remedies["library-cached"]
    assert cached["commands"] == ["ssh b sudo ldconfig", "ssh c sudo ldconfig"]
    assert remedies["opencv"] == []
    (jetpack,) = shown(*(looked_at(host, survey(finding("jetpack"))) for host in "ab"))["rules"]
    assert jetpack["remedies"] == [{"text": "Plan an update of {host}.", "hosts": ["a", "b"], "commands": []}]
    (same,) = shown(*(looked_at(host, survey(finding("library-cached"))) for host in "ab"))["rules"]
    assert [remedy["commands"] for remedy in same["remedies"]] == [["ssh {host} sudo ldconfig"]]


def test_equal_exemptions_are_shown_once_the_first_to_end_first() -> None:
    looks = [
        looked_at("a", survey(exempted("opencv", "Known.", "2027-01-31"))),
        looked_at("b", survey(exempted("opencv", "Known.", "2027-01-31"), exempted("load-time", "Old.", "2026-12-24"))),
        looked_at("c", survey(exempted("opencv", "Other.", "2027-01-31"))),
    ]
    assert [(entry["rule"], entry["reason"], hosts(entry)) for entry in shown(*looks)["exempted"]] == [
        ("load-time", "Old.", ["b"]),
        ("opencv", "Known.", ["a", "b"]),
        ("opencv", "Other.", ["c"]),
    ]


def test_rules_that_were_not_evaluated_are_shown_by_reason() -> None:
    looks = [looked_at(host, survey(met("opencv", "not_evaluated", "No facts."))) for host in "ab"]
    (entry,) = shown(*looks)["not_evaluated"]
    assert (entry["rule"], entry["reason"], hosts(entry)) == ("opencv", "No facts.", ["a", "b"])


def test_resolved_findings_are_shown_by_rule() -> None:
    before = [looked_at(host, survey(finding("opencv"), finding("load-time"))) for host in "ab"]
    earlier = assemble(before, DEFINITIONS, None, BEFORE, "0.1.0")
    made = shown(looked_at("a", survey()), looked_at("b", survey(finding("opencv"))), previous=earlier)
    assert [(entry["rule"], entry["first_seen"], hosts(entry)) for entry in made["resolved"]] == [
        ("load-time", BEFORE, ["a", "b"]),
        ("opencv", BEFORE, ["a"]),
    ]


def test_load_times_are_drawn_against_the_budget() -> None:
    slow = facts("python", 12.0)
    free = facts(seconds=0.2)
    free["load_time"]["budget"] = None
    failed = facts()
    failed["load_time"] |= {"seconds": None, "status": "timed_out"}
    looks = [
        looked_at("fast", survey()),
        looked_at("slow", survey(board=slow)),
        looked_at("free", survey(board=free)),
        looked_at("failed", survey(board=failed)),
        looked_at("unmeasured", survey(board=facts(seconds=None))),
        looked_at("dead", UNREACHABLE),
    ]
    made = shown(*looks)["load_times"]
    bars = {bar["host"]: bar for bar in made["bars"]}
    assert list(bars) == ["slow", "free", "fast"]
    assert [bar["over"] for bar in bars.values()] == [True, False, False]
    assert bars["slow"]["width"] > bars["slow"]["budget_at"] == bars["fast"]["budget_at"] > bars["fast"]["width"]
    assert bars["free"]["budget_at"] is None
    assert made["budgets"] == [5.0]
    assert made["logarithmic"]


def test_nothing_is_drawn_where_nothing_was_measured() -> None:
    assert shown(looked_at("b", survey(board=facts(seconds=None))))["load_times"] is None


def test_a_large_fleet_is_shown_without_what_is_well() -> None:
    report = fleet_report(400)
    made = page(report)
    rows = {row["host"] for row in made["rows"]}
    quiet = {host for names in made["quiet"].values() for host in names}
    assert rows | quiet == {board["host"] for board in report["boards"]}
    assert not rows & quiet
    assert set(made["quiet"]) == {"compliant", "skipped"}
    assert all(row["findings"] or row["reason"] for row in made["rows"])
    assert (len(made["load_times"]["bars"]), len(made["load_times"]["left_out"]) > 0) == (200, True)
    assert made["linked"] == rows


def test_a_fleet_that_is_not_large_is_shown_whole() -> None:
    made = page(fleet_report(300))
    assert (len(made["rows"]), made["quiet"]) == (300, {})
