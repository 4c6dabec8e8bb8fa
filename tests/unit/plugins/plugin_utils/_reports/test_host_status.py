# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a host, out of what was registered on it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.host_status import looked_at, skipped
from ansible_collections.jetfleet.protobuf.tests.support.drift_reports import (
    FAILED,
    MISMATCH,
    UNREACHABLE,
    finding,
    survey,
)


@pytest.mark.parametrize(
    ("result", "status", "words"),
    [
        (UNREACHABLE, "unreachable", "No route to host"),
        (MISMATCH, "host_key_mismatch", "has changed"),
        ({"unreachable": True, "msg": "host key mismatch for nano-1"}, "host_key_mismatch", "has changed"),
        (
            MISMATCH | {"msg": f"{MISMATCH['msg']}\r\nConnection closed by UNKNOWN port 65535\r\n"},
            "unreachable",
            "The host key of the jump host",
        ),
        (FAILED, "failed", "no Python at /usr/bin/python3"),
        # Not unreachable: a program on the board said it.
        (MISMATCH | {"unreachable": False, "failed": True}, "failed", "has changed"),
        (None, "failed", "was not assessed"),
        ({"skipped": True}, "failed", "was not assessed"),
        (survey() | {"failed": True, "msg": "Timed out"}, "failed", "Timed out."),
    ],
)
def test_a_board_without_an_assessment_has_a_reason(result: Any, status: str, words: str) -> None:
    look = looked_at("b", result)
    assert (look.host, look.status, look.assessment) == ("b", status, None)
    assert words in (look.reason or "")


@pytest.mark.parametrize(("rules", "status"), [([], "compliant"), ([finding("module-backend")], "drift")])
def test_a_board_with_an_assessment_has_its_status(rules: list[Any], status: str) -> None:
    result = survey(*rules)
    assert looked_at("b", result) == ("b", status, None, result["assessment"])


def test_a_host_that_was_not_looked_at_is_skipped_for_a_reason() -> None:
    assert skipped("b", ["b"])[:3] == ("b", "skipped", "The board was left out of this run by --limit.")
    assert skipped("ci", ["b"])[:3] == ("ci", "skipped", "The host is not in the group boards.")
