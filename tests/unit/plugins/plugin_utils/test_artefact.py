# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artefact store holds, looked at cheaply."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefact import find_artefact

MANIFEST = {"files": {"a.whl": {"sha256": "0" * 64, "bytes": 3}}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "key"
    folder.mkdir()
    (folder / "a.whl").write_bytes(b"abc")
    (folder / "manifest.json").write_text(json.dumps(MANIFEST))
    return folder


def test_a_whole_artefact_is_found(folder: Path) -> None:
    assert find_artefact(str(folder.parent), "key") == MANIFEST
    assert find_artefact(str(folder.parent), "other") is None


def test_an_artefact_that_lacks_a_file_is_none(folder: Path) -> None:
    (folder / "a.whl").unlink()
    assert find_artefact(str(folder.parent), "key") is None


def test_a_truncated_artefact_is_none(folder: Path) -> None:
    (folder / "a.whl").write_bytes(b"ab")
    assert find_artefact(str(folder.parent), "key") is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"files": {}}', '{"files": []}', '{"files": {"a.whl": {}}}', "{", "\xff"]
)
def test_a_manifest_that_cannot_be_read_is_none(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_bytes(text.encode("latin-1"))
    assert find_artefact(str(folder.parent), "key") is None
