# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moments of kills, drawn anew in every run. The seed is in the header of the run, and JETFLEET_SEED repeats it."""

from __future__ import annotations

import os
import random

# Processes that pytest starts for some of the tests have the same.
SEED = os.environ.setdefault("JETFLEET_SEED", str(random.randrange(1_000_000)))
# How many kills of each kind there are; the slow targets ask for more.
KILLS = int(os.environ.get("JETFLEET_KILLS", "3"))


def moments(kind: str, span: float) -> list[float]:
    """Return KILLS moments in seconds, one from each of as many equal parts of the span, in any order."""
    chance = random.Random(f"{SEED} {kind}")
    drawn = [(part + chance.random()) * span / KILLS for part in range(KILLS)]
    chance.shuffle(drawn)
    return drawn
