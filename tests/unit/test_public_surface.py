# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible, Galaxy and other programs find of the collection: modules, their group, addresses."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import yaml
from ansible_collections.jetfleet.protobuf.tests.support.plays import play

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))
FOR_EVERYBODY = {"protobuf_facts", "graph_info", "graph_repack"}
BUILDING_BLOCKS = {"protobuf_plan", "protobuf_install", "artefact_store", "build_job"}


def short_description(name: str) -> str:
    module = importlib.import_module(f"ansible_collections.jetfleet.protobuf.plugins.modules.{name}")
    return str(yaml.safe_load(module.DOCUMENTATION)["short_description"])


def test_only_seven_modules_are_public() -> None:
    public = {name for name in MODULES if not short_description(name).startswith("[INTERNAL] ")}
    assert public == FOR_EVERYBODY | BUILDING_BLOCKS


def test_the_action_group_has_every_module() -> None:
    groups = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["action_groups"]
    assert groups == {"all": MODULES}


def test_defaults_of_the_action_group_reach_a_module(tmp_path: Path) -> None:
    defaults = {"group/jetfleet.protobuf.all": {"path": "/nowhere.pb"}}
    tasks = [{"name": "Look", "jetfleet.protobuf.graph_info": {}}]
    plays = [{"hosts": "localhost", "gather_facts": False, "module_defaults": defaults, "tasks": tasks}]
    assert "/nowhere.pb does not exist" in play(tmp_path, plays).result("Look", "localhost")["msg"]


def test_the_addresses_are_those_of_the_repository() -> None:
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    assert galaxy["homepage"] == galaxy["repository"]
    assert galaxy["issues"] == f"{galaxy['repository']}/issues"
    pages = f"{galaxy['repository']}/tree/main/"
    assert galaxy["documentation"].startswith(pages)
    assert (ROOT / galaxy["documentation"].removeprefix(pages)).is_dir()
    path = "roles/drift/files/drift-report.schema.json"
    place = galaxy["repository"].replace("https://github.com", "https://raw.githubusercontent.com")
    assert json.loads((ROOT / path).read_text())["$id"] == f"{place}/main/{path}"
