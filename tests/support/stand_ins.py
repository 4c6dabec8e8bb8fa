# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This collection with another module in the place of one of its own, for boards that are not what they should be."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def make_collection(folder: Path, name: str, text: str) -> None:
    """Make this collection out of links, with a stand-in for one module."""
    modules = folder / "ansible_collections/jetfleet/protobuf/plugins/modules"
    modules.mkdir(parents=True)
    for part in ("galaxy.yml", "meta", *(f"plugins/{path.name}" for path in (ROOT / "plugins").iterdir())):
        if part != "plugins/modules":
            (modules.parents[1] / part).symlink_to(ROOT / part)
    for path in (ROOT / "plugins/modules").glob("*.py"):
        if path.stem != name:
            (modules / path.name).symlink_to(path)
    (modules / f"{name}.py").write_text(text)
