# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the file of an earlier report holds, it is refused with one sentence, or a new report can be made with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports import drift_table
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.drift_report import assemble
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.html import html
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.junit import junit
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.previous_report import read_previous
from ansible_collections.jetfleet.protobuf.tests.support.drift_reports import BEFORE, DEFINITIONS, NOW, YESTERDAY, looks
from ansible_collections.jetfleet.protobuf.tests.support.hostile_facts import LIES, MISSING, lies, lying, places
from ansible_collections.jetfleet.protobuf.tests.support.hostile_fleet import TEMPLATE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LOOKS = looks(4)
OLDER: Any = assemble(looks(4, repaired=False), DEFINITIONS, None, BEFORE, "0.1.0")
EARLIER: Any = json.loads(json.dumps(assemble(looks(4, repaired=False), DEFINITIONS, OLDER, YESTERDAY, "0.1.0")))
PLACES = [*places(EARLIER)]
fuzzed = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


def is_refused_or_usable(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document))
    try:
        previous = read_previous(str(path))
    except ValueError as error:
        assert len(str(error).splitlines()) == 1
        return
    report = assemble(LOOKS, DEFINITIONS, previous, NOW, "0.1.0")
    json.dumps(report, allow_nan=False)
    [*drift_table.lines(report), *drift_table.cells(report)]
    assert junit(report)
    assert html(report, TEMPLATE)


@pytest.mark.parametrize("lie", range(len(LIES)))
def test_a_lie_in_every_field_in_turn(lie: int, tmp_path: Path) -> None:
    for place in PLACES[lie :: 12 * len(LIES)]:
        is_refused_or_usable(tmp_path / "drift.json", lying(EARLIER, place, LIES[lie]))


@pytest.mark.fuzz
@fuzzed
@given(data=st.data())
def test_any_document(data: st.DataObject, tmp_path: Path) -> None:
    lied = EARLIER
    for _lie in range(data.draw(st.integers(1, 3))):
        lied = lying(lied, data.draw(st.sampled_from([*places(lied)])), data.draw(lies()))
    is_refused_or_usable(tmp_path / "drift.json", lied)


@pytest.mark.parametrize("name", [*EARLIER, *(f"boards/{name}" for name in EARLIER["boards"][0])])
def test_a_field_that_is_missing(name: str, tmp_path: Path) -> None:
    place = (name,) if "/" not in name else ("boards", 0, name.partition("/")[2])
    is_refused_or_usable(tmp_path / "drift.json", lying(EARLIER, place, MISSING))


@pytest.mark.parametrize(
    "time",
    [
        "2026-99-99T99:99:99Z",
        "0000-00-00T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "\u0661\u0662\u0663\u0664-01-01T00:00:00Z",
    ],
)
def test_a_time_that_is_none(time: str, tmp_path: Path) -> None:
    for place in PLACES:
        if place and place[-1] in ("generated", "status_since", "first_seen"):
            is_refused_or_usable(tmp_path / "drift.json", lying(EARLIER, place, time))
