# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapshot brings back every byte, mode, link and time, and appears whole or not at all."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import write_json
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import snapshot as transaction_snapshot
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import exact, module_scope
from ansible_collections.jetfleet.protobuf.tests.support.installations import snapshot

Scope = list[list[str]]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder of modules with everything that a protobuf can leave in one."""
    place = tmp_path / "site"
    files = {
        "google/protobuf/__init__.py": "__version__ = '3.19.6'\n",
        "google/protobuf/__pycache__/__init__.cpython-39.pyc": "compiled",
        "google/protobuf/internal/\u00e4.py": "",
        "google/__init__.py": "namespace",
        "google/__pycache__/__init__.cpython-39.pyc": "compiled",
        "google/_upb/_message.abi3.so": "binary",
        "google/~rotobuf/left.py": "of a killed pip",
        "protobuf-3.19.6.dist-info/RECORD": "",
        "protobuf-3.19.6-py3.9.egg-info": "a file",
        "protobuf-3.19.6-nspkg.pth": "import sys",
        "protobuf-3.6.1-py3.9.egg/EGG-INFO/PKG-INFO": "",
        "easy-install.pth": "./protobuf-3.6.1-py3.9.egg\n",
    }
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    (place / "google/protobuf/link").symlink_to("../nothing")
    os.link(place / "easy-install.pth", place / "google/protobuf/hard")
    (place / "google/protobuf/__init__.py").chmod(0o751)
    (place / "google/protobuf/internal").chmod(0o700)
    for number, path in enumerate([*place.rglob("*"), place]):
        os.utime(path, ns=(0, 1_500_000_000_123_456_789 + number), follow_symlinks=False)
    return place


def take(folder: Path, scope: Scope, folders: tuple[str, ...] = ()) -> Path:
    transaction_snapshot.take(f"{folder}/transaction.partial", f"{folder}/transaction", scope, folders, {}, {})
    return folder / "transaction"


def test_everything_comes_back(site: Path, tmp_path: Path) -> None:
    (site / "google/cloud").mkdir()
    (site / "six.py").write_text("of somebody else")
    before = snapshot(site)
    content = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    taken = take(tmp_path, module_scope(str(site)))
    for name in ("google/protobuf", "protobuf-3.6.1-py3.9.egg", "protobuf-3.19.6.dist-info"):
        (site / name).rename(site / "away")
        os.system(f"rm -r {site / 'away'}")
    (site / "google/protobuf").write_text("a file in place of a folder")
    (site / "easy-install.pth").write_text("changed")
    (site / "google/_upb/new.py").write_text("new")
    (site / "protobuf-4.0.dist-info").mkdir()
    (site / "protobuf-4.0.dist-info/RECORD").write_text("new")
    transaction_snapshot.restore(str(taken))
    assert snapshot(site) == before
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == content


def test_what_was_not_there_goes_with_its_folders(tmp_path: Path) -> None:
    library = tmp_path / "local/lib/pkgconfig/protobuf.pc"
    taken = take(tmp_path, [exact("library", str(library))])
    library.parent.mkdir(parents=True)
    library.write_text("new")
    transaction_snapshot.restore(str(taken))
    assert not (tmp_path / "local").exists()


def test_folder_that_dpkg_removed_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "local/lib"
    folder.mkdir(parents=True)
    folder.chmod(0o750)
    taken = take(tmp_path, [exact("library", f"{folder}/libprotobuf.so.1")], (str(folder),))
    folder.rmdir()
    folder.parent.rmdir()
    transaction_snapshot.restore(str(taken))
    assert folder.stat().st_mode & 0o777 == 0o750


def test_only_what_differs_is_written(site: Path, tmp_path: Path) -> None:
    taken = take(tmp_path, module_scope(str(site)))
    inodes = {path: path.lstat().st_ino for path in site.rglob("*")}
    transaction_snapshot.restore(str(taken))
    assert {path: path.lstat().st_ino for path in site.rglob("*")} == inodes


def test_part_of_the_scope(site: Path, tmp_path: Path) -> None:
    library = tmp_path / "lib"
    library.write_text("old")
    part = exact("library", str(library))
    taken = take(tmp_path, [*module_scope(str(site)), part])
    library.write_text("new")
    (site / "easy-install.pth").write_text("new")
    transaction_snapshot.restore(str(taken), [part])
    assert (library.read_text(), (site / "easy-install.pth").read_text()) == ("old", "new")


def test_damaged_snapshot_is_a_loud_failure(site: Path, tmp_path: Path) -> None:
    taken = take(tmp_path, module_scope(str(site)))
    archive = taken / "content.tar"
    archive.write_bytes(archive.read_bytes().replace(b"__version__ = '3.19.6'", b"__version__ = '3.19.7'"))
    (site / "google/protobuf/__init__.py").unlink()
    with pytest.raises(
        Failure, match=r"google/protobuf/__init__\.py could not be restored exactly: stop whatever else changes it"
    ):
        transaction_snapshot.restore(str(taken))
    (taken / "manifest.json").write_text("{")
    with pytest.raises(Failure, match="cannot be read: repair the board's disk"):
        transaction_snapshot.restore(str(taken))


def test_pipe_is_refused(site: Path, tmp_path: Path) -> None:
    os.mkfifo(site / "google/protobuf/pipe")
    with pytest.raises(Failure, match=r"pipe is neither a file nor a folder nor a link: remove it, then run again\."):
        take(tmp_path, module_scope(str(site)))
    assert not (tmp_path / "transaction").exists()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return what is brought to the disk and renamed, in order."""
    made: list[tuple[str, str]] = []
    fsync, rename = os.fsync, os.rename

    def recorded_fsync(descriptor: int) -> None:
        made.append(("fsync", os.readlink(f"/proc/self/fd/{descriptor}")))
        fsync(descriptor)

    def recorded_rename(source: Any, target: Any) -> None:
        made.append(("rename", str(target)))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr(os, "rename", recorded_rename)
    return made


def test_on_the_disk_before_it_gets_its_name(site: Path, tmp_path: Path, calls: list[tuple[str, str]]) -> None:
    take(tmp_path, module_scope(str(site)))
    partial = f"{tmp_path}/transaction.partial"
    named = calls.index(("rename", f"{tmp_path}/transaction"))
    before = {path for kind, path in calls[:named] if kind == "fsync"}
    assert {f"{partial}/content.tar", partial} <= before
    assert {f"{partial}/manifest.json.partial", f"{partial}/intent.json.partial"} <= before
    assert calls[named + 1] == ("fsync", str(tmp_path))


def test_state_is_on_the_disk_before_it_gets_its_name(tmp_path: Path, calls: list[tuple[str, str]]) -> None:
    write_json(f"{tmp_path}/state.json", {}, 0o644)
    state = f"{tmp_path}/state.json"
    assert calls == [("fsync", f"{state}.partial"), ("rename", state), ("fsync", str(tmp_path))]
    assert re.fullmatch(r"\{\}\n", (tmp_path / "state.json").read_text())
