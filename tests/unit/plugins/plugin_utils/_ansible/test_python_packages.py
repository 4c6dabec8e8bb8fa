# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said where the controller lacks Python packages, and that every list of them is the same."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.python_packages import (
    PACKAGES,
    missing_packages,
    packages_sentence,
    pip_sentence,
)

ROOT = Path(__file__).parents[5]


def test_only_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing_packages() == []
    monkeypatch.setitem(sys.modules, "tabulate", None)
    assert missing_packages() == ["tabulate"]
    assert pip_sentence() is None
    assert packages_sentence(missing_packages()) == (
        f"The controller's Python {sys.executable} lacks the package tabulate: "
        f"run '{sys.executable} -m pip install tabulate'."
    )


def test_pip_comes_first_where_it_is_missing_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    assert packages_sentence(["jmespath", "tabulate"]) == (
        f"The controller's Python {sys.executable} lacks the packages jmespath and tabulate: "
        f"run '{sys.executable} -m ensurepip' (it has no pip either), then "
        f"'{sys.executable} -m pip install jmespath tabulate'."
    )


def test_the_execution_environment_has_them_all() -> None:
    text = (ROOT / "meta/ee-requirements.txt").read_text()
    assert sorted(re.findall("^[a-z]+", text, re.MULTILINE)) == sorted([*PACKAGES, "pip"])


@pytest.mark.parametrize("page", ["README.md", "docs/docsite/rst/guide_provision.rst"])
def test_the_first_command_installs_them_all(page: str) -> None:
    (line,) = [line for line in (ROOT / page).read_text().splitlines() if "pip install 'ansible-core" in line]
    # ansible-core needs packaging itself.
    assert set(PACKAGES) - {"packaging"} <= set(line.split())
