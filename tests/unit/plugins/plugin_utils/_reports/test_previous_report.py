# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The earlier report: one of ours, none, or refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.previous_report import read_previous
from ansible_collections.jetfleet.protobuf.tests.support.drift_reports import fleet_report

OURS = fleet_report(12)


def test_a_report_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "drift.json"
    path.write_text(json.dumps(OURS))
    assert read_previous(str(path)) == OURS


def test_no_report_is_no_fault(tmp_path: Path) -> None:
    assert read_previous("") is None
    assert read_previous(str(tmp_path / "drift.json")) is None


def test_a_report_of_an_older_version_of_the_same_kind_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "drift.json"
    path.write_text(json.dumps(OURS | {"schema_version": "1.0"}))
    assert read_previous(str(path)) == OURS | {"schema_version": "1.0"}


def remove(*path: Any) -> Callable[[Any], None]:
    def change(report: Any) -> None:
        for step in path[:-1]:
            report = report[step]
        del report[path[-1]]

    return change


def put(value: Any, *path: Any) -> Callable[[Any], None]:
    def change(report: Any) -> None:
        for step in path[:-1]:
            report = report[step]
        report[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        put("2.0", "schema_version"),
        put("10.0", "schema_version"),
        put(1.1, "schema_version"),
        put("yesterday", "generated"),
        put(None, "boards"),
        put([None], "boards"),
        put(["b"], "boards", 0, "host"),
        put("", "boards", 0, "status"),
        put("2026", "boards", 0, "status_since"),
        put(None, "rules"),
        put({"opencv": {}}, "rules"),
        put([{"rule": "no-such-rule", "first_seen": "2026-11-23T02:00:00Z"}], "boards", 0, "known"),
        put([{"rule": "opencv", "first_seen": 1}], "boards", 0, "known"),
        remove("rules", "load-time", "title"),
        put("", "rules", "load-time", "extra"),
        remove("schema_version"),
        remove("boards", 0, "rules"),
        remove("boards", 0, "known"),
    ],
)
def test_what_is_no_report_is_refused(change: Callable[[Any], None], tmp_path: Path) -> None:
    report = copy.deepcopy(OURS)
    change(report)
    path = tmp_path / "drift.json"
    path.write_text(json.dumps(report))
    with pytest.raises(ValueError, match=r"drift\.json is not a JSON report of drift with schema version 1\.x: name "):
        read_previous(str(path))


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"7", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "drift.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is not a JSON report of drift"):
        read_previous(str(path))


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cannot be read \(Is a directory\): name"):
        read_previous(str(tmp_path))
