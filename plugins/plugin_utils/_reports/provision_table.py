# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table at the end of provision: one row a board, whatever became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.outcome import WELL, facts_of, outcome
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.registered import AFTER, BEFORE

HEADERS = {
    "board": "board",
    "backend_before": "backend before",
    "backend_after": "after",
    "version_before": "protobuf before",
    "version_after": "after",
    "seconds_before": "seconds before",
    "seconds_after": "after",
    "speed_up": "speed-up",
    "opencv": "OpenCV",
    "status": "status",
}
Row = dict[str, Any]


def report_rows(hostvars: Mapping[str, Any], hosts: Iterable[str], state: str = "present") -> list[Row]:
    """Return one row for each host, in the given order; a host that is named twice gets one."""
    return [_row(host, hostvars[host], state) for host in dict.fromkeys(hosts)]


def _row(host: str, variables: Mapping[str, Any], state: str) -> Row:
    status, reason = outcome(variables, state)
    first = facts_of(variables.get(BEFORE))
    # A board that nothing was done to is what it was.
    last = first if status == "unchanged" else facts_of(variables.get(AFTER))
    seconds = _seconds(first), _seconds(last)
    return {
        "board": host,
        "backend_before": _module(first, "backend"),
        "backend_after": _module(last, "backend"),
        "version_before": _module(first, "version"),
        "version_after": _module(last, "version"),
        "seconds_before": seconds[0],
        "seconds_after": seconds[1],
        "speed_up": round(seconds[0] / seconds[1], 3) if status == "changed" and seconds[0] and seconds[1] else None,
        "opencv": ((last or first).get("opencv") or {}).get("verdict"),
        "status": status,
        "reason": reason,
    }


def pending(rows: Iterable[Row]) -> list[str]:
    """Return the boards that are not yet what they should be."""
    return [row["board"] for row in rows if row["status"] not in WELL]


def _module(facts: dict[str, Any], name: str) -> str | None:
    value = (facts.get("module") or {}).get(name)
    return None if value is None else str(value)


def _seconds(facts: dict[str, Any]) -> float | None:
    load_time = facts.get("load_time") or {}
    return (load_time.get("seconds") or {}).get("median") if load_time.get("status") == "ok" else None


def cells(rows: list[Row]) -> list[list[str]]:
    """Return the rows as the table shows them: a dash where there is nothing."""
    return [[_cell(name, row[name]) for name in HEADERS] for row in rows]


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name == "speed_up":
        return f"{_three_digits(value)} x"
    return _three_digits(value) if name.startswith("seconds_") else str(value)


def _three_digits(value: float) -> str:
    # Microseconds and minutes stand in one column; no measurement here is more exact than this.
    return format(Decimal(f"{value:.3g}"), "f")
