# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as data: each host once, since when, new and resolved, and the schema that it keeps to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.drift_report import assemble
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.host_status import Look, looked_at, skipped
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import STATUSES
from ansible_collections.jetfleet.protobuf.tests.support.drift_reports import (
    BEFORE,
    DEFINITIONS,
    FAILED,
    MISMATCH,
    NOW,
    UNREACHABLE,
    YESTERDAY,
    exempted,
    facts,
    finding,
    fleet_report,
    met,
    models,
    survey,
)
from jsonschema import Draft202012Validator

SCHEMA = json.loads((Path(__file__).parents[5] / "roles/drift/files/drift-report.schema.json").read_text())
Report = Any


def report(*looks: Look, previous: Report | None = None, generated: str = NOW) -> Report:
    made = assemble(looks, DEFINITIONS, previous, generated, "0.1.0")
    Draft202012Validator(SCHEMA).validate(made)
    return made


def board(made: Report, host: str = "b") -> dict[str, Any]:
    (found,) = (entry for entry in made["boards"] if entry["host"] == host)
    return dict(found)


def one(*rules: Any, previous: Report | None = None, generated: str = NOW) -> Any:
    return board(report(looked_at("b", survey(*rules)), previous=previous, generated=generated))


def found(entry: dict[str, Any]) -> dict[str, Any]:
    (rule,) = (rule for rule in entry["rules"] if rule["outcome"] == "finding")
    return dict(rule)


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every object that the schema describes."""
    for value in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []:
        yield from objects(value)
    if isinstance(schema, dict) and schema.get("type") == "object":
        yield schema


def of_every_status() -> list[Look]:
    return [
        looked_at("e", survey(finding("module-backend"), finding("jetpack"), board=facts(graphs=models()))),
        looked_at("b", survey(exempted("opencv", "Known.", "2026-12-24"), met("tensorflow", "not_applicable"))),
        looked_at("c", FAILED),
        looked_at("a", UNREACHABLE),
        looked_at("d", MISMATCH),
        skipped("f", ["f"]),
    ]


def test_the_schema_is_one_and_closed() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    (described_by_id,) = [value for value in objects(SCHEMA) if value.get("additionalProperties") is not False]
    assert described_by_id["additionalProperties"]["additionalProperties"] is False


def test_every_host_is_there_once_and_sorted() -> None:
    made = report(*of_every_status())
    assert [entry["host"] for entry in made["boards"]] == list("abcdef")
    assert {entry["status"] for entry in made["boards"]} == set(STATUSES)
    others = {"boards": 6, "findings": 2, "new": 2, "resolved": 0}
    assert made["summary"] == {**others, **{str(status): 1 for status in STATUSES}}
    assert (made["generated"], made["previous"], made["collection_version"]) == (NOW, None, "0.1.0")


def test_an_empty_inventory_has_a_report() -> None:
    assert report()["summary"]["boards"] == 0


@pytest.mark.parametrize("size", [1, 12, 60])
def test_fleets_keep_to_the_schema(size: int) -> None:
    made = fleet_report(size)
    Draft202012Validator(SCHEMA).validate(made)
    assert made["previous"] == YESTERDAY


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), "2.0"),
        (("generated",), "2026-11-23 02:00"),
        (("summary", "boards"), -1),
        (("boards", 1, "status"), "well"),
        (("boards", 1, "reason"), "It is well."),
        (("boards", 0, "reason"), None),
        (("boards", 0, "extra"), 1),
        (("boards", 0, "rules"), [met("opencv")]),
        (("boards", 4, "rules", 2, "first_seen"), None),
        (("boards", 4, "rules", 2, "expires"), "2026-12-24"),
        (("boards", 1, "board", "load_time", "budget"), 0),
        (("boards", 1, "board", "graphs"), [{}]),
        (("boards", 4, "board", "graphs", 0, "budget"), 0),
        (("boards", 4, "board", "graphs", 0, "prediction", "seconds"), -1),
        (("boards", 4, "board", "graphs", 0, "prediction", "cpp", "measured"), 1),
    ],
)
def test_the_schema_refuses_what_is_no_report(path: tuple[Any, ...], value: Any) -> None:
    made = report(*of_every_status())
    place: Any = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert list(Draft202012Validator(SCHEMA).iter_errors(made))


def test_a_status_is_dated_from_the_first_run_that_gave_it() -> None:
    first = report(looked_at("b", FAILED), looked_at("c", survey()), generated=BEFORE)
    second = report(looked_at("b", FAILED), looked_at("c", FAILED), previous=first, generated=YESTERDAY)
    third = report(looked_at("b", FAILED), looked_at("c", FAILED), looked_at("d", FAILED), previous=second)
    assert {entry["host"]: entry["status_since"] for entry in third["boards"]} == {
        "b": BEFORE,
        "c": YESTERDAY,
        "d": NOW,
    }


def test_a_finding_is_new_once_and_keeps_its_date() -> None:
    backend = finding("module-backend")
    first = report(looked_at("b", survey(backend)), generated=BEFORE)
    assert [found(board(first))[name] for name in ("new", "first_seen")] == [True, BEFORE]
    second = report(looked_at("b", survey(backend)), looked_at("c", survey(backend)), previous=first)
    assert [found(board(second))[name] for name in ("new", "first_seen")] == [False, BEFORE]
    assert [found(board(second, "c"))[name] for name in ("new", "first_seen")] == [True, NOW]
    assert (second["summary"]["findings"], second["summary"]["new"]) == (2, 1)


@pytest.mark.parametrize("outcome", ["compliant", "not_applicable"])
def test_a_finding_that_is_gone_is_resolved_once(outcome: str) -> None:
    first = report(looked_at("b", survey(finding("opencv"))), generated=BEFORE)
    second = report(looked_at("b", survey(met("opencv", outcome))), previous=first, generated=YESTERDAY)
    assert board(second)["resolved"] == [{"rule": "opencv", "first_seen": BEFORE}]
    assert board(second)["known"] == []
    assert second["summary"]["resolved"] == 1
    assert one(previous=second)["resolved"] == []


@pytest.mark.parametrize(
    "between",
    [
        looked_at("b", UNREACHABLE),
        looked_at("b", MISMATCH),
        looked_at("b", FAILED),
        skipped("b", ["b"]),
        looked_at("b", survey(exempted("opencv", "Known.", "2026-12-24"))),
        looked_at("b", survey(met("opencv", "not_evaluated", "The facts do not contain opencv."))),
    ],
    ids=["unreachable", "host_key_mismatch", "failed", "skipped", "exempted", "not_evaluated"],
)
def test_a_finding_that_nothing_is_said_about_keeps_its_date(between: Look) -> None:
    opencv = finding("opencv")
    first = report(looked_at("b", survey(opencv)), generated=BEFORE)
    second = report(between, previous=first, generated=YESTERDAY)
    third = report(between, previous=second, generated=YESTERDAY)
    assert board(third)["known"] == [{"rule": "opencv", "first_seen": BEFORE}]
    assert board(third)["resolved"] == []
    assert [found(one(opencv, previous=third))[name] for name in ("new", "first_seen")] == [False, BEFORE]
    assert one(previous=third)["resolved"] == [{"rule": "opencv", "first_seen": BEFORE}]


def test_a_rule_that_is_gone_is_forgotten() -> None:
    first = report(looked_at("b", survey(finding("opencv", rule="own-rule"))), generated=BEFORE)
    entry = one(previous=first)
    assert (entry["known"], entry["resolved"]) == ([], [])


def test_a_host_that_is_gone_is_forgotten() -> None:
    first = report(looked_at("b", FAILED), looked_at("c", FAILED), generated=BEFORE)
    assert [entry["host"] for entry in report(looked_at("b", FAILED), previous=first)["boards"]] == ["b"]


def test_rules_are_described_from_their_definitions() -> None:
    made = report(looked_at("b", survey(finding("load-time"), finding("opencv", rule="own-rule", title="Own."))))
    assert made["rules"]["load-time"] == {
        "title": "The graph loads within its budget.",
        "description": "Median of the parses of the graph, measured on the board.",
        "severity": "error",
        "remedy": "Look for a load on the board, then provision it again.",
    }
    assert made["rules"]["own-rule"] == {"title": "Own.", "description": None, "severity": "error", "remedy": None}
    assert list(made["rules"]) == sorted(made["rules"])


def test_rules_of_boards_that_cannot_be_looked_at_are_described_as_before() -> None:
    first = report(looked_at("b", survey(finding("load-time"))), generated=BEFORE)
    second = report(looked_at("b", UNREACHABLE), previous=first)
    assert second["rules"] == {"load-time": first["rules"]["load-time"]}


def test_the_first_board_speaks_for_a_rule_that_boards_see_differently() -> None:
    strict, lenient = survey(finding("opencv")), survey(finding("opencv", severity="info", counts=False))
    made = report(looked_at("z", strict), looked_at("a", lenient))
    assert made["rules"]["opencv"]["severity"] == "info"


def test_what_drift_assess_says_beside_is_left_out() -> None:
    result = survey(finding("opencv") | {"expires": None}, met("load-time") | {"expires": None, "remedy": None})
    report(looked_at("b", result))


def test_an_expired_exemption_is_told() -> None:
    reason = "The exemption (Known) has expired on 2026-10-01."
    assert found(one(finding("opencv", reason=reason)))["reason"] == reason
