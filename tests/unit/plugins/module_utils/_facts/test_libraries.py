# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which libraries and compilers of protobuf there are."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts import libraries
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import dpkg
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.loader import Loader
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.memory import RESERVE
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import health
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.packages import Packages


@pytest.fixture(scope="module")
def library(installations: Installations) -> Path:
    """Compile a library with the soname of protobuf 3.6.0."""

    def make(place: Path) -> None:
        installations.compile("int protobuf;", place, "-Wl,-soname,libprotobuf.so.16")

    return installations.once("libprotobuf.so.16.0.0", make)


@pytest.fixture
def place(tmp_path: Path, library: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory that stands for /usr/local/lib, with the library and its links."""
    directory = tmp_path / "lib"
    (directory / "pkgconfig").mkdir(parents=True)
    (directory / library.name).write_bytes(library.read_bytes())
    (directory / "libprotobuf.so.16").symlink_to(library.name)
    (directory / "libprotobuf.so").symlink_to(library.name)
    monkeypatch.setattr(libraries, "_EXTRA_DIRECTORIES", (str(directory),))
    return directory


def found(place: Path, owners: Any = dict.fromkeys) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = libraries.libraries_facts(Loader(), owners)
    return [entry for entry in facts if entry["path"].startswith(str(place))]


def test_library_that_make_install_left(place: Path, library: Path) -> None:
    (place / "pkgconfig/protobuf.pc").write_text("Name: Protocol Buffers\nVersion: 3.6.0\n")
    assert found(place) == [
        {
            "path": str(place / "libprotobuf.so.16"),
            "real_path": str(place / "libprotobuf.so.16.0.0"),
            "soname": "libprotobuf.so.16",
            "version": "16.0.0",
            "protobuf_version": "3.6.0",
            "package": None,
            "sha256": hashlib.sha256(library.read_bytes()).hexdigest(),
            "in_linker_cache": False,
            "lite": False,
        }
    ]


def test_library_that_the_pkg_config_file_does_not_speak_of(place: Path, library: Path) -> None:
    (place / "pkgconfig/protobuf.pc").write_text("Version: 3.6.1\n")
    (place / "libprotobuf.so.17.0.0").write_bytes(library.read_bytes())
    (place / "libprotobuf.so").unlink()
    (place / "libprotobuf.so").symlink_to("libprotobuf.so.17.0.0")
    versions = {Path(entry["real_path"]).name: entry["protobuf_version"] for entry in found(place)}
    assert versions == {"libprotobuf.so.16.0.0": None, "libprotobuf.so.17.0.0": "3.6.1"}


def test_library_without_its_link(place: Path) -> None:
    (place / "libprotobuf.so.16").unlink()
    (place / "libprotobuf.so").unlink()
    (entry,) = found(place)
    assert entry["path"] == entry["real_path"] == str(place / "libprotobuf.so.16.0.0")


def test_what_is_no_libprotobuf(place: Path, library: Path) -> None:
    for name in ("libprotobuf-c.so.1", "libmirprotobuf.so.3", "libprotobuf.a"):
        (place / name).write_bytes(library.read_bytes())
    (place / "libprotobuf-lite.so").write_text("GROUP ( libprotobuf.so )")
    (place / "libprotobuf-lite.so.16").write_bytes(library.read_bytes())
    lite = {entry["path"]: entry["lite"] for entry in found(place)}
    assert lite == {str(place / "libprotobuf.so.16"): False, str(place / "libprotobuf-lite.so.16"): True}


@pytest.mark.parametrize(
    ("version", "upstream"),
    [("3.0.0-9.1ubuntu1", "3.0.0"), ("3.6.0+jetfleet.1a2b3c4d", "3.6.0"), ("1:3.6.1.3-2", "3.6.1.3")],
)
def test_library_of_a_package(
    place: Path, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, upstream: str
) -> None:
    packages = Packages(tmp_path / "packages")
    packages.install("libprotobuf10", version, {place / "libprotobuf.so.16.0.0": library.read_bytes()})
    monkeypatch.setenv("DPKG_ADMINDIR", str(packages.admin))
    (entry,) = found(place, lambda paths: dict.fromkeys(paths, "libprotobuf10"))
    assert (entry["package"], entry["protobuf_version"]) == ("libprotobuf10", upstream)


LEVELS = ["usr", "usr/local", "usr/local/lib", "all"]


class CachedLoader(Loader):
    """A loader with a cache that the real ldconfig wrote for the folders of a test."""

    def __init__(self, root: Path, *folders: Path) -> None:
        super().__init__()
        cache, configuration = root / "ld.so.cache", root / "ld.so.conf"
        configuration.write_text("".join(f"{folder}\n" for folder in folders))
        ldconfig = ["/sbin/ldconfig", "-C", str(cache)]
        subprocess.run([*ldconfig, "-X", "-f", str(configuration)], check=True, capture_output=True)
        lines = subprocess.run([*ldconfig, "-p"], check=True, capture_output=True, text=True).stdout.splitlines()
        self.cache += [(line.split()[0], line.split(" => ")[1]) for line in lines if " => " in line]


@pytest.mark.parametrize("configured", ["as installed", "by its place", "not at all"])
@pytest.mark.parametrize("level", LEVELS)
def test_our_library_on_another_disk_is_ours(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str, configured: str
) -> None:
    for place in LEVELS[:-1]:
        if level in (place, "all"):
            disk = tmp_path / "disks" / place.replace("/", "-")
            disk.mkdir(parents=True)
            (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / place).symlink_to(disk)
    folder = tmp_path / "usr/local/lib"
    file = folder / "libprotobuf.so.16"
    packages = Packages(tmp_path / "packages")
    packages.install(dpkg.PACKAGE, "3.6.0+jetfleet.1a2b3c4d", {file: library.read_bytes()}, dpkg.dpkg_architecture())
    monkeypatch.setenv("DPKG_ADMINDIR", str(packages.admin))
    monkeypatch.setattr(libraries, "_EXTRA_DIRECTORIES", (str(folder),))
    named = {"as installed": [folder], "by its place": [folder.resolve()], "not at all": []}[configured]
    facts = libraries.libraries_facts(CachedLoader(tmp_path, *named), dpkg.owners)
    (entry,) = [entry for entry in facts if entry["real_path"] == str(file.resolve())]
    assert (entry["path"], entry["in_linker_cache"]) == (str(file), bool(named))
    assert (entry["package"], entry["protobuf_version"]) == (dpkg.PACKAGE, "3.6.0")
    board = {"libraries": facts, "module": {"mapped": [str(file.resolve())]}, "packages": dpkg.packages([dpkg.PACKAGE])}
    faults = health.faults(board, {"soname_major": 16, "linkage": "shared"}, 0, str(tmp_path / "usr/local"))
    assert [fault.partition(": ")[0] for fault in faults] == ([] if named else [f"{file} is not in the linker cache"])
    # Also where the facts name it by its place.
    entry["path"] = entry["real_path"]
    assert health.faults(board, {"soname_major": 16}, 0, str(tmp_path / "usr/local")) == faults


def test_every_protoc_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = {"a": "echo libprotoc 3.6.0", "b": "exit 127", "c": "sleep 60"}
    for name, script in scripts.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "protoc").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name / "protoc").chmod(0o755)
    (tmp_path / "again").symlink_to(tmp_path / "a")
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/protoc").touch()
    path = ":".join(str(tmp_path / name) for name in ("missing", "plain", "c", "a", "again", "b"))
    monkeypatch.setenv("PATH", f"{path}:/usr/bin:/bin")
    facts = [
        entry for entry in libraries.protoc_facts(dict.fromkeys, 1, RESERVE) if entry["path"].startswith(str(tmp_path))
    ]
    assert [(entry["path"], entry["version"]) for entry in facts] == [
        (str(tmp_path / "c/protoc"), None),
        (str(tmp_path / "a/protoc"), "3.6.0"),
        (str(tmp_path / "b/protoc"), None),
    ]
