# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapshot brings back every byte, mode, link and time, and appears whole or not at all."""

from __future__ import annotations

import json
import os
import py_compile
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import write_json
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import snapshot as transaction_snapshot
from ansible_collections.jetfleet.protobuf.tests.support.installations import snapshot

Scope = list[list[str]]
# Who works on the files.
OWN = [os.getuid(), os.getgid()]


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


PROTOBUF = (
    "google/protobuf",
    "google/__init__.py",
    "google/_upb",
    "google/~rotobuf",
    "easy-install.pth",
    "protobuf-4.0.dist-info",
)


def module_scope(site: Path) -> Scope:
    """Return the scope of all that is protobuf's in the folder, and of one that comes."""
    paths = [site / name for name in PROTOBUF] + list(site.glob("protobuf-3*"))
    return [["module", str(path)] for path in paths]


def take(folder: Path, scope: Scope, *sites: Path) -> Path:
    partial, final = f"{folder}/transaction.partial", f"{folder}/transaction"
    transaction_snapshot.take(partial, final, scope, [str(site) for site in sites], OWN, {}, {"abi_key": "key"})
    return folder / "transaction"


def restore(taken: Path, *paths: Path) -> None:
    """Restore these paths, or all."""
    scope = transaction_snapshot.manifest_of(str(taken))["scope"]
    transaction_snapshot.restore(str(taken), {str(path) for path in paths} or {path for _kind, path in scope})


def test_everything_comes_back(site: Path, tmp_path: Path) -> None:
    (site / "google/cloud").mkdir()
    (site / "six.py").write_text("of somebody else")
    before = snapshot(site)
    content = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    taken = take(tmp_path, module_scope(site))
    for name in ("google/protobuf", "protobuf-3.6.1-py3.9.egg", "protobuf-3.19.6.dist-info"):
        (site / name).rename(site / "away")
        os.system(f"rm -r {site / 'away'}")
    (site / "google/protobuf").write_text("a file in place of a folder")
    (site / "easy-install.pth").write_text("changed")
    (site / "google/_upb/new.py").write_text("new")
    (site / "protobuf-4.0.dist-info").mkdir()
    (site / "protobuf-4.0.dist-info/RECORD").write_text("new")
    restore(taken)
    assert snapshot(site) == before
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == content


def test_what_was_not_there_goes_with_its_folders(tmp_path: Path) -> None:
    library = tmp_path / "local/lib/pkgconfig/protobuf.pc"
    taken = take(tmp_path, [["library", str(library)]])
    library.parent.mkdir(parents=True)
    library.write_text("new")
    restore(taken)
    assert not (tmp_path / "local").exists()


def test_folder_that_dpkg_removed_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "local/lib"
    folder.mkdir(parents=True)
    folder.chmod(0o750)
    taken = take(tmp_path, [["library", f"{folder}/libprotobuf.so.1"]])
    folder.rmdir()
    folder.parent.rmdir()
    restore(taken)
    assert folder.stat().st_mode & 0o777 == 0o750


def test_only_what_differs_is_written(site: Path, tmp_path: Path) -> None:
    taken = take(tmp_path, module_scope(site))
    inodes = {path: path.lstat().st_ino for path in site.rglob("*")}
    restore(taken)
    assert {path: path.lstat().st_ino for path in site.rglob("*")} == inodes


def test_part_of_the_scope(site: Path, tmp_path: Path) -> None:
    library = tmp_path / "lib"
    library.write_text("old")
    taken = take(tmp_path, [*module_scope(site), ["library", str(library)]])
    library.write_text("new")
    (site / "easy-install.pth").write_text("new")
    restore(taken, library)
    assert (library.read_text(), (site / "easy-install.pth").read_text()) == ("old", "new")


def test_what_is_not_in_the_scope_stays(site: Path, tmp_path: Path) -> None:
    (site / "google/cloud").mkdir()
    taken = take(tmp_path, module_scope(site))
    for name in ("google/cloud/new.py", "six.py", "protobuf_utils-1.0-nspkg.pth"):
        (site / name).write_text("of somebody else")
    (site / "google/protobuf/__init__.py").unlink()
    restore(taken)
    assert (site / "google/cloud/new.py").exists() and (site / "six.py").exists()


