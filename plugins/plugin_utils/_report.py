# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table at the end of provision: one row a board, whatever became of it.

PRIVATE to the collection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._failures import failure_sentence
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._registered import AFTER, BEFORE, PLAN

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


def report_rows(hostvars: Mapping[str, Any], hosts: Iterable[str]) -> list[Row]:
    """Return one row for each host, in the given order; a host that is named twice gets one."""
    return [_row(host, hostvars[host]) for host in dict.fromkeys(hosts)]


def _row(host: str, variables: Mapping[str, Any]) -> Row:
    before, plan, after = (variables.get(name) for name in (BEFORE, PLAN, AFTER))
    status, reason = _status(before, plan, after)
    first = _facts(before)
    # A board that nothing was done to is what it was.
    last = first if status == "unchanged" else _facts(after)
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


def _status(before: Any, plan: Any, after: Any) -> tuple[str, str | None]:
    """Return the status and, unless all is well, the reason for it."""
    for result in (before, plan, after):
        if result and result.get("unreachable"):
            return "unreachable", failure_sentence(result)
        if result and result.get("failed"):
            return "failed", failure_sentence(result)
    if not _facts(before):
        return "unreachable", "No facts came from the board."
    if not plan:
        return "failed", "The board was surveyed but not planned: look for its failed task above."
    if plan["refusals"]:
        return "refused", " ".join(plan["refusals"])
    if not plan["actions"]:
        return "unchanged", None
    # In check mode the plan is all there is: nothing was installed, nothing is measured again.
    if plan.get("changed"):
        return "changed", None
    if not _facts(after):
        return "failed", "The work on the board did not come to its end: look for its failed task above."
    return _verdict(plan, _facts(after))


def _verdict(plan: Mapping[str, Any], facts: dict[str, Any]) -> tuple[str, str | None]:
    module, wanted = facts["module"], plan["build"]["python_version"]
    if module["backend"] != "cpp" or module["version"] != wanted:
        found = f"protobuf {module['version']} with the backend {module['backend']}"
        return "failed", f"The board has {found} instead of {wanted} with cpp: look for its failed task above."
    return "changed", None


def _facts(result: Any) -> dict[str, Any]:
    facts = ((result or {}).get("ansible_facts") or {}).get("jetfleet")
    return facts if isinstance(facts, dict) else {}


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
