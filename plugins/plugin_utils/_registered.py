# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of the results that the role survey registers on every board.

PRIVATE to the collection.
"""

from __future__ import annotations

BEFORE = "__survey_before"
PLAN = "__survey_plan"
AFTER = "__survey_after"
