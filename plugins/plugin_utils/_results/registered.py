# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of the results that roles register on a board."""

from __future__ import annotations

# The facts before a change, and the plan.
PLAN = "jetfleet_plan"
# What came of the change, with the facts after it.
RESULT = "jetfleet_result"
# Why a board was left as it is or where the work on it ended, and whether its wave was stopped.
FAILURE = "__rollout_failure"
GATE = "__rollout_gate"
# What the rules say about a board.
ASSESSMENT = "__drift_assessment"

# What roles and playbooks set on hosts in a run, beside the two results above. A second playbook in the same run finds it there.
SET_IN_A_RUN = {
    PLAN,
    RESULT,
    "jetfleet_build_refusals",
    "jetfleet_reason",
    "jetfleet_served_url",
    "jetfleet_targets",
}
