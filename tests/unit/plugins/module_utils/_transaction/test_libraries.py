# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries of a package come to their places before dpkg installs it, and old ones come back, without losing newer ones."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.libraries import (
    is_newer,
    place_kept_libraries,
    place_libraries,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.snapshot import take
from ansible_collections.jetfleet.protobuf.tests.support.packages import CONTROL


@pytest.fixture
def lib(tmp_path: Path) -> Path:
    return tmp_path / "usr/local/lib"


@pytest.fixture
def package(tmp_path: Path, lib: Path) -> str:
    """Return a package with a library, links to it and other files."""
    tree = tmp_path / "tree"
    place = tree / lib.relative_to("/")
    place.mkdir(parents=True)
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(CONTROL.format(name="a", version="1", architecture="all"))
    (place / "libprotobuf.so.16.0.0").write_text("new")
    (place / "libprotobuf.so.16").symlink_to("libprotobuf.so.16.0.0")
    (place / "libprotobuf.so").symlink_to("libprotobuf.so.16")
    for name in ("libprotobuf.a", "protobuf.pc", "libnames.so.txt"):
        (place / name).write_text("no library to load")
    for path in tree.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644) if not path.is_symlink() else None
    subprocess.run(
        ["dpkg-deb", "--build", "--root-owner-group", tree, tmp_path / "a.deb"], check=True, capture_output=True
    )
    return str(tmp_path / "a.deb")


def test_only_libraries_are_placed(package: str, lib: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename, dangling = os.rename, []

    def look(source: str, target: str) -> None:
        rename(source, target)
        dangling.extend([] if os.path.exists(lib / "libprotobuf.so.16.0.0") else [target])

    monkeypatch.setattr(os, "rename", look)
    assert place_libraries(package, str(tmp_path / "unpacked"), False)
    assert dangling == []
    assert sorted(os.listdir(lib)) == ["libprotobuf.so", "libprotobuf.so.16", "libprotobuf.so.16.0.0"]
    assert (lib / "libprotobuf.so").read_text() == "new"
    assert os.readlink(lib / "libprotobuf.so") == "libprotobuf.so.16"
    assert stat.S_IMODE((lib / "libprotobuf.so.16.0.0").stat().st_mode) == 0o644
    assert not (tmp_path / "unpacked").exists()
    assert not place_libraries(package, str(tmp_path / "unpacked"), False)


@pytest.mark.parametrize("replaces", [False, True])
def test_what_is_there_is_replaced_only_by_newer_ones(package: str, lib: Path, tmp_path: Path, replaces: bool) -> None:
    lib.mkdir(parents=True)
    (lib / "libprotobuf.so.16.1.0").write_text("old")
    (lib / "libprotobuf.so.16").symlink_to("libprotobuf.so.16.1.0")
    place_libraries(package, str(tmp_path / "unpacked"), replaces)
    assert (lib / "libprotobuf.so.16").read_text() == ("new" if replaces else "old")
    assert (lib / "libprotobuf.so.16.1.0").read_text() == "old"


def test_a_folder_above_is_a_link(package: str, lib: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    lib.parent.mkdir(parents=True)
    lib.symlink_to(tmp_path / "disk")
    place_libraries(package, str(tmp_path / "unpacked"), True)
    assert lib.is_symlink()
    assert (tmp_path / "disk/libprotobuf.so").read_text() == "new"


def test_a_link_in_the_place_of_a_file_is_not_written_through(package: str, lib: Path, tmp_path: Path) -> None:
    lib.mkdir(parents=True)
    victim = tmp_path / "victim"
    victim.write_text("of somebody else")
    for name in ("libprotobuf.so.16.0.0", "libprotobuf.so.16.0.0.dpkg-new"):
        (lib / name).symlink_to(victim)
    place_libraries(package, str(tmp_path / "unpacked"), True)
    assert victim.read_text() == "of somebody else"
    assert not (lib / "libprotobuf.so.16.0.0").is_symlink()
    assert not (lib / "libprotobuf.so.16.0.0.dpkg-new").is_symlink()


def test_what_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "a.deb").write_text("no package")
    with pytest.raises(Failure, match=r"a\.deb cannot be unpacked: build it again"):
        place_libraries(str(tmp_path / "a.deb"), str(tmp_path / "unpacked"), False)


def test_libraries_of_a_snapshot(lib: Path, tmp_path: Path) -> None:
    lib.mkdir(parents=True)
    for name in ("libprotobuf.so.15", "libprotobuf.so.16", "protobuf.pc"):
        (lib / name).write_text("old")
    (lib / "libprotobuf.so").symlink_to("libprotobuf.so.15")
    paths = {str(path) for path in lib.iterdir()}
    snapshot = str(tmp_path / "snapshot")
    take(snapshot + ".partial", snapshot, [["library", path] for path in sorted(paths)], [], None, {}, {})
    for name in ("libprotobuf.so.15", "libprotobuf.so", "protobuf.pc"):
        (lib / name).unlink()
    (lib / "libprotobuf.so.16").write_text("newer")
    assert place_kept_libraries(snapshot, paths)
    assert (lib / "libprotobuf.so").read_text() == "old"
    assert (lib / "libprotobuf.so.16").read_text() == "newer"
    assert not (lib / "protobuf.pc").exists()
    assert not place_kept_libraries(snapshot, paths)


def test_newer() -> None:
    assert is_newer("3.20.3+jetfleet.1", "3.6.0+jetfleet.1")
    assert not is_newer("3.6.0+jetfleet.1", "3.6.0+jetfleet.1")
    assert is_newer("3.6.0+jetfleet.1", None)