def test_entries_and_text(site: Path, tmp_path: Path) -> None:
    (site / "easy-install.pth").write_bytes(b"./caf\xe9.egg\n")
    taken = str(take(tmp_path, module_scope(site), site))
    source = str(site / "google/protobuf/__init__.py")
    entries = transaction_snapshot.entries_of(taken, {source})
    assert set(entries) == {source, str(site / "google/protobuf/__pycache__/__init__.cpython-39.pyc")}
    assert transaction_snapshot.text_in(taken, str(site / "easy-install.pth")) == "./caf\xe9.egg\n"
    manifest = transaction_snapshot.manifest_of(taken)
    assert (manifest["schema"], manifest["sites"]) == (1, [str(site)])
    assert json.loads((tmp_path / "transaction/intent.json").read_text()) == {"abi_key": "key"}


def test_extracted_elsewhere(site: Path, tmp_path: Path) -> None:
    taken = str(take(tmp_path, module_scope(site), site))
    entries = transaction_snapshot.entries_of(taken, {path for _kind, path in module_scope(site)})
    root = tmp_path / "root"
    # A folder of metadata comes first where there is nothing else.
    for chosen in ({path for path in entries if "protobuf-3" in path}, set(entries)):
        transaction_snapshot.extract(taken, {path: f"{root}{path}" for path in chosen})
    staged = transaction_snapshot.scan({f"{root}{path}" for path in entries})
    for path, entry in entries.items():
        found = staged[f"{root}{path}"]
        if entry["type"] != "folder":
            assert found == entry


def test_differences_are_named(site: Path, tmp_path: Path) -> None:
    paths = {path for _kind, path in module_scope(site)}
    before = transaction_snapshot.scan(paths)
    assert transaction_snapshot.size(before) > sum(1024 for entry in before.values() if entry["type"] == "file")
    (site / "google/protobuf/link").unlink()
    (site / "google/protobuf/link").symlink_to("elsewhere")
    (site / "google/_upb/new.py").touch()
    (site / "google/protobuf/hard").unlink()
    (site / "google/protobuf/__init__.py").chmod(0o600)
    os.utime(site / "protobuf-3.19.6-nspkg.pth")
    names = ("google/_upb/new.py", "google/protobuf/__init__.py", "google/protobuf/hard", "google/protobuf/link")
    differing = transaction_snapshot.differing(before, transaction_snapshot.scan(paths))
    assert differing == [str(site / name) for name in names]


def test_byte_code_that_an_import_wrote_meanwhile_is_no_failure(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = take(tmp_path, module_scope(site), site)
    source = site / "google/protobuf/internal/\u00e4.py"
    source.unlink()
    restore_folders = transaction_snapshot.restore_folders

    def compile_as_well(*arguments: Any) -> None:
        restore_folders(*arguments)
        py_compile.compile(str(source)) if source.exists() else None

    monkeypatch.setattr(transaction_snapshot, "restore_folders", compile_as_well)
    restore(taken)
    assert source.exists()
    assert list(source.parent.glob("__pycache__/*.pyc"))


def test_damaged_snapshot_is_a_loud_failure(site: Path, tmp_path: Path) -> None:
    taken = take(tmp_path, module_scope(site))
    archive = taken / "content.tar"
    archive.write_bytes(archive.read_bytes().replace(b"__version__ = '3.19.6'", b"__version__ = '3.19.7'"))
    (site / "google/protobuf/__init__.py").unlink()
    with pytest.raises(
        Failure, match=r"google/protobuf/__init__\.py could not be restored exactly: stop whatever else changes it"
    ):
        restore(taken)
    (taken / "manifest.json").write_text("{")
    with pytest.raises(Failure, match="cannot be read: repair the board's disk"):
        restore(taken)


def test_pipe_is_refused(site: Path, tmp_path: Path) -> None:
    os.mkfifo(site / "google/protobuf/pipe")
    with pytest.raises(Failure, match=r"pipe is neither a file nor a folder nor a link: remove it, then run again\."):
        take(tmp_path, module_scope(site))
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
    take(tmp_path, module_scope(site))
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
