# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table that the playbook survey shows: one row for each model file of each board."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.outcome import facts_of
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.registered import BEFORE
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.model_files import BACKENDS, shortened
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import duration_words, one_line

HEADERS = ("board", "graph", "values", *BACKENDS, "now", "repacked")
Row = dict[str, Any]


def graph_rows(hostvars: Mapping[str, Any], hosts: Iterable[str]) -> list[Row]:
    """Return a row for each model file of the hosts, in their order; a host that is named twice is shown once."""
    return [
        {"board": host, **shortened(graph)}
        for host in dict.fromkeys(hosts)
        for graph in facts_of(hostvars[host].get(BEFORE)).get("graphs") or []
    ]


def cells(rows: Iterable[Row]) -> list[list[str]]:
    """Return the rows as the table shows them: a dash where there is nothing, a tilde where reference rates stand in."""
    return [
        [
            row["board"],
            one_line(row["path"]),
            "-" if row["values"] is None else str(row["values"]),
            *_durations(row["prediction"]),
        ]
        for row in rows
    ]


def _durations(prediction: Mapping[str, Any] | None) -> list[str]:
    if not prediction:
        return ["-"] * (len(BACKENDS) + 2)
    under = [_under(prediction[backend]) for backend in BACKENDS]
    now = f"{duration_words(prediction['seconds'])} ({prediction['backend']})"
    return [*under, now, duration_words(prediction["seconds_repacked"])]


def _under(found: Mapping[str, Any] | None) -> str:
    if not found:
        return "-"
    return f"{'' if found['measured'] else '~'}{duration_words(found['seconds'])}"


def sentences(rows: Iterable[Row]) -> list[str]:
    """Return one sentence for each model file that cannot be read or that nothing can be predicted for."""
    return [f"{row['board']}: {one_line(row['error'])}" for row in rows if row["error"]]
