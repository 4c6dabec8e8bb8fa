# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.gates import run
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import ROOT

SESSIONS = [
    {"name": "fleet", "result": "success", "duration": 2400.0},
    {"name": "docs", "result": "failed", "duration": 30.0},
    {"name": "new", "result": "success", "duration": 60.0},
]


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run, "LOGS", tmp_path)
    return tmp_path


def test_a_session_that_crosses_its_budget_is_named_once_with_its_test(logs: Path) -> None:
    (logs / "docs.log").write_text("tests/one.py::test_before\ntests/one.py::test_slow\n\n")
    watch = run.Watch(start=0, running={"docs": 0, "fleet": 0}, last_news=0)
    budget = run.BUDGETS["docs"]
    assert watch.news(59) == []
    watch.last_news = budget * 60
    assert watch.news(budget * 60 + 1) == [f"docs crosses its budget of {budget} minutes in tests/one.py::test_slow"]
    assert watch.news(budget * 60 + 2) == []


def test_every_minute_says_what_is_running(logs: Path) -> None:
    (logs / "fleet.log").write_text("tests/fleet/test_links.py::test_a_slow_link\n")
    watch = run.Watch(start=0, running={"fleet": 0, "docs": 110}, last_news=60)
    assert watch.news(120) == ["[2 min] running: docs; fleet: tests/fleet/test_links.py::test_a_slow_link"]
    assert watch.news(121) == []


def test_the_last_lines_are_the_counts_and_the_minutes() -> None:
    lines = run.summary(SESSIONS, [(10, 1), (5, 0)], 1, 2500)
    assert lines[-3:] == ["3 gates, and the tests in 2 of them:", "17 passed, 2 failed", f"42 of {run.BUDGET} minutes"]
    assert lines[0].split()[:4] == ["fleet", "40.0", "of", str(run.BUDGETS["fleet"])]
    assert lines[0].endswith("over its budget")
    assert not lines[2].endswith("over its budget")


def test_a_run_that_ends_badly_has_failed_whatever_was_counted() -> None:
    assert run.summary([], [(3, 0)], 1, 60)[-2] == "3 passed, 1 failed"


def test_every_session_of_the_suite_has_a_budget() -> None:
    text = (ROOT / "noxfile.py").read_text()
    blocks = [block for block in text.split("@nox.session")[1:] if "default=False" not in block.splitlines()[0]]
    names = {block.partition("def ")[2].partition("(")[0] for block in blocks}
    assert names | {"extra-checks"} == set(run.BUDGETS)
