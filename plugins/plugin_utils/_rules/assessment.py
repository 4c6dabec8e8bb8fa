# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All rules over one board: what it breaks, what of that is exempted, and what the board is.

Plain data in, plain data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.evaluation import Verdict, judge
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.exemptions import Exemption
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.expectation import with_platform
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.model_files import shortened, with_budget
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.remedies import fill_command, fill_text
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import Rule

Facts = Mapping[str, Any]


def assess(
    facts: Facts,
    expected: Mapping[str, Any],
    rules: Iterable[Rule],
    exemptions: Mapping[str, Exemption],
    today: date,
    host: str,
) -> dict[str, Any]:
    """Return status (compliant or drift), rules (one entry each) and board.

    facts as protobuf_facts returns them, of any subsets; expected as expectation returns it; exemptions by rule.
    """
    document = {**facts, "expected": expected}
    if "installation" in facts:
        document["installation"] = with_platform(facts["installation"])
    if "graphs" in facts:
        document["graphs"] = with_budget(facts["graphs"], expected["graph_load_time_budget"], expected["backend"])
    executable = (facts.get("python") or {}).get("executable")
    entries = []
    for rule in rules:
        verdict = judge(rule, document)
        entry = _entry(rule, verdict)
        if verdict.outcome == "finding":
            values = {"host": host, "actual": verdict.actual, "executable": executable}
            entry |= _finding(rule, verdict, exemptions.get(rule.name), today, values)
        entries.append(entry)
    drift = any(entry.get("counts") for entry in entries)
    return {"status": "drift" if drift else "compliant", "rules": entries, "board": _board(facts, expected)}


def _entry(rule: Rule, verdict: Verdict) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "outcome": verdict.outcome,
        "severity": rule.severity,
        "title": rule.title,
        "reason": verdict.reason,
        "expires": None,
        "remedy": None,
    }


def _finding(
    rule: Rule, verdict: Verdict, exemption: Exemption | None, today: date, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the entry of a broken rule has beside or instead of that of others."""
    compared = {"comparison": rule.comparison, "expected": verdict.expected, "actual": verdict.actual}
    if exemption and not exemption.is_over(today):
        return {
            **compared,
            "outcome": "exempted",
            "reason": exemption.reason,
            "expires": exemption.expires.isoformat(),
        }
    over = f"The exemption ({exemption.reason.rstrip('.')}) has expired on {exemption.expires}." if exemption else None
    return {**compared, "reason": over, "counts": rule.severity != "info", "remedy": _remedy(rule, values)}


def _remedy(rule: Rule, values: Mapping[str, Any]) -> dict[str, str | None] | None:
    if rule.remedy is None:
        return None
    text, command = rule.remedy["text"], rule.remedy["command"]
    return {
        "text": fill_text(text or "", values),
        "command": fill_command(command, values) if command is not None else None,
    }


def _board(facts: Facts, expected: Mapping[str, Any]) -> dict[str, Any]:
    board, module = facts.get("board") or {}, facts.get("module") or {}
    return {
        "model": board.get("model"),
        "l4t": board.get("l4t"),
        "jetpack": board.get("jetpack"),
        "distribution": (board.get("distribution") or {}).get("pretty_name"),
        "architecture": board.get("architecture"),
        "python": (facts.get("python") or {}).get("version"),
        "protobuf": module.get("version"),
        "backend": module.get("backend"),
        "opencv": (facts.get("opencv") or {}).get("verdict"),
        "abi_key": (facts.get("installation") or {}).get("abi_key"),
        "load_time": _load_time(facts.get("load_time"), expected["load_time_budget"]),
        "graphs": _graphs(facts.get("graphs"), expected["graph_load_time_budget"]),
    }


def _load_time(measured: Mapping[str, Any] | None, budget: float) -> dict[str, Any] | None:
    if measured is None:
        return None
    names = ("source", "backend", "values", "status")
    seconds = (measured.get("seconds") or {}).get("median")
    return {**{name: measured.get(name) for name in names}, "seconds": seconds, "budget": budget or None}


def _graphs(graphs: Iterable[Mapping[str, Any]] | None, budget: float) -> list[dict[str, Any]] | None:
    return None if graphs is None else [shortened(graph) | {"budget": budget or None} for graph in graphs]
