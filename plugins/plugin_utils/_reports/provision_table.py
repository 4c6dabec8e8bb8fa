# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table at the end of provision: one row for each board."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.outcome import WELL, facts_of, outcome
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.registered import PLAN, RESULT, registered
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import (
    duration_words,
    one_line,
    three_digits,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.processes import old_processes_sentence
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Facts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import programs_notice
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import ProvisionRow

HEADERS = {
    "board": "board",
    "backend_before": "backend before",
    "backend_after": "after",
    "version_before": "protobuf before",
    "version_after": "after",
    "seconds_before": "load time before",
    "seconds_after": "after",
    "speed_up": "speed-up",
    "opencv": "OpenCV",
    "status": "status",
}


def report_rows(hostvars: Mapping[str, Any], hosts: Iterable[str], state: str = "present") -> list[ProvisionRow]:
    """Return one row for each host, in the given order; a host that is named twice gets one."""
    return [_row(host, hostvars[host], state) for host in dict.fromkeys(hosts)]


def _row(host: str, variables: Mapping[str, Any], state: str) -> ProvisionRow:
    status, reason = outcome(variables, state)
    before = facts_of(registered(variables, PLAN))
    # A board that nothing was done to is as it was.
    after = before if status == "unchanged" else facts_of(registered(variables, RESULT))
    seconds_before, seconds_after = load_seconds(before), load_seconds(after)
    opencv = (after or before).get("opencv")
    return {
        "board": host,
        "backend_before": module_fact(before, "backend"),
        "backend_after": module_fact(after, "backend"),
        "version_before": module_fact(before, "version"),
        "version_after": module_fact(after, "version"),
        "seconds_before": seconds_before,
        "seconds_after": seconds_after,
        "speed_up": round(seconds_before / seconds_after, 3)
        if status == "changed" and seconds_before and seconds_after
        else None,
        "opencv": opencv["verdict"] if opencv else None,
        "status": status,
        "reason": reason,
    }


def restart_sentences(hostvars: Mapping[str, Any], hosts: Iterable[str]) -> list[str]:
    """Return 'board: ...' for each board with processes to restart, or with units that were or would be restarted."""
    return [f"{host}: {text}" for host in dict.fromkeys(hosts) for text in _restarts(hostvars[host])]


def _restarts(variables: Mapping[str, Any]) -> Iterator[str]:
    plan, result = registered(variables, PLAN), registered(variables, RESULT)
    units = result.get("restart_units") or _planned_units(variables, plan)
    if units:
        yield one_line(f"{', '.join(units)} would be restarted.")
    # A rollback has said so in its reason.
    if not result.get("rolled_back"):
        yield from (one_line(f"{fault}.") for fault in result.get("failed_units", ()))
    processes = facts_of(plan).get("processes")
    old = result.get("restart_needed", processes["old"] if processes else [])
    sentence = old_processes_sentence(old)
    if sentence:
        yield sentence


def _planned_units(variables: Mapping[str, Any], plan: Mapping[str, Any]) -> list[str]:
    """Return the units that a run without --check would restart; a plan counts as a change only with --check."""
    noticed = plan.get("changed") and programs_notice(plan.get("actions", ()))
    units = variables.get("jetfleet_restart_units") if noticed else None
    return [str(unit) for unit in units] if isinstance(units, list) else []


def pending(rows: Iterable[ProvisionRow]) -> list[str]:
    """Return the boards that are not yet in the desired state."""
    return [row["board"] for row in rows if row["status"] not in WELL]


def module_fact(facts: Facts, name: Literal["backend", "version"]) -> str | None:
    """Return a fact of the protobuf module, None where it is not known."""
    return facts["module"][name] if "module" in facts else None


def load_seconds(facts: Facts) -> float | None:
    """Return the median of the measured load times, None where nothing was measured."""
    load_time = facts.get("load_time")
    seconds = load_time["seconds"] if load_time and load_time["status"] == "ok" else None
    return seconds["median"] if seconds else None


def cells(rows: Iterable[ProvisionRow]) -> list[list[str]]:
    """Return the rows as the table shows them: a dash where there is nothing."""
    values: Iterable[Mapping[str, Any]] = rows
    return [[_cell(name, row[name]) for name in HEADERS] for row in values]


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name == "speed_up":
        return f"{three_digits(value)} x"
    return duration_words(value) if name.startswith("seconds_") else str(value)
