# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The blocks of code in the guides and in the README."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs/docsite/rst"
RST_BLOCK = re.compile(r"^\.\. code-block:: (\w+)\n(?: +:class: (\S+)\n)?\n((?: +.*\n|\n)+)", re.MULTILINE)
MD_BLOCK = re.compile(r"^```(\w+)()\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"\s+#\s.*")


@dataclass(frozen=True)
class Block:
    """A block of code: its language, its class and its text."""

    language: str
    mark: str
    text: str

    def commands(self) -> list[str]:
        """Return what a reader types, without prompts and comments."""
        lines = re.sub(r"\\\n", "", self.text).splitlines()
        return [COMMENT.sub("", line.strip().removeprefix("$ ")) for line in lines if line.strip()]


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page."""
    pattern = RST_BLOCK if page.suffix == ".rst" else MD_BLOCK
    found = pattern.findall(page.read_text())
    return [Block(language, mark, textwrap.dedent(text)) for language, mark, text in found]
