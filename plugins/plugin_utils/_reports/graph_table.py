# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of model files: one row for each of each board."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.outcome import facts_of
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.registered import PLAN, registered
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.model_files import shortened
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import duration_words
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import (
    BACKENDS,
    BackendPrediction,
    Prediction,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import GraphRow

HEADERS = ("board", "graph", "values", *BACKENDS, "now", "repacked")


def graph_rows(hostvars: Mapping[str, Any], hosts: Iterable[str]) -> list[GraphRow]:
    """Return a row for each model file of the hosts, in their order; a host that is named twice is shown once."""
    facts = [(host, facts_of(registered(hostvars[host], PLAN))) for host in dict.fromkeys(hosts)]
    return [{"board": host, **shortened(graph)} for host, known in facts for graph in known.get("graphs") or []]


def cells(rows: Iterable[GraphRow]) -> list[list[str]]:
    """Return the rows as the table shows them: a dash where there is nothing, a tilde where reference rates stand in."""
    return [
        [
            row["board"],
            row["path"],
            "-" if row["values"] is None else str(row["values"]),
            *_durations(row["prediction"]),
        ]
        for row in rows
    ]


def _durations(prediction: Prediction | None) -> list[str]:
    if not prediction:
        return ["-"] * (len(BACKENDS) + 2)
    under = [_under(prediction[backend]) for backend in BACKENDS]
    now = f"{duration_words(prediction['seconds'])} ({prediction['backend']})"
    return [*under, now, duration_words(prediction["seconds_repacked"])]


def _under(found: BackendPrediction | None) -> str:
    if not found:
        return "-"
    return f"{'' if found['measured'] else '~'}{duration_words(found['seconds'])}"


def sentences(rows: Iterable[GraphRow]) -> list[str]:
    """Return one sentence for each model file that cannot be read or that nothing can be predicted for."""
    return [f"{row['board']}: {row['error']}" for row in rows if row["error"]]
