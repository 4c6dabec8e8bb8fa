# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to variables names every variable of every role, once, with its default."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/docsite/rst/guide_variables.rst").read_text()
ROWS = re.findall(r"^   \* - ``(\w+)``\n     - (?:``(.*)``|\*empty\*)\n     - \S", GUIDE, re.MULTILINE)


def defaults() -> dict[str, Any]:
    """Return the defaults of all roles."""
    found: dict[str, Any] = {}
    for path in sorted(ROOT.glob("roles/*/defaults/main.yml")):
        found |= yaml.safe_load(path.read_text()) or {}
    return found


def shown(value: Any, text: str) -> bool:
    """Whether the guide's text is this default: a string as it is, any other value as YAML."""
    return text == value if isinstance(value, str) else bool(yaml.safe_load(text) == value)


def test_every_variable_is_there_once() -> None:
    assert sorted(name for name, _text in ROWS) == sorted(defaults())


def test_the_defaults_are_those_of_the_roles() -> None:
    values = defaults()
    assert [(name, text) for name, text in ROWS if name in values and not shown(values[name], text)] == []
