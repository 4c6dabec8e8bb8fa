# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a run of drift as plain data, which is the JSON file and what the other formats are made of.

roles/drift/files/drift-report.schema.json says what is in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.host_status import STATUSES, Look
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.previous_report import (
    SCHEMA_VERSION,
    Report,
    first_seen,
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


def _board(look: Look, before: Mapping[str, Any] | None, generated: str) -> dict[str, Any]:
    earlier = first_seen(dict(before)) if before else {}
    assessment = look.assessment or {"board": None, "rules": []}
    rules = [_rule(rule, earlier, generated) for rule in assessment["rules"]]
    outcomes = {rule["rule"]: rule["outcome"] for rule in rules}
    # A rule that does not exist any more is forgotten.
    unknown = {rule for rule in earlier if not look.assessment or outcomes.get(rule) in ("exempted", "not_evaluated")}
    resolved = {rule for rule in earlier if outcomes.get(rule) in ("compliant", "not_applicable")}
    return {
        "host": look.host,
        "status": look.status,
        "status_since": before["status_since"] if before and before["status"] == look.status else generated,
        "reason": look.reason,
        "board": assessment["board"],
        "rules": rules,
        "resolved": [{"rule": rule, "first_seen": earlier[rule]} for rule in sorted(resolved)],
        "known": [{"rule": rule, "first_seen": earlier[rule]} for rule in sorted(unknown)],
    }


def _rule(rule: Mapping[str, Any], earlier: Mapping[str, str], generated: str) -> dict[str, Any]:
    kept = {name: rule[name] for name in (*_ALWAYS, *_OF_OUTCOME.get(rule["outcome"], ()))}
    if rule["outcome"] == "finding":
        kept |= {"first_seen": earlier.get(rule["rule"], generated), "new": rule["rule"] not in earlier}
    return kept


def _summary(boards: list[dict[str, Any]]) -> dict[str, int]:
    statuses = Counter(board["status"] for board in boards)
    found = [rule for board in boards for rule in board["rules"] if rule["outcome"] == "finding"]
    return {
        "boards": len(boards),
        **{status: statuses[status] for status in STATUSES},
        "findings": len(found),
        "new": sum(rule["new"] for rule in found),
        "resolved": sum(len(board["resolved"]) for board in boards),
    }


def _rules(
    boards: list[dict[str, Any]], definitions: Mapping[str, Any], previous: Report | None
) -> dict[str, dict[str, Any]]:
    """Return what the report names, by id; boards may differ in title and severity, and the first of them speaks."""
    rules: dict[str, dict[str, Any]] = {}
    for board in boards:
        for rule in board["rules"]:
            if rule["rule"] not in rules:
                rules[rule["rule"]] = _description(rule, definitions.get(rule["rule"]) or {})
    for board in boards:
        for entry in [*board["known"], *board["resolved"]]:
            rules.setdefault(entry["rule"], (previous or {})["rules"][entry["rule"]])
    return dict(sorted(rules.items()))


def _description(rule: Mapping[str, Any], definition: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": rule["title"],
        "description": definition.get("description"),
        "severity": rule["severity"],
        "remedy": (definition.get("remedy") or {}).get("text"),
    }
