# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a host in a run of drift, out of the result that drift_survey registered on it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.failures import (
    failure_sentence,
    is_host_key_trouble,
)

# Every host has exactly one of them.
STATUSES = ("compliant", "drift", "failed", "unreachable", "host_key_mismatch", "skipped")
# A run with one of these is no success.
UNWELL = ("drift", "failed", "unreachable", "host_key_mismatch")


class Look(NamedTuple):
    """What one look at a host gave: one of STATUSES, one sentence unless rules were evaluated, and what they say."""

    host: str
    status: str
    reason: str | None
    assessment: dict[str, Any] | None


def skipped(host: str, boards: Collection[str]) -> Look:
    """Return the entry of a host that the run did not look at; boards are the hosts of that group."""
    if host in boards:
        return Look(host, "skipped", "The board was left out of this run by --limit.", None)
    return Look(host, "skipped", "The host is not in the group boards.", None)


def looked_at(host: str, result: Any) -> Look:
    """Return the entry of a board that the run looked at; result is what was registered on it, None if nothing was."""
    result = result or {}
    if result.get("unreachable"):
        status = "host_key_mismatch" if is_host_key_trouble(result) else "unreachable"
        return Look(host, status, failure_sentence(result), None)
    if result.get("failed"):
        return Look(host, "failed", failure_sentence(result), None)
    assessment = result.get("assessment")
    if not assessment:
        return Look(host, "failed", "The board was not surveyed: look for a failed task above.", None)
    return Look(host, assessment["status"], None, assessment)
