# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All rules over one board: which it breaks, which of those are exempted, and what the board is.

Plain data in, plain data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from datetime import date
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.clock import wrong_clock
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.unproven import unproven_parts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.evaluation import Result, Unknown, evaluate_rule
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.exemptions import Exemption
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.expectation import with_platform
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.model_files import shortened, with_budget
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.remedies import fill_command, fill_text
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import Rule
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.processes import what_to_restart
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Facts, Graph, LoadTime
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import (
    AssessedRule,
    Assessment,
    BoardSummary,
    Expectation,
    JudgedGraph,
    LoadTimeSummary,
    Remedy,
)

# What is predicted is as old as the calibration.
_PREDICTED = {"calibration": "graphs"}


def assess(
    facts: Facts,
    expected: Expectation,
    rules: Iterable[Rule],
    exemptions: Mapping[str, Exemption],
    today: date,
    host: str,
) -> Assessment:
    """Return status, rules (one entry each) and board; facts may be of any subsets, exemptions are by rule."""
    document: dict[str, object] = {**facts, "expected": expected, "unproven": unproven_parts(facts)}
    if "board" in facts:
        document["board"] = {**facts["board"], "wrong_clock": wrong_clock(facts["board"])}
    if "installation" in facts:
        document["installation"] = with_platform(facts["installation"])
    if "graphs" in facts:
        document["graphs"] = with_budget(facts["graphs"], expected["graph_load_time_budget"], expected["backend"])
    if "processes" in facts:
        processes = facts["processes"]
        known = processes["complete"] or processes["old"]
        restart = {**processes, "restart": what_to_restart(processes["old"])}
        document["processes"] = (
            restart if known else Unknown(processes["hint"] or "Not all processes could be looked at.")
        )
    values = {"host": host, "executable": facts["python"]["executable"] if "python" in facts else None}
    reused = _reused(facts)
    entries = [
        _entry(rule, evaluate_rule(rule, document), exemptions.get(rule.name), today, values, reused) for rule in rules
    ]
    drift = any(entry.get("counts") for entry in entries)
    return {"status": "drift" if drift else "compliant", "rules": entries, "board": _board(facts, expected)}


def _entry(
    rule: Rule,
    result: Result,
    exemption: Exemption | None,
    today: date,
    values: Mapping[str, object],
    reused: Mapping[str, str],
) -> AssessedRule:
    entry: AssessedRule = {
        "rule": rule.name,
        "outcome": result.outcome,
        "severity": rule.severity,
        "title": rule.title,
        "reason": result.reason,
        "expires": None,
        "remedy": None,
    }
    if result.outcome != "finding":
        return entry
    entry |= {"comparison": rule.comparison, "expected": result.expected, "actual": result.actual}
    if exemption and not exemption.has_expired(today):
        entry |= {"outcome": "exempted", "reason": exemption.reason, "expires": exemption.expires.isoformat()}
        return entry
    reasons = [_old_proof(rule.query.roots, reused)]
    if exemption:
        reasons.insert(0, f"The exemption ({exemption.reason.rstrip('.')}) has expired on {exemption.expires}.")
    entry["reason"] = " ".join(filter(None, reasons)) or None
    entry |= {"counts": rule.severity != "info", "remedy": _remedy(rule, {**values, "actual": result.actual})}
    return entry


def _reused(facts: Facts) -> dict[str, str]:
    """Return the day on which an earlier look has proven each of the facts that this one has taken over."""
    proofs: Mapping[str, Any] = facts.get("proofs", {})
    days = {name: (proof["proven"] or "")[:10] for name, proof in proofs.items() if proof["reused"]}
    return {_PREDICTED.get(name, name): day for name, day in days.items()}


def _old_proof(roots: Set[str], reused: Mapping[str, str]) -> str | None:
    """Return since when a finding is proven, None where that was done now."""
    days = sorted(reused[name] for name in roots & reused.keys())
    return f"Proven on {days[0]}, and nothing that it depends on has changed since." if days else None


def _remedy(rule: Rule, values: Mapping[str, object]) -> Remedy | None:
    if rule.remedy is None:
        return None
    command = rule.remedy["command"]
    return {
        "text": fill_text(rule.remedy["text"], values),
        "command": fill_command(command, values) if command is not None else None,
    }


def _board(facts: Facts, expected: Expectation) -> BoardSummary:
    board, module = facts.get("board"), facts.get("module")
    proofs: Mapping[str, Any] = facts.get("proofs", {})
    return {
        "model": board["model"] if board else None,
        "l4t": board["l4t"] if board else None,
        "jetpack": board["jetpack"] if board else None,
        "distribution": board["distribution"]["pretty_name"] if board else None,
        "architecture": board["architecture"] if board else None,
        "python": facts["python"]["version"] if "python" in facts else None,
        "protobuf": module["version"] if module else None,
        "backend": module["backend"] if module else None,
        "opencv": facts["opencv"]["verdict"] if "opencv" in facts else None,
        "proven": {name: proof["proven"] for name, proof in proofs.items()} if proofs else None,
        "abi_key": facts["installation"]["abi_key"] if "installation" in facts else None,
        "load_time": _load_time(facts.get("load_time"), expected["load_time_budget"]),
        "graphs": _graphs(facts.get("graphs"), expected["graph_load_time_budget"]),
    }


def _load_time(measured: LoadTime | None, budget: float) -> LoadTimeSummary | None:
    if measured is None:
        return None
    return {
        "source": measured["source"],
        "backend": measured["backend"],
        "values": measured["values"],
        "status": measured["status"],
        "seconds": measured["seconds"]["median"] if measured["seconds"] else None,
        "budget": budget or None,
    }


def _graphs(graphs: Iterable[Graph] | None, budget: float) -> list[JudgedGraph] | None:
    return None if graphs is None else [{**shortened(graph), "budget": budget or None} for graph in graphs]
