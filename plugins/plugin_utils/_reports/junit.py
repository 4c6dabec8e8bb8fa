# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A drift report as JUnit: a suite for each host, a case for each rule, so that a CI server shows the fleet like its own tests.

Written to the schema of the Jenkins plugin xunit (junit-10.xsd), the strictest reader.
"""

from __future__ import annotations

import io

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.words import (
    comparison_words,
    expected_words,
    remedy_words,
    title_words,
    value_words,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import (
    BoardReport,
    Finding,
    Report,
    RuleResult,
)

try:
    from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
    from junitparser.junitparser import FinalResult

    HAS_JUNITPARSER = True
except ImportError:
    HAS_JUNITPARSER = False

# The name of the only case of a host that no rule was evaluated for: CI servers keep its history by it.
_SURVEY = "survey"


def junit(report: Report) -> bytes:
    """Return the XML file."""
    suites = [_suite(board, report["generated"]) for board in report["boards"]]
    xml = JUnitXml("drift")
    xml.extend(suites)
    # JUnitXml.update_statistics would also write an attribute that the schema does not know.
    xml.tests = sum(suite.tests for suite in suites)
    xml.failures = sum(suite.failures for suite in suites)
    xml.errors = sum(suite.errors for suite in suites)
    stream = io.BytesIO()
    xml.write(stream)
    return stream.getvalue()


def _suite(board: BoardReport, generated: str) -> TestSuite:
    host = one_line(board["host"])
    suite = TestSuite(host)
    suite.timestamp = generated.rstrip("Z")
    if board["status"] in ("compliant", "drift"):
        suite.add_testcases([_case(host, rule) for rule in board["rules"]])
    else:
        kind = Skipped if board["status"] == "skipped" else Error
        case = TestCase(_SURVEY, host)
        case.append(_result(kind, board["reason"] or "", board["status"]))
        suite.add_testcases([case])
    return suite


def _case(host: str, rule: RuleResult) -> TestCase:
    case = TestCase(rule["rule"], host)
    if rule["outcome"] == "finding" and rule["counts"]:
        failure = _result(Failure, f"{title_words(rule)}: {comparison_words(rule)}", rule["severity"])
        failure.text = _details(rule)
        case.append(failure)
    elif rule["outcome"] == "finding":
        case.system_out = f"{title_words(rule)}\n{_details(rule)}"
    elif rule["outcome"] == "exempted":
        message = f"Exempted until {rule['expires']}: {rule['reason']} ({comparison_words(rule)})"
        case.append(_result(Skipped, message, rule["outcome"]))
    elif rule["outcome"] == "not_evaluated":
        case.append(_result(Skipped, rule["reason"], rule["outcome"]))
    elif rule["outcome"] == "not_applicable":
        case.append(_result(Skipped, "The rule does not apply to this board.", rule["outcome"]))
    return case


def _result(kind: type[FinalResult], message: str, type_: str) -> FinalResult:
    return kind(one_line(message), type_)


def _details(rule: Finding) -> str:
    found = [
        f"Expected: {expected_words(rule)}",
        f"Found: {value_words(rule['actual'])}",
        f"First seen: {rule['first_seen']}",
        one_line(rule["reason"] or ""),
        f"Remedy: {remedy_words(rule['remedy'])}" if rule["remedy"] else "",
    ]
    return "\n".join(filter(None, found))
