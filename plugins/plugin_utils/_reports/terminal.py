# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables and lines as they are displayed on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line

try:
    from tabulate import tabulate

    HAS_TABULATE = True
except ImportError:
    HAS_TABULATE = False


def table_text(headers: Iterable[str], cells: Iterable[Iterable[str]], lines: Iterable[str]) -> str:
    """Return a table with lines below it; every cell and every line is one line that a terminal takes for text."""
    rows = [[one_line(cell) for cell in row] for row in cells]
    table: str = tabulate(rows, headers=list(headers), disable_numparse=True)
    return "\n".join([table, *map(one_line, lines)])
