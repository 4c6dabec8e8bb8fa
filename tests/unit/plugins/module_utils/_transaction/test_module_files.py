# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module comes back from snapshots through a switch, byte for byte, and only where it differs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import Layout
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import snapshot
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.module_files import restore_module
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.workplace import drop_workplaces

OWN = [os.getuid(), os.getgid()]


class Board:
    """Two folders with a protobuf each, and a place for snapshots of them."""

    def __init__(self, root: Path) -> None:
        self.root, self.sites = root, [root / "site", root / "other"]
        for site in self.sites:
            (site / "google/protobuf/internal").mkdir(parents=True)
            (site / "google/protobuf/__init__.py").write_text(f"of {site.name}")
            (site / "google/protobuf/internal/a.py").write_text("a")
            (site / "google/protobuf/link").symlink_to("internal/a.py")
            (site / "protobuf-1.dist-info/licenses").mkdir(parents=True)
            (site / "protobuf-1.dist-info/RECORD").write_text("")
            for number, path in enumerate(sorted(site.rglob("*"))):
                os.utime(path, ns=(0, 10**18 + number), follow_symlinks=False)
        (root / "jetfleet").mkdir()
        self.layout = Layout(folder=str(root / "jetfleet"))
        self.waits = 0

    def paths(self, *sites: Path) -> set[str]:
        names = ("google/protobuf", "protobuf-1.dist-info", "protobuf-2.dist-info")
        return {f"{site}/{name}" for site in sites for name in names}

    def take(self, name: str, *sites: Path) -> tuple[str, set[str]]:
        folder = str(self.root / name)
        paths = self.paths(*sites)
        scope = [["module", path] for path in sorted(paths)]
        snapshot.take(folder + ".partial", folder, scope, [str(site) for site in sites], OWN, {}, None)
        return folder, paths

    def restore(self, *parts: tuple[str, set[str]], unwanted: set[str] | None = None) -> None:
        restore_module(self.layout, list(parts), unwanted or set(), self._wait)
        drop_workplaces(self.layout)

    def _wait(self) -> None:
        self.waits += 1

    def tree(self) -> dict[str, Any]:
        found: dict[str, Any] = snapshot.scan({str(site) for site in self.sites})
        for entry in found.values():
            if entry["type"] == "folder":
                del entry["mtime"]
        return found


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path)


def test_both_folders_come_back(board: Board) -> None:
    before = board.tree()
    part = board.take("taken", *board.sites)
    first, second = board.sites
    (first / "google/protobuf/__init__.py").write_text("new")
    (first / "google/protobuf/new/empty").mkdir(parents=True)
    (first / "google/protobuf/new.py").touch()
    (first / "protobuf-1.dist-info").rename(first / "protobuf-2.dist-info")
    (second / "google/protobuf/__init__.py").unlink()
    (second / "google/protobuf/link").unlink()
    (second / "google/protobuf/link").mkdir()
    board.restore(part)
    assert board.tree() == before


def test_what_is_as_before_is_left_alone(board: Board) -> None:
    part = board.take("taken", *board.sites)
    first, second = board.sites
    inodes = {path: path.lstat().st_ino for path in second.rglob("*")}
    (first / "google/protobuf/internal/a.py").write_text("changed")
    board.restore(part)
    assert {path: path.lstat().st_ino for path in second.rglob("*")} == inodes
    assert board.waits == 1
    board.restore(part)
    assert board.waits == 1


def test_nothing_was_there(board: Board) -> None:
    site = board.sites[0]
    for path in sorted(site.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    part = board.take("taken", site)
    (site / "google/protobuf/internal").mkdir(parents=True)
    (site / "google/protobuf/__init__.py").touch()
    (site / "protobuf-2.dist-info").mkdir()
    board.restore(part)
    assert list(site.iterdir()) == []


def test_only_metadata_was_there(board: Board) -> None:
    site = board.sites[0]
    for path in sorted((site / "google").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    before = board.tree()
    part = board.take("taken", site)
    (site / "google/protobuf").mkdir()
    (site / "google/protobuf/__init__.py").touch()
    (site / "protobuf-1.dist-info/RECORD").unlink()
    board.restore(part)
    assert {path: entry for path, entry in board.tree().items()} == before


def test_what_came_since_goes_where_it_is_unwanted(board: Board) -> None:
    before = board.tree()
    part = board.take("taken", board.sites[0])
    since = board.sites[0] / "protobuf.libs/libz.so"
    since.parent.mkdir()
    since.touch()
    (board.sites[0] / "foreign").touch()
    board.restore(part, unwanted={str(since)})
    (board.sites[0] / "foreign").unlink()
    assert board.tree() == before


def test_two_snapshots(board: Board) -> None:
    before = board.tree()
    parts = [board.take(f"taken-{site.name}", site) for site in board.sites]
    for site in board.sites:
        (site / "google/protobuf/__init__.py").write_text("changed")
    board.restore(*parts)
    assert board.tree() == before


def test_snapshot_that_is_damaged(board: Board) -> None:
    folder, paths = board.take("taken", board.sites[0])
    source = board.sites[0] / "google/protobuf/__init__.py"
    archive = Path(folder) / "content.tar"
    archive.write_bytes(archive.read_bytes().replace(b"of site", b"of sixe"))
    source.write_text("changed")
    with pytest.raises(Failure, match=rf"^{source} could not be restored exactly: stop whatever else changes it"):
        board.restore((folder, paths))
