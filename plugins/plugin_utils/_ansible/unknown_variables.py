# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables that look like a role's own and are not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any


def unknown_variables(names: Iterable[str], argument_specs: Mapping[str, Any], prefix: str) -> list[str]:
    """Return one sentence for each name that starts like the role's variables and is none of them.

    argument_specs is what meta/argument_specs.yml holds, with or without its outermost key.
    """
    entry_points = argument_specs.get("argument_specs", argument_specs)
    known = sorted({name for entry in entry_points.values() for name in entry.get("options") or {}})
    start = prefix.rstrip("_") + "_"
    unknown = sorted({name for name in names if name.startswith(start)} - set(known))
    return [f"{name} is no variable of the role {prefix.rstrip('_')}: {_remedy(name, known)}." for name in unknown]


def _remedy(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    if close:
        return f"did you mean {close[0]}"
    return f"it has {', '.join(known)}" if known else "it has none"
