# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the template of the page: a drift report arranged by board, by rule and by load time."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, cast

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.chart_scale import scale
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.drift_table import findings
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.host_status import FAILING
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.model_chart import models
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import (
    SEVERITIES,
    STATUSES,
    BoardReport,
    BoardSummary,
    Finding,
    Report,
    Row,
    RuleDescription,
)

# The gravest first.
_ORDER = ("failed", "host_key_mismatch", "unreachable", "drift", "compliant", "skipped")
# A larger fleet is shown without the boards that have neither findings nor a failure.
_WHOLE_FLEET = 300
_LOAD_TIMES = 200
_NO_FACTS = cast(BoardSummary, dict.fromkeys(BoardSummary.__annotations__))
# What only the template reads.
Entry = dict[str, Any]


def page(report: Report) -> Entry:
    """Return the variables of the template beside the report itself."""
    rows = sorted(map(_row, report["boards"], range(len(report["boards"]))), key=lambda row: _natural(row["host"]))
    large = len(rows) > _WHOLE_FLEET
    shown = [row for row in rows if not large or row["findings"] or row["status"] in FAILING]
    names = {row["host"] for row in shown}
    rules = _rules(rows, report["rules"])
    return {
        "report": report,
        "statuses": [(status, report["summary"][status]) for status in STATUSES],
        "rows": sorted(shown, key=_gravest_first),
        "quiet": _by_status(row for row in rows if row["host"] not in names),
        "rules": rules,
        "severities": [severity for severity in SEVERITIES if any(severity == rule["severity"] for rule in rules)],
        # What is left out cannot be linked to.
        "linked": names,
        "exempted": _grouped(
            rows, "exempted", ("expires", "rule", "reason", "severity", "title", "comparison", "expected", "actual")
        ),
        "not_evaluated": _grouped(rows, "not_evaluated", ("rule", "reason", "severity", "title")),
        "resolved": _resolved(rows, report["rules"]),
        "load_times": _load_times(rows),
        "models": models(rows),
    }


def _row(board: BoardReport, number: int) -> Row:
    return {**board, "id": f"board-{number + 1}", "findings": findings(board), "facts": board["board"] or _NO_FACTS}


def _gravest_first(row: Row) -> tuple[int, int]:
    gravest = min((SEVERITIES.index(rule["severity"]) for rule in row["findings"]), default=len(SEVERITIES))
    return _ORDER.index(row["status"]), gravest


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts nano-2 before nano-10."""
    return [(int(part) if part.isdecimal() else -1, part) for part in re.split(r"(\d+)", name)]


def _by_status(rows: Iterable[Row]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        names[row["status"]].append(row["host"])
    return dict(names)


def _rules(rows: list[Row], known: dict[str, RuleDescription]) -> list[Entry]:
    """Return the rules that boards break, each with its boards and its remedies."""
    broken: dict[str, list[tuple[Row, Finding]]] = defaultdict(list)
    for row in rows:
        for rule in row["findings"]:
            broken[rule["rule"]].append((row, rule))
    rules: list[Entry] = [
        {
            **known[rule],
            "rule": rule,
            "boards": [{**row, "new": entry["new"]} for row, entry in pairs],
            "new": sum(entry["new"] for _row, entry in pairs),
            "remedies": _remedies(pairs),
        }
        for rule, pairs in broken.items()
    ]
    return sorted(rules, key=lambda rule: (SEVERITIES.index(rule["severity"]), -len(rule["boards"]), rule["rule"]))


def _remedies(pairs: list[tuple[Row, Finding]]) -> list[Entry]:
    """Return each text once, with the boards that it is for and their commands, each of those once."""
    remedies: dict[str, Entry] = {}
    for row, rule in pairs:
        if rule["remedy"]:
            text, command = rule["remedy"]["text"], rule["remedy"]["command"]
            remedy = remedies.setdefault(text, {"text": text, "hosts": [], "commands": []})
            remedy["hosts"].append(row["host"])
            if command and command not in remedy["commands"]:
                remedy["commands"].append(command)
    return list(remedies.values())


def _grouped(rows: list[Row], outcome: str, names: tuple[str, ...]) -> list[Entry]:
    """Return the rules with that outcome, each with the boards that all the named values are the same for."""
    pairs = [
        ({name: value for name, value in rule.items() if name in names}, row)
        for row in rows
        for rule in row["rules"]
        if rule["outcome"] == outcome
    ]
    return _merged(pairs)


def _resolved(rows: list[Row], known: dict[str, RuleDescription]) -> list[Entry]:
    return _merged([({**entry, **known[entry["rule"]]}, row) for row in rows for entry in row["resolved"]])


def _merged(pairs: list[tuple[Entry, Row]]) -> list[Entry]:
    """Return what is equal once, with its boards, in the order of the first values."""
    groups: dict[str, Entry] = {}
    for values, row in pairs:
        group = groups.setdefault(json.dumps(values), values | {"boards": []})
        group["boards"].append({**row, "new": False})
    return [groups[key] for key in sorted(groups)]


def _load_times(rows: list[Row]) -> Entry | None:
    """Return the bars, the slowest first; None where nothing was measured."""
    found = [(row, row["facts"]["load_time"]) for row in rows]
    measured = [(row, load["seconds"], load["budget"]) for row, load in found if load and load["seconds"]]
    if not measured:
        return None
    measured.sort(key=lambda entry: -entry[1])
    budgets = sorted({budget for _row, _seconds, budget in measured if budget})
    axis = scale([*(seconds for _row, seconds, _budget in measured), *budgets])
    bars: list[Entry] = [
        {
            **row,
            "seconds": seconds,
            "width": axis.per_cent(seconds),
            "budget": budget,
            "budget_at": axis.per_cent(budget) if budget else None,
            "over": bool(budget and seconds > budget),
        }
        for row, seconds, budget in measured
    ]
    return {
        "bars": bars[:_LOAD_TIMES],
        "left_out": bars[_LOAD_TIMES:],
        "budgets": budgets,
        "logarithmic": axis.logarithmic,
        "ticks": [(tick, axis.per_cent(tick)) for tick in axis.ticks],
    }
