# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules that are not for users say so in `ansible-doc -l`."""

from __future__ import annotations

import importlib
from pathlib import Path

import yaml

MODULES = sorted(path.stem for path in (Path(__file__).parents[2] / "plugins/modules").glob("*.py"))
FOR_EVERYBODY = {"protobuf_facts", "graph_info", "graph_repack"}
BUILDING_BLOCKS = {"protobuf_plan", "protobuf_install", "artefact_store", "build_job"}


def short_description(name: str) -> str:
    module = importlib.import_module(f"ansible_collections.jetfleet.protobuf.plugins.modules.{name}")
    return str(yaml.safe_load(module.DOCUMENTATION)["short_description"])


def test_only_seven_modules_are_public() -> None:
    public = {name for name in MODULES if not short_description(name).startswith("[INTERNAL] ")}
    assert public == FOR_EVERYBODY | BUILDING_BLOCKS
