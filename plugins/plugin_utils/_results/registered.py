# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of the results that the roles survey, rollout and drift register on every board."""

from __future__ import annotations

BEFORE = "__survey_before"
PLAN = "__survey_plan"
AFTER = "__survey_after"
# Why a board was left as it is or where the work on it ended, and whether its wave was stopped.
FAILURE = "__rollout_failure"
GATE = "__rollout_gate"
# What the rules say about a board.
ASSESSMENT = "__drift_survey"
