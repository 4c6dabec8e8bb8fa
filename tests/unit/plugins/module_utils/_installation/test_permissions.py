# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owner and mode of what was installed: found where they are wrong, corrected, and nothing else touched."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation import permissions
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import ownership
from ansible_collections.jetfleet.protobuf.tests.support.packages import Packages

LIBRARY = "lib/libprotobuf.so.16.0.0"
HEADER = "include/google/protobuf/io/coded_stream.h"
MODULE = "google/protobuf/internal/decoder.py"
RECORD = "protobuf-3.6.0.dist-info/RECORD"
STRANGER = 4711
ME, MY_GROUP = pwd.getpwuid(os.getuid())[0], grp.getgrgid(os.getgid())[0]


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install our package to a directory that stands for /usr/local."""
    place = tmp_path / "local"
    packages = Packages(tmp_path / "packages")
    packages.install("jetfleet-libprotobuf", "1", {place / name: b"x" for name in (LIBRARY, HEADER)})
    monkeypatch.setenv("DPKG_ADMINDIR", str(packages.admin))
    for path in [place, *place.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return place


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Put a module where pip does, beside files of others."""
    place = tmp_path / "site"
    others = ("google/protobuf/internal/others.py", "google/cloud/__init__.py", "six.py")
    for name in (MODULE, RECORD, "google/_upb/_message.so", "protobuf-3.6.0-py3.6-nspkg.pth", *others):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("")
    (place / RECORD).write_text(
        f"{MODULE},sha256=x,1\ngoogle/_upb/_message.so,,\nprotobuf-3.6.0-py3.6-nspkg.pth,,\n{RECORD},,\n../outside,,\n"
    )
    (tmp_path / "outside").write_text("")
    (tmp_path / "outside").chmod(0o666)
    for path in [place, *place.rglob("*")]:
        path.chmod(0o2755 if path.is_dir() else 0o644)
    return place


def library(prefix: Path) -> Any:
    return permissions.library_part(str(prefix), {"architecture": "all"})


def module(site: Path) -> Any:
    return permissions.module_part(str(site / RECORD))


def wrong(part: Any) -> dict[str, str]:
    """Return the mode of what is wrong by its name in the place."""
    return {entry["path"].removeprefix(f"{part.place}/"): entry["mode"] for entry in permissions.wrong_modes(part)}


def state(path: Path) -> tuple[int, int, int]:
    found = path.lstat()
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


def test_nothing_is_wrong(prefix: Path, site: Path) -> None:
    assert permissions.wrong_modes(library(prefix)) == permissions.wrong_modes(module(site)) == []


def test_host_without_the_package(prefix: Path) -> None:
    (prefix / LIBRARY).chmod(0o666)
    assert permissions.wrong_modes(permissions.library_part(str(prefix), None)) == []


def test_what_is_told(prefix: Path) -> None:
    (prefix / LIBRARY).chmod(0o666)
    assert permissions.wrong_modes(library(prefix)) == [
        {"path": str(prefix / LIBRARY), "owner": ME, "group": MY_GROUP, "mode": "0666"}
    ]


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o640, 0o604, 0o600, 0o4757])
def test_wrong_mode_of_a_file(prefix: Path, site: Path, mode: int) -> None:
    for part, name in ((library(prefix), LIBRARY), (module(site), MODULE), (module(site), RECORD)):
        path = Path(part.place, name)
        path.chmod(mode)
        assert wrong(part) == {name: f"{mode:04o}"}
        permissions.set_right(part)
        assert wrong(part) == {}
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if mode & 0o100 else 0o644)


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o555, 0o444, 0o4755])
def test_right_mode_of_a_file(prefix: Path, mode: int) -> None:
    (prefix / LIBRARY).chmod(mode)
    assert wrong(library(prefix)) == {}


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o750, 0o705, 0o754, 0o2775])
@pytest.mark.parametrize("folder", ["google/protobuf", "google/protobuf/internal", "google/_upb", Path(RECORD).parent])
def test_wrong_mode_of_a_folder(site: Path, folder: str, mode: int) -> None:
    (site / folder).chmod(mode)
    assert wrong(module(site)) == {str(folder): f"{mode:04o}"}
    permissions.set_right(module(site))
    assert wrong(module(site)) == {}
    assert stat.S_IMODE((site / folder).stat().st_mode) == 0o755 | mode & 0o2000


