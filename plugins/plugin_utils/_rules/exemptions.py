# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exemptions: rules that a board may break until a day, for a reason.

Every fault continues the sentence 'In jetfleet_drift_exemptions of nano-1, ...' and has no full stop.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.words import did_you_mean, kind_of, shown

# The variables of a host with exemptions, in the order in which they are merged.
EXEMPTION_VARIABLES = ("jetfleet_drift_exemptions", "jetfleet_drift_group_exemptions", "jetfleet_drift_host_exemptions")
_FIELDS = ("reason", "expires")


@dataclass(frozen=True)
class Exemption:
    """Why a rule does not count, and the first day on which it counts again."""

    reason: str
    expires: date

    def has_expired(self, today: date) -> bool:
        """Return whether the rule counts again."""
        return today >= self.expires


def merge(layers: Iterable[Mapping[str, Any]]) -> dict[str, Exemption]:
    """Return the exemptions of all layers, which have no faults, by the rule; a later layer wins."""
    merged = {rule: entry for layer in layers for rule, entry in layer.items()}
    return {rule: Exemption(entry["reason"], date.fromisoformat(entry["expires"])) for rule, entry in merged.items()}


def exemption_faults(exemptions: Any, rules: Collection[str]) -> list[str]:
    """Return the faults of one variable; rules are the ids of all rules of the host."""
    if not isinstance(exemptions, dict):
        return [
            f"the exemptions are {kind_of(exemptions)}, not a mapping: "
            "give a mapping from the id of a rule to a reason and a day"
        ]
    return [fault for rule, entry in exemptions.items() for fault in _faults(rule, entry, rules)]


def _faults(rule: str, entry: Any, rules: Collection[str]) -> Iterator[str]:
    if rule not in rules:
        yield f"the rule {shown(rule)} is exempted and does not exist: {did_you_mean(rule, rules)}"
    if not isinstance(entry, dict):
        yield f"the exemption of {rule} is {kind_of(entry)}, not a mapping: give it a reason and the day it expires"
        return
    for key in entry:
        if key not in _FIELDS:
            yield f"the exemption of {rule} has the unknown field {shown(key)}: {did_you_mean(key, _FIELDS)}"
    reason, expires = entry.get("reason"), entry.get("expires")
    if not isinstance(reason, str) or not reason.strip():
        yield f"the exemption of {rule} has no reason: say in a sentence why the rule does not count"
    if expires is None:
        yield f"the exemption of {rule} does not expire: set expires to the day from which on the rule counts again"
    elif not _is_day(expires):
        yield f"the exemption of {rule} expires on {shown(expires)}, which is not a date: write it as 2026-12-31"


def _is_day(text: Any) -> bool:
    # date.fromisoformat of newer Pythons takes weeks and days of the year as well.
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
