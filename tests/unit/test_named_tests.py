# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests that guides name are there, and every line of the guide to security names one."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDES = sorted(path for path in (ROOT / "docs/docsite/rst").glob("*.rst") if "``::test_" in path.read_text())
NAMED = re.compile(r"``(?P<file>tests/[^`]+\.py)``|``::(?P<test>test_\w+)``")


def named_tests(text: str) -> list[tuple[str, str]]:
    """Return file and name of every test that a text names; a name belongs to the file that is named before it."""
    file, found = "", []
    for match in NAMED.finditer(text):
        file = match["file"] or file
        if match["test"]:
            found.append((file, match["test"]))
    return found


@functools.cache
def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def rows(text: str) -> list[str]:
    """Return the lines of the tables, without those of their heads."""
    found = re.split(r"\n   \* - ", text)[1:]
    return [re.split(r"\n\S", row)[0] for row in found if not row.startswith("attack\n")]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_every_named_test_is_there(guide: Path) -> None:
    named = named_tests(guide.read_text())
    assert len(named) > 20
    assert [test for test in named if test[1] not in functions_of(test[0])] == []


def test_every_attack_has_a_test() -> None:
    found = rows((ROOT / "docs/docsite/rst/guide_security.rst").read_text())
    assert len(found) > 30
    assert [row for row in found if not named_tests(row)] == []
    for row in found:
        assert row.count("\n     - ") == 2, f"three columns: {row}"