@pytest.mark.parametrize("folder", ["include/google/protobuf", "include/google/protobuf/io"])
def test_wrong_mode_of_a_folder_of_headers(prefix: Path, folder: str) -> None:
    (prefix / folder).chmod(0o777)
    assert wrong(library(prefix)) == {folder: "0777"}


def test_what_others_own_too(prefix: Path, site: Path, tmp_path: Path) -> None:
    shared = [prefix / name for name in ("", "lib", "include", "include/google")]
    shared += [site / name for name in ("", "google", "google/cloud", "google/protobuf/internal/others.py", "six.py")]
    shared += [tmp_path / "outside"]
    for path in shared:
        path.chmod(0o777)
    before = [state(path) for path in shared]
    for part in (library(prefix), module(site)):
        assert wrong(part) == {}
        permissions.set_right(part)
    assert [state(path) for path in shared] == before


def test_place_whose_own_name_looks_like_a_folder_of_protobuf(site: Path, tmp_path: Path) -> None:
    place = tmp_path / "google/protobuf/site"
    place.parent.mkdir(parents=True)
    site.rename(place)
    for path in (place, place / "google", place.parent):
        path.chmod(0o777)
    assert wrong(module(place)) == {}


def test_what_is_missing_or_no_file(prefix: Path, site: Path) -> None:
    (prefix / LIBRARY).unlink()
    (prefix / LIBRARY).symlink_to("/etc/shadow")
    (site / MODULE).unlink()
    os.mkfifo(site / MODULE, 0o666)
    (site / RECORD).unlink()
    assert wrong(library(prefix)) == wrong(module(site)) == {}


def test_list_that_cannot_be_read_is_looked_at_itself(site: Path) -> None:
    (site / RECORD).write_text("")
    (site / RECORD).chmod(0o600)
    assert wrong(module(site)) == {RECORD: "0600"}


def give_away(path: Path) -> None:
    """Make a file somebody else's than root's; that of who is not root is so already."""
    if os.getuid() == 0:
        os.chown(path, STRANGER, STRANGER)


def test_file_of_the_system_that_is_not_roots(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership, "_SYSTEM", f"{prefix.parent}/")
    give_away(prefix / LIBRARY)
    # The owner of the folder does not matter.
    give_away(prefix)
    found = {entry["path"]: entry["owner"] for entry in permissions.wrong_modes(library(prefix))}
    assert found[str(prefix / LIBRARY)] == (str(STRANGER) if os.getuid() == 0 else ME)
    (prefix / LIBRARY).chmod(0o4755)
    if os.getuid() == 0:
        permissions.set_right(library(prefix))
        assert state(prefix / LIBRARY) == (0, 0, 0o755)
    else:
        with pytest.raises(PermissionError):
            permissions.set_right(library(prefix))


def test_owner_of_a_virtual_environment(site: Path) -> None:
    for path in (site, site / MODULE, site / RECORD):
        give_away(path)
    assert wrong(module(site)) == {}
    (site / MODULE).chmod(0o666)
    permissions.set_right(module(site))
    owner = STRANGER if os.getuid() == 0 else os.getuid()
    assert state(site / MODULE)[::2] == (owner, 0o644)


def test_owner_of_a_place_leads_nobody_elsewhere(site: Path, tmp_path: Path) -> None:
    """The list and the folders are the user's: root must not follow them to files of others."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "decoder.py").write_text("")
    (secret / "decoder.py").chmod(0o600)
    for name in ("decoder.py", "others.py"):
        (site / "google/protobuf/internal" / name).unlink()
    (site / "google/protobuf/internal").rmdir()
    (site / "google/protobuf/internal").symlink_to(secret)
    if os.getuid() == 0:
        os.chown(site, STRANGER, STRANGER)
    expected = 0o600 if os.getuid() == 0 else 0o644
    permissions.set_right(module(site))
    assert state(secret / "decoder.py")[2] == expected
