# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What programs said when something was wrong, with the symptom and the sentence: tests/unit/fixtures/failures."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.become_symptoms import BECOME, BECOME_LAST
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.board_symptoms import BOARD, ENDED
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.connection import words
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.connection_symptoms import (
    CONNECTION,
    RELAY_OTHER,
    RELAY_SSH,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.symptom import lines_of

FOLDER = Path(__file__).parents[1] / "unit/fixtures/failures"
SYMPTOMS = (*CONNECTION, *RELAY_SSH, *RELAY_OTHER, *BECOME, *BECOME_LAST, *BOARD, *ENDED)


class Text(NamedTuple):
    """What a program said; jump_host is whether it is about a host on the way to the board."""

    name: str
    by: str
    symptom: str
    jump_host: bool
    sentence: str
    result: dict[str, Any]

    def said(self) -> str:
        """Return what the symptom is recognised by, from there to the end of the line; nothing where there are no words for it."""
        names = ("msg", "module_stderr", "module_stdout")
        lines = lines_of(
            "\n".join(words(str(self.result.get(name, "")).removeprefix("Task failed: ")) for name in names)
        )
        (symptom,) = [symptom for symptom in SYMPTOMS if symptom.name == self.symptom]
        for said in ("\n".join(lines), *lines):
            match = symptom.match(said)
            if match:
                return match.string[match.start() :].partition("\n")[0]
        # That of a connection that ends without a word is how ssh ends.
        return lines[-1] if self.jump_host else ""


def texts(name: str) -> list[Text]:
    """Return the texts of a file."""
    entries = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    return [
        Text(key, entry["by"], entry["symptom"], entry.get("jump_host", False), entry["sentence"], entry["result"])
        for key, entry in entries.items()
    ]


def all_texts() -> list[Text]:
    """Return the texts of all files."""
    return [text for path in sorted(FOLDER.glob("*.yml")) for text in texts(path.stem)]
