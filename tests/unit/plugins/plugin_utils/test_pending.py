# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which boards a rollout has work with."""

from __future__ import annotations

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._pending import pending_boards

HOSTVARS = {
    "slow": {"__survey_plan": {"actions": [{"action": "install_module"}], "refusals": []}},
    "fast": {"__survey_plan": {"actions": [], "refusals": []}},
    "refused": {"__survey_plan": {"actions": [], "refusals": ["no room"]}},
    "dead": {},
    "broken": {"__survey_plan": {"failed": True}},
}


def test_boards_with_actions_or_refusals_are_picked_in_the_given_order() -> None:
    assert pending_boards(HOSTVARS, ["refused", "fast", "slow"]) == ["refused", "slow"]


def test_boards_without_a_plan_are_passed_over() -> None:
    assert pending_boards(HOSTVARS, ["dead", "broken"]) == []
