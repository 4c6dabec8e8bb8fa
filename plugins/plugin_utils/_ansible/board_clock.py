# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far the clock of a board is from the controller's, as the controller sees it.

A board says what its clock shows; what it may say of the difference is not looked at.
"""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import moment_words


def clock_offset(shown: float, before: float, after: float) -> float | None:
    """Return by how many seconds a clock is ahead at least (behind, if negative), None where it shows no date.

    It was read between two times of the controller, so 0 is all that can be said of a clock that shows a time between them.
    """
    if moment_words(shown) is None:
        return None
    return round(min(shown - before, 0) + max(shown - after, 0), 3)


def with_clock_offset(result: dict[str, Any], before: float) -> dict[str, Any]:
    """Return the result of a module that began after a time of the controller; the offset in its facts is what is found here."""
    facts = result.get("ansible_facts", {}).get("jetfleet", {})
    if "board" not in facts:
        return result
    board = {**facts["board"], "clock_offset_seconds": clock_offset(facts["board"]["clock"], before, time.time())}
    return {**result, "ansible_facts": {"jetfleet": {**facts, "board": board}}}
