# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of what boards are and what will change on them: one row a board."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.provision_table import (
    load_seconds,
    module_fact,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.outcome import facts_of, outcome
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.registered import FAILURE, PLAN, registered
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.unproven import unproven_parts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import duration_words
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Facts

HEADERS = ("board", "model", "JetPack", "Python", "protobuf", "load time", "will change")
Row = dict[str, Any]


def survey_rows(hostvars: Mapping[str, Any], hosts: Iterable[str]) -> list[Row]:
    """Return one row for each host, in the given order; a host that is named twice gets one."""
    return [_row(host, hostvars[host]) for host in dict.fromkeys(hosts)]


def _row(host: str, variables: Mapping[str, Any]) -> Row:
    facts = facts_of(registered(variables, PLAN))
    board, python = facts.get("board"), facts.get("python")
    status, reasons = _status(variables)
    return {
        "board": host,
        "model": board and board.get("model"),
        "jetpack": board and board.get("jetpack"),
        "python": python and python["version"],
        "protobuf": module_fact(facts, "version"),
        "backend": module_fact(facts, "backend"),
        "seconds": load_seconds(facts),
        "measured": _measured(facts),
        "status": status,
        "reasons": reasons,
    }


def _measured(facts: Facts) -> str | None:
    """Return the day on which an earlier look has measured the load time, None where this one has."""
    proof = facts["proofs"].get("load_time") if "proofs" in facts else None
    return (proof["proven"] or "")[:10] if proof and proof["reused"] else None


def _status(variables: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return what will change and, one sentence each, why nothing can and what the owner should know."""
    plan = registered(variables, PLAN)
    if variables.get(FAILURE) or "actions" not in plan:
        status, reason = outcome(variables)
        return status, [reason] if reason else []
    # Several copies may have to go.
    actions = dict.fromkeys(action["action"].replace("_", " ") for action in plan["actions"])
    status = "refused" if plan["refusals"] else ", ".join(actions) or "nothing"
    # A refusal can be about such a part.
    unproven = [sentence for sentence in unproven_parts(facts_of(plan)).values() if sentence not in plan["refusals"]]
    return status, [*plan["refusals"], *plan["notices"], *(f"Unproven: {sentence}" for sentence in unproven)]


def cells(rows: Iterable[Row]) -> list[list[str]]:
    """Return the rows as the table shows them: a dash where there is nothing."""
    return [
        [
            row["board"],
            *(row[name] or "-" for name in ("model", "jetpack", "python")),
            _protobuf(row),
            _load_time(row),
            row["status"],
        ]
        for row in rows
    ]


def _load_time(row: Row) -> str:
    if row["seconds"] is None:
        return "-"
    return duration_words(row["seconds"]) + (f" ({row['measured']})" if row["measured"] else "")


def _protobuf(row: Row) -> str:
    version = row["protobuf"] or "-"
    return f"{version} ({row['backend']})" if row["backend"] else version


def sentences(rows: Iterable[Row]) -> list[str]:
    """Return 'board: reason' for each refusal, warning and failure."""
    return [f"{row['board']}: {reason}" for row in rows for reason in row["reasons"]]
