# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artefact store holds: looked at cheaply, and read."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.manifest import StoredArtefact, find_artefact

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


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Make a store with two files under the key `key`, all of them right."""
    folder = tmp_path / "key"
    folder.mkdir()
    files: dict[str, Any] = {}
    for name in ("a.whl", "b.deb"):
        (folder / name).write_bytes(name.encode())
        files[name] = {"sha256": hashlib.sha256(name.encode()).hexdigest(), "bytes": len(name)}
    (folder / "manifest.json").write_text(json.dumps({"abi_key": "key", "files": files}))
    return folder


def refusal(store: Path, key: str, *names: str) -> str:
    with pytest.raises(ValueError) as caught:
        StoredArtefact(str(store), key).verify(names or None)
    sentence = str(caught.value)
    assert len(sentence.splitlines()) == 1
    assert sentence.endswith("run the playbook jetfleet.protobuf.build.")
    return sentence


def test_what_is_as_it_was_stored_passes(two: Path) -> None:
    stored = StoredArtefact(str(two.parent), "key")
    stored.verify()
    assert stored.fault() is None
    assert sorted(stored.manifest()["files"]) == ["a.whl", "b.deb"]


@pytest.mark.parametrize("damage", [b"a.whm", b"a.wh", b"a.whl!", b""])
def test_a_file_that_is_not_as_it_was_stored_is_named_with_both_sums(two: Path, damage: bytes) -> None:
    (two / "a.whl").write_bytes(damage)
    sentence = refusal(two.parent, "key")
    for words in (two / "a.whl", hashlib.sha256(damage).hexdigest(), hashlib.sha256(b"a.whl").hexdigest()):
        assert str(words) in sentence
    StoredArtefact(str(two.parent), "key").verify(["b.deb"])
    refusal(two.parent, "key", "a.whl")


def test_a_file_that_is_gone_is_named(two: Path) -> None:
    (two / "b.deb").unlink()
    assert f"{two / 'b.deb'} has the SHA-256 of no file instead of" in refusal(two.parent, "key")


def test_a_folder_under_the_name_of_another_key_names_both(two: Path) -> None:
    two.rename(two.with_name("other"))
    fault = StoredArtefact(str(two.parent), "other").fault()
    assert fault == refusal(two.parent, "other")
    assert f"The artefact in {two.with_name('other')} was made for key and not for other: delete that folder" in fault


def test_a_manifest_without_a_key_is_for_no_key(folder: Path) -> None:
    assert "was made for no ABI key and not for key" in (StoredArtefact(str(folder.parent), "key").fault() or "")


def test_what_is_not_there_is_no_fault_and_cannot_be_verified(tmp_path: Path) -> None:
    assert StoredArtefact(str(tmp_path), "key").fault() is None
    assert f"The artefact store {tmp_path} holds no readable manifest for key" in refusal(tmp_path, "key")


@pytest.mark.parametrize(
    "files",
    [
        [],
        {},
        {"../../x.whl": {"sha256": "0" * 64, "bytes": 1}},
        {"a/b.whl": {"sha256": "0" * 64, "bytes": 1}},
        {"a.whl": {}},
        {"a.whl": 3},
        {"a.whl": {"sha256": 3, "bytes": 1}},
        {"a.whl": {"sha256": "../" + "0" * 61, "bytes": 1}},
        {"a.whl": {"sha256": "0" * 64}},
        {"a.whl": {"sha256": "0" * 64, "bytes": -1}},
        {"a.whl": {"sha256": "0" * 64, "bytes": True}},
        {"a.whl": {"sha256": "0" * 64, "bytes": 1.0}},
        {"a.whl": {"sha256": "0" * 64, "bytes": float("nan")}},
    ],
)
def test_a_manifest_of_another_shape_is_refused(two: Path, files: Any) -> None:
    (two / "manifest.json").write_text(json.dumps({"abi_key": "key", "files": files}))
    assert "holds no readable manifest for key" in refusal(two.parent, "key")
    assert find_artefact(str(two.parent), "key") is None


@pytest.mark.parametrize(
    "more",
    [
        {"extensions": 7},
        {"extensions": ["a.so"]},
        {"extensions": {"a.so": 7}},
        {"builder": ["a"]},
        {"abi_key": 7},
        {"inputs": float("inf")},
    ],
)
def test_what_others_read_in_a_manifest_has_the_right_type(two: Path, more: dict[str, Any]) -> None:
    path = two / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | more))
    assert "holds no readable manifest for key" in refusal(two.parent, "key")
    assert find_artefact(str(two.parent), "key") is None


@pytest.mark.parametrize("text", ["[" * 100000, '{"a":' * 100000, " " * (1 << 20) + "{}", "1" * 5000])
def test_a_manifest_that_would_break_who_reads_it(two: Path, text: str) -> None:
    (two / "manifest.json").write_text(text)
    assert "holds no readable manifest for key" in refusal(two.parent, "key")


@pytest.mark.parametrize("name", ["manifest.json", "a.whl"])
def test_a_pipe_and_a_device_are_no_files(two: Path, name: str) -> None:
    """A pipe would block, and a device has no end."""
    (two / name).unlink()
    os.mkfifo(two / name)
    refusal(two.parent, "key")
    (two / name).unlink()
    (two / name).symlink_to("/dev/zero")
    refusal(two.parent, "key")


def test_a_name_that_leads_out_of_the_store_is_of_no_artefact(two: Path) -> None:
    """The playbooks copy the files of a plan's artefact to its builder."""
    secret = two.parent.parent / "secret.whl"
    secret.write_bytes(b"abc")
    entry = {"sha256": hashlib.sha256(b"abc").hexdigest(), "bytes": 3}
    (two / "manifest.json").write_text(json.dumps({"abi_key": "key", "files": {"../../secret.whl": entry}}))
    assert find_artefact(str(two.parent), "key") is None
