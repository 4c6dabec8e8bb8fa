# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies to every pytest run of the checkout, molecule's included."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.chance import SEED
from hypothesis import settings

# make fuzz: for hours what make test does for seconds.
settings.register_profile("long", max_examples=int(os.environ.get("JETFLEET_FUZZ", "20000")))


def pytest_report_header() -> str:
    """Say what repeats the moments of the kills."""
    return f"JETFLEET_SEED={SEED}"


def pytest_runtest_logstart(nodeid: str) -> None:
    """Say which test runs, where somebody watches."""
    if log := os.environ.get("JETFLEET_LOG"):
        with open(log, "a") as stream:
            print(nodeid, file=stream)


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped: {report.longrepr}; make it run everywhere or remove it"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one: what is not run is not known to work."""
    report = yield
    _refuse(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a skipped file into a failed one."""
    report = yield
    _refuse(report)
    return report
