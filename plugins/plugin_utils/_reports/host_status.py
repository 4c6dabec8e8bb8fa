# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The status of a host in a run of drift, from the result that drift_assess registered on it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.failures import (
    failure_sentence,
    is_host_key_trouble,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import Assessment, Status

# A run with one of these fails.
FAILING: tuple[Status, ...] = ("drift", "failed", "unreachable", "host_key_mismatch")


class Look(NamedTuple):
    """What the run has of a host: the assessment, or one sentence that says why there is none."""

    host: str
    status: Status
    reason: str | None
    assessment: Assessment | None


def skipped(host: str, boards: Collection[str]) -> Look:
    """Return the entry of a host that the run skipped; boards are the hosts of that group."""
    if host in boards:
        return Look(host, "skipped", "The board was left out of this run by --limit.", None)
    return Look(host, "skipped", "The host is not in the group boards.", None)


def looked_at(host: str, result: Any) -> Look:
    """Return the entry of a board of the run; result is what was registered on it, None if nothing was."""
    result = result or {}
    if result.get("unreachable"):
        status: Status = "host_key_mismatch" if is_host_key_trouble(result) else "unreachable"
        return Look(host, status, failure_sentence(result), None)
    if result.get("failed"):
        return Look(host, "failed", failure_sentence(result), None)
    assessment = result.get("assessment")
    if not assessment:
        return Look(host, "failed", "The board was not assessed: look for a failed task above.", None)
    return Look(host, assessment["status"], None, assessment)
