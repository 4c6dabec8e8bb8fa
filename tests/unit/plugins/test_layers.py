# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A package of shared code imports only from the packages below it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[3] / "plugins"
PREFIX = "ansible_collections.jetfleet.protobuf.plugins."
# From the top to the bottom; packages of one layer do not know each other.
LAYERS = {
    "module_utils": (
        {"_facts", "_transaction"},
        {"_installation"},
        {"_graph", "_python"},
        {"_scripts", "_artefacts", "_build"},
        {"_system"},
    ),
    "plugin_utils": (
        {"_reports"},
        {"_rules", "_build"},
        {"_planning", "_results", "_artefacts"},
        {"_ansible"},
        {"_text", "_types"},
    ),
}


def imported(path: Path) -> list[str]:
    """Return the modules of the collection's plugins that a file imports."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    modules = [node.module for node in nodes if node.module]
    return [module.removeprefix(PREFIX) for module in modules if module.startswith(PREFIX)]


def layer_of(kind: str, package: str) -> int:
    (layer,) = [layer for layer, packages in enumerate(LAYERS[kind]) if package in packages]
    return layer


def climbs(kind: str) -> list[str]:
    """Return the imports that do not lead down, as text."""
    found = []
    for path in sorted((PLUGINS / kind).rglob("*.py")):
        package = path.parent.name
        for module in imported(path):
            place, other = module.split(".")[:2]
            # The controller may use code of boards, and never the other way round.
            allowed = kind == "plugin_utils" if place != kind else other == package
            if not allowed and (place != kind or layer_of(kind, other) <= layer_of(kind, package)):
                found.append(f"{path.relative_to(PLUGINS)} imports {module}")
    return found


@pytest.mark.parametrize("kind", sorted(LAYERS))
def test_a_package_imports_only_from_below(kind: str) -> None:
    assert climbs(kind) == []


@pytest.mark.parametrize("kind", sorted(LAYERS))
def test_every_package_has_a_layer(kind: str) -> None:
    # What refuses an old controller is in no package, and imports none.
    packages = {path.parent.name for path in (PLUGINS / kind).glob("*/**/*.py")}
    assert packages == set().union(*LAYERS[kind])
