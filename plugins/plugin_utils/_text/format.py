# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers, times and lines of text for people."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

# The largest first; a year as the calendar has them on average.
_UNITS = ((31556952, "year"), (86400, "day"), (3600, "hour"), (60, "minute"))
# Characters of a line that are shown.
_LONGEST = 64 * 1024


def one_line(text: str) -> str:
    """Return the text on one line, with single blanks and U+FFFD for what cannot be printed."""
    return printable(" ".join(text[:_LONGEST].split()) + (" ..." if len(text) > _LONGEST else ""))


def printable(text: str) -> str:
    """Return the text with blanks for all white space and U+FFFD for what else cannot be printed.

    Every text of a board, a server or a neighbour goes through here before it is displayed: ESC, BEL, NUL and C1 speak to
    terminals, and bidirectional marks make a text look like another one.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"


def counted(number: int, noun: str) -> str:
    """Return '1 board' or '2 boards'."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def three_digits(value: float) -> str:
    """Return a number of seconds; no measurement here is more exact than three digits."""
    return format(Decimal(f"{value:.3g}"), "f")


def duration_words(seconds: float) -> str:
    """Return seconds as '850 µs', '105 ms' or '12.4 s'."""
    for factor, unit in ((1, "s"), (1e3, "ms")):
        if seconds * factor >= 1:
            return f"{three_digits(seconds * factor)} {unit}"
    return f"{three_digits(seconds * 1e6)} µs"


def offset_words(seconds: float) -> str:
    """Return how far a clock is from another one, as '3 minutes ahead of' or '56 years behind'."""
    size = abs(seconds)
    # Two of a unit at least: '1 day' would be anything up to two.
    divisor, unit = next(((number, name) for number, name in _UNITS if size >= 2 * number), (1, "second"))
    return f"{counted(int(size // divisor), unit)} {'behind' if seconds < 0 else 'ahead of'}"


def moment_words(seconds: float) -> str | None:
    """Return seconds since 1970 as '1970-01-01 00:03 UTC', None where the calendar has no such day."""
    try:
        moment = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return f"{moment.isoformat(' ', 'minutes')} UTC"
