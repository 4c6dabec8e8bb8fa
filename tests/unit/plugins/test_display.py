# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the collection itself displays goes through one place that makes it harmless for terminals."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ACTIONS = sorted((Path(__file__).parents[3] / "plugins").glob("*/**/*.py"))
HARMLESS = {"one_line", "table_text"}


def displayed(path: Path) -> list[ast.expr]:
    """Return the arguments of all calls of display() in a file."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return [call.args[0] for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "display"]


def is_harmless(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Call) and isinstance(argument.func, ast.Name) and argument.func.id in HARMLESS


@pytest.mark.parametrize("path", [path for path in ACTIONS if displayed(path)], ids=lambda path: path.name)
def test_what_is_displayed_is_made_harmless(path: Path) -> None:
    assert [ast.unparse(argument) for argument in displayed(path) if not is_harmless(argument)] == []


def test_the_actions_that_display_are_looked_at() -> None:
    assert len([path for path in ACTIONS if displayed(path)]) >= 4
