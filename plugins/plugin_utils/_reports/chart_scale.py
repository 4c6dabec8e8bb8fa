# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scale that load times are drawn on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

# From this ratio of the largest to the smallest on, a linear bar of the smallest could not be seen.
_WIDE = 20
_STEPS = (2, 5, 10, 20)
_MOST_TICKS = 5


class Scale(NamedTuple):
    """Seconds from start to end, linear or logarithmic, with the seconds to mark."""

    start: float
    end: float
    logarithmic: bool
    ticks: tuple[float, ...]

    def per_cent(self, seconds: float) -> float:
        """Return where a number of seconds lies, 0 to 100."""
        if not self.logarithmic:
            return round(100 * seconds / self.end, 2)
        return round(100 * math.log(max(seconds, self.start) / self.start) / math.log(self.end / self.start), 2)


def scale(values: Iterable[float]) -> Scale:
    """Return a scale that holds the values, which are seconds."""
    sizes = [value for value in values if value > 0] or [1.0]
    low, high = min(sizes), max(sizes)
    if high / low < _WIDE:
        step = _step(high)
        count = math.ceil(high / step)
        return Scale(0, count * step, False, tuple(round(number * step, 9) for number in range(count + 1)))
    # Twice as far down as needed, so that the smallest bar can be seen.
    start, end = low / 2, high * 1.25
    powers = range(math.ceil(math.log10(start)), math.floor(math.log10(end)) + 1)
    return Scale(start, end, True, tuple(10.0**power for power in powers))


def _step(high: float) -> float:
    """Return the smallest of 2 and 5 times a power of ten that needs few ticks."""
    power: float = 10.0 ** (math.floor(math.log10(high)) - 1)
    return next(step * power for step in _STEPS if high / (step * power) <= _MOST_TICKS)
