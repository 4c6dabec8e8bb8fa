# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A symptom: what a program says when something is wrong, with the cause and the remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

# Characters and lines. What programs say about a failure is shorter; a board can say more.
_HEAD, _TAIL = 8 * 1024, 24 * 1024
_FIRST_LINES, _LAST_LINES = 100, 200
_LONGEST_LINE = 500
_LONGEST_QUOTE = 200


class Symptom(NamedTuple):
    """One sentence for everything that its pattern matches, which is searched in lines whose blanks are as they are.

    Cause and remedy may refer to the groups of the pattern, and to the values that the caller knows. A digit at the end of a group's
    name tells alternatives apart.
    """

    name: str
    pattern: str
    cause: str
    remedy: str

    def match(self, text: str) -> re.Match[str] | None:
        """Search the lines of a text."""
        return re.search(self.pattern, text, re.MULTILINE)

    def sentence(self, match: re.Match[str], known: Mapping[str, str]) -> str:
        """Return the cause and the remedy on one line."""
        groups = match.groupdict().items()
        found = {name.rstrip("0123456789"): _quoted(value) for name, value in groups if value is not None}
        return " ".join(f"{self.cause}: {self.remedy}.".format_map({**known, **found}).split())


def _quoted(text: str) -> str:
    text = text.strip()
    return text.rstrip(".") if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE].rstrip()} ..."


def first_match(symptoms: Iterable[Symptom], text: str) -> tuple[Symptom, re.Match[str]] | None:
    """Return the first of the symptoms that the text has."""
    for symptom in symptoms:
        match = symptom.match(text)
        if match:
            return symptom, match
    return None


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that are not blank, without what makes it too long to be searched."""
    if len(text) > _HEAD + _TAIL:
        text = f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    lines = [line.strip()[:_LONGEST_LINE] for line in re.split(r"[\r\n]+", text) if line.strip()]
    return lines if len(lines) <= _FIRST_LINES + _LAST_LINES else lines[:_FIRST_LINES] + lines[-_LAST_LINES:]
