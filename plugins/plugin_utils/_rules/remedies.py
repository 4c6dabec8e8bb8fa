# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Placeholders in the remedy of a rule: written as in str.format, and nothing but the names below."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from string import Formatter
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.words import any_of

PLACEHOLDERS = ("host", "actual", "executable")


def placeholder_fault(text: str) -> str | None:
    """Return why the text cannot be filled in, continuing 'the text of the remedy ...', or None."""
    names = any_of([f"{{{name}}}" for name in PLACEHOLDERS])
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return f"has a brace without its counterpart: double it, or write {names}"
    for _before, name, specification, conversion in parts:
        if name is not None and (name not in PLACEHOLDERS or specification or conversion):
            return f"has an unknown placeholder {{{name}}}: write {names}, and double every other brace"
    return None


def fill_text(text: str, values: Mapping[str, object]) -> str:
    """Return the text with values in the place of the placeholders."""
    return text.format(**{name: _words(value) for name, value in values.items()})


def fill_command(command: str, values: Mapping[str, object]) -> str | None:
    """Return the command with a list as its elements; None where a value is more than one plain word to a shell.

    People copy commands, and the values come from boards.
    """
    used = {name for _before, name, _specification, _conversion in Formatter().parse(command) if name}
    words = {name: _list(values[name]) for name in used}
    if not all(_is_plain(word) for found in words.values() for word in found):
        return None
    return command.format(**{name: " ".join(found) for name, found in words.items()})


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_plain(word: Any) -> bool:
    return isinstance(word, str) and shlex.quote(word) == word and not word.startswith("-")
