# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers, times and lines of text for people."""

from __future__ import annotations

from decimal import Decimal

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
