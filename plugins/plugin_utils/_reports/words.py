# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values, expectations and times of a drift report in words.

Every text is one line without control characters: parts of it come from boards,
and neither a terminal nor XML takes everything.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import counted, one_line
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import (
    Exempted,
    Finding,
    Remedy,
    RuleDescription,
    RuleResult,
)

_EXPECTED = {
    "equals": "{}",
    "one_of": "one of {}",
    "matches": "a match of {}",
    "at_most": "at most {}",
    "at_least": "at least {}",
    "satisfies": "a version that satisfies {}",
}


def value_words(value: Any) -> str:
    """Return a JSON value as people write it: no quotes around a string, nothing for null, none for an empty list."""
    if value is None:
        return "nothing"
    if value in ([], {}):
        return "none"
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return ", ".join(value_words(item) for item in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return one_line(value) if isinstance(value, str) and value else one_line(json.dumps(value, ensure_ascii=False))


def expected_words(rule: Finding | Exempted) -> str:
    """Return what a finding or an exempted rule expects, as 'at most 5'."""
    return _EXPECTED[rule["comparison"]].format(value_words(rule["expected"]))


def comparison_words(rule: Finding | Exempted) -> str:
    """Return what a finding or an exempted rule expects and what there is."""
    return f"expected {expected_words(rule)}, found {value_words(rule['actual'])}"


def status_words(status: str) -> str:
    """Return 'host key mismatch' for host_key_mismatch."""
    return status.replace("_", " ")


def title_words(rule: RuleResult | RuleDescription) -> str:
    """Return the title without its full stop."""
    return one_line(rule["title"]).rstrip(".")


def remedy_words(remedy: Remedy | None) -> str:
    """Return a remedy with its command, empty where there is none."""
    if not remedy:
        return ""
    text = one_line(remedy["text"]).rstrip(".:")
    return f"{text}: {one_line(remedy['command'])}" if remedy["command"] else text


def age_words(since: str, now: str) -> str:
    """Return how long ago that was, of two times of a report."""
    age = datetime.fromisoformat(now.rstrip("Z")) - datetime.fromisoformat(since.rstrip("Z"))
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(age.total_seconds()) // size
        # '1 day' would be said of anything up to two.
        if count > (unit == "day"):
            return counted(count, unit)
    return "this run"
