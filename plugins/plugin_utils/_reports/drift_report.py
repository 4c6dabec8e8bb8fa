# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a run of drift as plain data: the JSON file, which the other formats are made from.

roles/drift/files/drift-report.schema.json says what is in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, cast

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.host_status import Look
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.previous_report import (
    SCHEMA_VERSION,
    findings_of,
    first_seen,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import (
    STATUSES,
    AssessedRule,
    BoardReport,
    Report,
    RuleDescription,
    RuleResult,
    Summary,
)

_ALWAYS = ("rule", "outcome", "severity", "title", "reason")
_COMPARED = ("expected", "comparison", "actual")
_OF_OUTCOME = {"finding": (*_COMPARED, "counts", "remedy"), "exempted": (*_COMPARED, "expires")}


def assemble(
    looks: Iterable[Look],
    definitions: Mapping[str, Any],
    previous: Report | None,
    generated: str,
    collection_version: str,
) -> Report:
    """Return the report.

    definitions are the rules as roles/drift/files/rules.yml has them, by id; generated is YYYY-MM-DDTHH:MM:SSZ;
    previous has been read by read_previous.
    """
    before = {board["host"]: board for board in previous["boards"]} if previous else {}
    boards = [_board(look, before.get(look.host), generated) for look in sorted(looks)]
    return {
        "schema_version": SCHEMA_VERSION,
        "collection_version": collection_version,
        "generated": generated,
        "previous": previous["generated"] if previous else None,
        "summary": _summary(boards),
        "rules": _rules(boards, definitions, previous),
        "boards": boards,
    }


def _board(look: Look, before: BoardReport | None, generated: str) -> BoardReport:
    earlier = first_seen(before) if before else {}
    assessment = look.assessment
    rules = [_rule(rule, earlier, generated) for rule in assessment["rules"]] if assessment else []
    outcomes = {rule["rule"]: rule["outcome"] for rule in rules}
    # A rule that does not exist any more is forgotten.
    unknown = {rule for rule in earlier if not assessment or outcomes.get(rule) in ("exempted", "not_evaluated")}
    resolved = {rule for rule in earlier if outcomes.get(rule) in ("compliant", "not_applicable")}
    return {
        "host": look.host,
        "status": look.status,
        "status_since": before["status_since"] if before and before["status"] == look.status else generated,
        "reason": look.reason,
        "board": assessment["board"] if assessment else None,
        "rules": rules,
        "resolved": [{"rule": rule, "first_seen": earlier[rule]} for rule in sorted(resolved)],
        "known": [{"rule": rule, "first_seen": earlier[rule]} for rule in sorted(unknown)],
    }


def _rule(rule: AssessedRule, earlier: Mapping[str, str], generated: str) -> RuleResult:
    names = (*_ALWAYS, *_OF_OUTCOME.get(rule["outcome"], ()))
    kept = {name: value for name, value in rule.items() if name in names}
    if rule["outcome"] == "finding":
        kept |= {"first_seen": earlier.get(rule["rule"], generated), "new": rule["rule"] not in earlier}
    return cast(RuleResult, kept)


def _summary(boards: list[BoardReport]) -> Summary:
    statuses = Counter(board["status"] for board in boards)
    found = [rule for board in boards for rule in findings_of(board)]
    counts: dict[str, int] = {
        "boards": len(boards),
        **{status: statuses[status] for status in STATUSES},
        "findings": len(found),
        "new": sum(rule["new"] for rule in found),
        "resolved": sum(len(board["resolved"]) for board in boards),
    }
    return cast(Summary, counts)


def _rules(
    boards: list[BoardReport], definitions: Mapping[str, Any], previous: Report | None
) -> dict[str, RuleDescription]:
    """Return the rules that the report names, by id; where boards differ in title and severity, the first one counts."""
    earlier = previous["rules"] if previous else {}
    rules: dict[str, RuleDescription] = {}
    for board in boards:
        for rule in board["rules"]:
            if rule["rule"] not in rules:
                rules[rule["rule"]] = _description(rule, definitions.get(rule["rule"]) or {})
    for board in boards:
        for entry in [*board["known"], *board["resolved"]]:
            rules.setdefault(entry["rule"], earlier[entry["rule"]])
    return dict(sorted(rules.items()))


def _description(rule: RuleResult, definition: Mapping[str, Any]) -> RuleDescription:
    return {
        "title": rule["title"],
        "description": definition.get("description"),
        "severity": rule["severity"],
        "remedy": (definition.get("remedy") or {}).get("text"),
    }
