# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JUnit: what each outcome becomes, held against the public schema."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
import xmlschema
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.drift_report import assemble
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.host_status import Look, looked_at, skipped
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.junit import junit
from ansible_collections.jetfleet.protobuf.tests.support.drift_reports import (
    DEFINITIONS,
    FAILED,
    MISMATCH,
    NOW,
    UNREACHABLE,
    exempted,
    filled,
    finding,
    fleet_report,
    met,
    survey,
)
from ansible_collections.jetfleet.protobuf.tests.support.junit_schema import junit_schema
from junitparser import Error, Failure, JUnitXml, Skipped
from junitparser.junitparser import FinalResult


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema10:
    return junit_schema()


def xml(*looks: Look) -> bytes:
    return junit(assemble(looks, DEFINITIONS, None, NOW, "0.1.0"))


def case(look: Look, rule: str) -> Any:
    (suite,) = JUnitXml.fromstring(xml(look))
    (found,) = (entry for entry in suite if entry.name == rule)
    return found


def result(look: Look, rule: str) -> FinalResult:
    (found,) = case(look, rule).result
    assert isinstance(found, FinalResult)
    return found


def test_a_finding_is_a_failure() -> None:
    failure = result(looked_at("b", survey(filled("library-cached", "b"))), "library-cached")
    assert (type(failure), failure.type) == (Failure, "error")
    assert failure.message == "The linker cache knows libprotobuf: expected true, found false"
    assert failure.text.splitlines() == [
        "Expected: true",
        "Found: false",
        f"First seen: {NOW}",
        "Remedy: Refresh the linker cache: ssh b sudo ldconfig",
    ]


def test_an_expired_exemption_is_told_and_no_remedy_is_no_line() -> None:
    expired = finding("opencv", reason="The exemption (Known) has expired on 2026-10-01.", remedy=None)
    lines = result(looked_at("b", survey(expired)), "opencv").text.splitlines()
    assert lines[3:] == ["The exemption (Known) has expired on 2026-10-01."]


def test_a_finding_that_does_not_count_passes_and_is_told() -> None:
    passed = case(looked_at("b", survey(filled("jetpack", "b"))), "jetpack")
    assert passed.is_passed
    assert passed.system_out.splitlines() == [
        "JetPack is a release that this fleet was tested with",
        r"Expected: a match of ^(4\.6|5\.)",
        "Found: 4.2",
        f"First seen: {NOW}",
        "Remedy: Plan an update of b",
    ]


def test_a_rule_that_is_met_passes_silently() -> None:
    passed = case(looked_at("b", survey()), "opencv")
    assert (passed.is_passed, passed.system_out, passed.classname) == (True, None, "b")


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            exempted("opencv", "Known.", "2026-12-24"),
            "Exempted until 2026-12-24: Known. (expected one of absent, independent, links_distribution, embedded, found "
            "conflict)",
        ),
        (met("opencv", "not_applicable"), "The rule does not apply to this board."),
        (met("opencv", "not_evaluated", "The facts do not contain opencv."), "The facts do not contain opencv."),
    ],
    ids=lambda value: value["outcome"] if isinstance(value, dict) else "",
)
def test_what_says_nothing_about_the_board_is_skipped(rule: dict[str, Any], message: str) -> None:
    found = result(looked_at("b", survey(rule)), "opencv")
    assert (type(found), found.type, found.message) == (Skipped, rule["outcome"], message)


@pytest.mark.parametrize(
    ("look", "kind", "type_", "words"),
    [
        (looked_at("b", FAILED), Error, "failed", "has no Python"),
        (looked_at("b", UNREACHABLE), Error, "unreachable", "does not answer"),
        (looked_at("b", MISMATCH), Error, "host_key_mismatch", "host key of the board"),
        (skipped("b", []), Skipped, "skipped", "not in the group boards"),
    ],
)
def test_a_board_without_an_assessment_has_one_case(
    look: Look, kind: type[FinalResult], type_: str, words: str
) -> None:
    (suite,) = JUnitXml.fromstring(xml(look))
    assert (suite.name, suite.tests, suite.errors, suite.skipped) == (
        "b",
        1,
        int(kind is Error),
        int(kind is Skipped),
    )
    found = result(look, "survey")
    assert (type(found), found.type) == (kind, type_)
    assert words in found.message


def test_a_fleet_fits_the_public_schema(schema: xmlschema.XMLSchema10) -> None:
    report = fleet_report(60)
    made = junit(report)
    schema.validate(made.decode())
    suites = list(JUnitXml.fromstring(made))
    assert [suite.name for suite in suites] == [board["host"] for board in report["boards"]]
    root = ElementTree.fromstring(made)
    for name in ("tests", "failures", "errors"):
        assert int(root.attrib[name]) == sum(getattr(suite, name) for suite in suites) > 0
    counted = [rule for board in report["boards"] for rule in board["rules"] if rule.get("counts")]
    assert int(root.attrib["failures"]) == len(counted)


def test_the_schema_refuses_what_is_no_junit(schema: xmlschema.XMLSchema10) -> None:
    text = xml(looked_at("b", survey())).decode()
    assert not schema.is_valid(text.replace('<testcase name="opencv"', "<testcase"))


def test_what_boards_say_fits_into_xml(schema: xmlschema.XMLSchema10) -> None:
    evil = "]]><x/>\x00\x1b\ud800\ufffe & \"'"
    rules = [finding("module-backend", actual=evil, title=evil), met("opencv", "not_evaluated", evil)]
    look = looked_at(f"b{evil}", survey(*rules))
    schema.validate(xml(looked_at("c", {"failed": True, "msg": evil})).decode())
    made = xml(look)
    schema.validate(made.decode())
    (suite,) = JUnitXml.fromstring(made)
    assert suite.name == "b]]><x/>" + 4 * "\ufffd" + " & \"'"
