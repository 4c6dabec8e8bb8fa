# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Words that sentences about faulty rules and exemptions have in common."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import counted, one_line

_KINDS = ((bool, "a boolean"), (int | float, "a number"), (str, "a string"), (list, "a list"), (dict, "a mapping"))
_LONGEST = 60


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return close[0] if close else None


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return the remedy for a name that is not known."""
    close = nearest(name, known)
    return f"did you mean {close}" if close else f"there are {any_of(sorted(known), 'and')}"


def any_of(names: Iterable[str], word: str = "or") -> str:
    """Return 'a, b or c'."""
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last


def kind_of(value: Any) -> str:
    """Return 'a string' and the like for a value out of JSON."""
    return next((words for kind, words in _KINDS if isinstance(value, kind)), "nothing")


def shown(value: Any) -> str:
    """Return a value as it is written in YAML or JSON, shortened."""
    text = one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def some_hosts(hosts: Sequence[str]) -> str:
    """Return 'nano-1 and 2 more hosts'."""
    more = len(hosts) - 1
    return f"{hosts[0]} and {counted(more, 'more host')}" if more else hosts[0]
