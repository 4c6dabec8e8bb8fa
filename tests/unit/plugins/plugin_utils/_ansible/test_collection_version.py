# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of the collection, wherever it is."""

from __future__ import annotations

import json
import shutil
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import yaml
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible import collection_version

ROOT = Path(__file__).parents[5]


def test_a_checkout_has_it_in_galaxy_yml() -> None:
    assert collection_version.collection_version() == yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]


def test_an_installed_collection_has_it_in_its_manifest(tmp_path: Path) -> None:
    place = tmp_path / "plugins/plugin_utils/_ansible"
    place.mkdir(parents=True)
    copy = shutil.copy(ROOT / "plugins/plugin_utils/_ansible/collection_version.py", place)
    (tmp_path / "MANIFEST.json").write_text(json.dumps({"collection_info": {"version": "7.8.9"}}))
    spec = spec_from_file_location("installed", copy)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.collection_version() == "7.8.9"
