# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of drift shows on the terminal: the table, a line for each finding, a sentence for all, and one for each board."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.host_status import FAILING
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.previous_report import findings_of
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.words import (
    comparison_words,
    remedy_words,
    status_words,
    title_words,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.unproven import UNPROVEN
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import counted, duration_words
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import (
    SEVERITIES,
    STATUSES,
    BoardReport,
    Finding,
    Report,
)

HEADERS = ("board", "status", "since", "protobuf", "backend", "load time", "findings")


def is_compliant(report: Report) -> bool:
    """Return whether boards were checked and all of them are compliant."""
    summary = report["summary"]
    return summary["compliant"] > 0 and not any(summary[status] for status in FAILING)


def cells(report: Report) -> list[list[str]]:
    """Return a row for each host, a dash where there is nothing."""
    return [_row(board, report["previous"] is not None) for board in report["boards"]]


def _row(board: BoardReport, compared: bool) -> list[str]:
    known = board["board"]
    load_time = known["load_time"] if known else None
    seconds = load_time["seconds"] if load_time else None
    found = findings(board)
    new = sum(rule["new"] for rule in found) if compared else 0
    return [
        board["host"],
        status_words(board["status"]),
        board["status_since"].replace("T", " ")[:16],
        (known and known["protobuf"]) or "-",
        (known and known["backend"]) or "-",
        "-" if seconds is None else duration_words(seconds),
        (f"{len(found)} ({new} new)" if new else str(len(found))) if found else "-",
    ]


def findings(board: BoardReport) -> list[Finding]:
    """Return the findings of a board, the gravest first."""
    return sorted(findings_of(board), key=lambda rule: SEVERITIES.index(rule["severity"]))


def lines(report: Report) -> Iterator[str]:
    """Yield a line for each finding, and for each board that could not be checked."""
    for board in report["boards"]:
        host = board["host"]
        if board["status"] in FAILING and board["reason"]:
            yield f"{host}: {board['reason']}"
        for rule in findings(board):
            end = "; ".join(filter(None, (comparison_words(rule), rule["reason"], remedy_words(rule["remedy"]))))
            yield f"{host}: [{rule['severity']}] {title_words(rule)}: {end}"


def sentence(report: Report, file: str) -> str:
    """Return how many boards have which status; file is the report to look into, empty if none was written."""
    summary = report["summary"]
    compliant = summary["compliant"]
    others = [f"{summary[status]} {status_words(status)}" for status in STATUSES[1:] if summary[status]]
    parts = [f"{compliant} {'is' if compliant == 1 else 'are'} compliant", *others]
    text = f"Of {counted(summary['boards'], 'board')} {', '.join(parts)}"
    unproven = sum(any(rule["rule"] == UNPROVEN for rule in findings(board)) for board in report["boards"])
    if unproven:
        text += f", and {unproven} {'is' if unproven == 1 else 'are'} unproven in part"
    if not any(summary[status] for status in (*FAILING, "compliant")):
        text += ", and no board was checked, so put boards into the group boards or widen --limit"
    return f"{text}: see {file}." if file else f"{text}."


def reasons(report: Report) -> dict[str, str]:
    """Return one sentence for each board of the run that is not compliant."""
    return {board["host"]: _reason(board) for board in report["boards"] if board["status"] in FAILING}


def _reason(board: BoardReport) -> str:
    if board["reason"]:
        return board["reason"]
    found = [rule for rule in findings(board) if rule["counts"]]
    named = "; ".join(f"{title_words(rule)} ({comparison_words(rule)})" for rule in found)
    return f"{counted(len(found), 'rule')} broken: {named}."
