# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said on the terminal."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.drift_report import assemble
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.drift_table import (
    HEADERS,
    cells,
    is_compliant,
    lines,
    reasons,
    sentence,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.host_status import Look, looked_at, skipped
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.terminal import table_text
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
    survey,
)


def report(*looks: Look, previous: Any = None, generated: str = NOW) -> Any:
    return assemble(looks, DEFINITIONS, previous, generated, "0.1.0")


WELL = looked_at("well", survey())
DRIFT = looked_at("drift", survey(filled("library-cached", "drift"), filled("environment", "drift")))
HINT = looked_at("hint", survey(filled("jetpack", "hint")))
BARE, DEAD, OTHER = looked_at("bare", FAILED), looked_at("dead", UNREACHABLE), looked_at("other", MISMATCH)
AWAY = skipped("away", ["away"])


@pytest.mark.parametrize(
    ("looks", "compliant", "words"),
    [
        ([WELL], True, "Of 1 board 1 is compliant: see F."),
        ([WELL, HINT, AWAY], True, "Of 3 boards 2 are compliant, 1 skipped: see F."),
        ([WELL, DRIFT], False, "Of 2 boards 1 is compliant, 1 drift: see F."),
        ([WELL, BARE], False, "Of 2 boards 1 is compliant, 1 failed: see F."),
        ([WELL, DEAD], False, "Of 2 boards 1 is compliant, 1 unreachable: see F."),
        ([WELL, OTHER], False, "Of 2 boards 1 is compliant, 1 host key mismatch: see F."),
        ([DEAD, BARE], False, "Of 2 boards 0 are compliant, 1 failed, 1 unreachable: see F."),
        (
            [AWAY],
            False,
            "Of 1 board 0 are compliant, 1 skipped, and no board was checked, so put boards into the group boards or "
            "widen --limit: see F.",
        ),
        (
            [],
            False,
            "Of 0 boards 0 are compliant, and no board was checked, so put boards into the group boards or widen "
            "--limit: see F.",
        ),
    ],
)
def test_only_a_fleet_that_was_looked_at_and_is_well_is_compliant(
    looks: list[Look], compliant: bool, words: str
) -> None:
    made = report(*looks)
    assert is_compliant(made) is compliant
    assert sentence(made, "F") == words


def test_boards_with_something_unproven_are_counted() -> None:
    unproven = finding("environment") | {"rule": "unproven", "severity": "info", "counts": False}
    looks = [WELL, *(looked_at(name, survey(unproven)) for name in ("full", "hot"))]
    assert sentence(report(*looks), "F") == "Of 3 boards 3 are compliant, and 2 are unproven in part: see F."


def test_without_a_file_none_is_named() -> None:
    assert sentence(report(WELL), "") == "Of 1 board 1 is compliant."


def test_every_host_has_a_row() -> None:
    slow = looked_at("slow", survey(finding("load-time"), board=facts("python", 12.4444, protobuf="3.19.6")))
    unmeasured = looked_at("unmeasured", survey(board=facts(seconds=None, protobuf=None)))
    assert [dict(zip(HEADERS, row, strict=True)) for row in cells(report(slow, unmeasured, OTHER))] == [
        {
            "board": "other",
            "status": "host key mismatch",
            "since": "2026-11-23 02:00",
            "protobuf": "-",
            "backend": "-",
            "load time": "-",
            "findings": "-",
        },
        {
            "board": "slow",
            "status": "drift",
            "since": "2026-11-23 02:00",
            "protobuf": "3.19.6",
            "backend": "python",
            "load time": "12.4 s",
            "findings": "1",
        },
        {
            "board": "unmeasured",
            "status": "compliant",
            "since": "2026-11-23 02:00",
            "protobuf": "-",
            "backend": "cpp",
            "load time": "-",
            "findings": "-",
        },
    ]


def test_new_findings_are_counted_when_there_is_something_to_compare_with() -> None:
    first = report(looked_at("drift", survey(finding("environment"))), generated=BEFORE)
    assert cells(first)[0][-1] == "1"
    assert cells(report(DRIFT, previous=first))[0][-1] == "2 (1 new)"


def test_findings_and_boards_without_an_assessment_have_a_line_each() -> None:
    assert list(lines(report(DRIFT, HINT, BARE, AWAY, WELL))) == [
        "bare: The board has no Python at /usr/bin/python3: install python3 there, or set ansible_python_interpreter to one "
        "that is there.",
        "drift: [error] The linker cache knows libprotobuf: expected true, found false; Refresh the linker cache: ssh drift "
        "sudo ldconfig",
        "drift: [warning] No environment variable chooses the backend for all programs: expected none, found "
        "/etc/profile.d/protobuf.sh line 1: PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=python; Remove the line from the file "
        "that the finding names",
        r"hint: [info] JetPack is a release that this fleet was tested with: expected a match of ^(4\.6|5\.), found 4.2; "
        "Plan an update of hint",
    ]


def test_an_expired_exemption_is_in_the_line() -> None:
    expired = finding("opencv", reason="The exemption (Known) has expired on 2026-10-01.", remedy=None)
    (line,) = lines(report(looked_at("b", survey(expired, exempted("load-time", "Known.", "2026-12-24")))))
    assert line.endswith("found conflict; The exemption (Known) has expired on 2026-10-01.")


def test_the_gravest_finding_comes_first() -> None:
    rules = [finding("jetpack"), finding("environment"), finding("opencv")]
    found = lines(report(looked_at("b", survey(*rules))))
    assert [line.split("[")[1].split("]")[0] for line in found] == ["error", "warning", "info"]


def test_what_boards_say_cannot_steer_the_terminal() -> None:
    evil = looked_at("e\x1b[2J", survey(finding("module-backend", actual="a\nb\x1b[31m"), board=facts("\x1b]0;x\x07")))
    made = report(evil)
    shown = table_text(HEADERS, cells(made), lines(made))
    assert shown.replace("\n", "").isprintable()
    assert "found a b\ufffd[31m;" in shown


def test_boards_that_are_not_compliant_have_a_reason() -> None:
    both = looked_at("both", survey(finding("library-cached"), finding("jetpack")))
    assert reasons(report(both, DRIFT, DEAD, WELL, HINT, AWAY)) == {
        "both": "1 rule broken: The linker cache knows libprotobuf (expected true, found false).",
        "dead": "The board does not answer (No route to host): check its power, its network and ansible_host.",
        "drift": "2 rules broken: The linker cache knows libprotobuf (expected true, found false); No environment variable "
        "chooses the backend for all programs (expected none, found /etc/profile.d/protobuf.sh line 1: "
        "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=python).",
    }
