# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What dpkg knows, asked of a real dpkg."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import dpkg
from ansible_collections.jetfleet.protobuf.tests.support.packages import Packages


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Packages:
    made = Packages(tmp_path)
    monkeypatch.setenv("DPKG_ADMINDIR", str(made.admin))
    return made


@pytest.fixture
def library(packages: Packages, tmp_path: Path) -> Path:
    path = tmp_path / "usr/lib/libprotobuf.so.10"
    files = {path: b"library", tmp_path / "usr/lib/odd [name]*": b"odd"}
    packages.install("libprotobuf10", "3.0.0-9.1ubuntu1", files, dpkg.dpkg_architecture())
    return path


def test_intact_package(library: Path) -> None:
    assert dpkg.packages(dpkg.PATTERNS) == {
        "libprotobuf10": {
            "version": "3.0.0-9.1ubuntu1",
            "architecture": dpkg.dpkg_architecture(),
            "status": "installed",
            "missing_files": [],
            "modified_files": [],
        }
    }
    assert dpkg.package_version("libprotobuf10") == "3.0.0-9.1ubuntu1"


def test_a_package_that_comes_or_that_dpkg_is_busy_with_is_asked_for_again(library: Path, packages: Packages) -> None:
    assert dpkg.package_version("late") is None
    packages.install("late", "1", {})
    assert dpkg.package_version("late") == "1"
    # What a dpkg leaves that was killed: a change that has not come to the file status yet.
    status = (packages.admin / "status").read_text()
    (entry,) = (text for text in status.split("\n\n") if text.startswith("Package: late\n"))
    (packages.admin / "updates/0000").write_text(entry.replace("Version: 1", "Version: 2") + "\n")
    assert dpkg.package_version("late") == "2"


def test_library_that_was_moved_away(library: Path) -> None:
    library.rename(library.with_suffix(".bak"))
    found = dpkg.packages(["libprotobuf*"])["libprotobuf10"]
    assert (found["missing_files"], found["modified_files"]) == ([str(library)], [])


def test_library_that_was_overwritten(library: Path) -> None:
    library.write_bytes(b"another")
    found = dpkg.packages(["libprotobuf*"])["libprotobuf10"]
    assert (found["missing_files"], found["modified_files"]) == ([], [str(library)])


def test_other_packages_are_not_read_byte_by_byte(packages: Packages, tmp_path: Path) -> None:
    packages.install("protobuf-compiler", "3.0.0", {tmp_path / "usr/bin/protoc": b"x"})
    (tmp_path / "usr/bin/protoc").write_bytes(b"y")
    assert dpkg.packages(dpkg.PATTERNS)["protobuf-compiler"]["modified_files"] == []


def test_package_of_a_foreign_architecture(library: Path, packages: Packages, tmp_path: Path) -> None:
    packages.install("libprotobuf-lite10", "3.0.0", {tmp_path / "usr/lib/foreign": b"x"}, "s390x")
    assert set(dpkg.packages(dpkg.PATTERNS)) == {"libprotobuf10", "libprotobuf-lite10:s390x"}


def test_owner(library: Path, tmp_path: Path) -> None:
    odd = str(library.parent / "odd [name]*")
    paths = [str(library), odd, str(tmp_path / "nobodys"), str(library.parent / "odd*")]
    assert list(dpkg.owners(paths).values()) == ["libprotobuf10", "libprotobuf10", None, None]
    assert dpkg.owners([]) == {}


def test_owner_of_what_is_reached_through_a_link(library: Path, tmp_path: Path) -> None:
    """After the merge of /lib into /usr/lib, dpkg knows a file by one of two names."""
    (tmp_path / "lib").symlink_to(tmp_path / "usr/lib")
    path = str(tmp_path / "lib/libprotobuf.so.10")
    assert dpkg.owners([path]) == {path: "libprotobuf10"}


LEVELS = ["usr", "usr/local", "usr/local/lib", "usr/local/lib/python3/dist-packages/google", "all"]


@pytest.fixture
def linked(packages: Packages, tmp_path: Path, level: str) -> Path:
    """Return a file of a package whose folder, or one above it, is on another disk."""
    for place in LEVELS[:-1]:
        if level in (place, "all"):
            disk = tmp_path / "disks" / place.replace("/", "-")
            disk.mkdir(parents=True)
            (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / place).symlink_to(disk)
    path = tmp_path / "usr/local/lib/python3/dist-packages/google/__init__.py"
    packages.install("python3-protobuf", "1", {path: b""})
    (path.parent / "others.py").touch()
    return path


@pytest.mark.parametrize("level", LEVELS)
def test_owner_of_what_is_known_by_a_name_with_links(linked: Path, tmp_path: Path, level: str) -> None:
    place = linked.resolve()
    assert (place != linked) and dpkg.owners([str(linked), str(place)]) == {
        str(linked): "python3-protobuf",
        str(place): "python3-protobuf",
    }
    # By the link to the disk that is nearest, and by a link of nobody's.
    (tmp_path / "short").symlink_to(place.parent)
    other = tmp_path / "short" / linked.name
    nobodys = [str(place.parent / "others.py"), str(tmp_path / "short/others.py"), str(tmp_path / "nothing/here")]
    assert dpkg.owners([str(other), *nobodys]) == {str(other): "python3-protobuf", **dict.fromkeys(nobodys)}


@pytest.mark.parametrize("level", ["usr/local"])
def test_owner_of_what_was_installed_since_the_links_were_read(
    linked: Path, packages: Packages, tmp_path: Path, level: str
) -> None:
    assert dpkg.owners([str(linked.resolve())]) == {str(linked.resolve()): "python3-protobuf"}
    (tmp_path / "disk").mkdir()
    (tmp_path / "opt").symlink_to("disk")
    assert dpkg.owners([str(tmp_path / "disk/file")]) == {str(tmp_path / "disk/file"): None}
    packages.install("libprotobuf-lite10", "1", {tmp_path / "opt/file": b""})
    assert dpkg.owners([str(tmp_path / "disk/file")]) == {str(tmp_path / "disk/file"): "libprotobuf-lite10"}


def test_owner_of_what_is_diverted_or_strangely_named(library: Path, packages: Packages, tmp_path: Path) -> None:
    umlaut = tmp_path / "usr/lib/fa\u00e7ade"
    packages.install("facade", "1", {umlaut: b""})
    divert = ["dpkg-divert", f"--admindir={packages.admin}", "--quiet", "--local", "--no-rename", "--add", str(library)]
    subprocess.run(divert, check=True)
    lines = f"{library.parent}\n{library}"
    assert dpkg.owners([str(library), str(umlaut), lines]) == {
        str(library): "libprotobuf10",
        str(umlaut): "facade",
        lines: None,
    }


def test_the_lists_of_files_are_read_once(
    library: Path, monkeypatch: pytest.MonkeyPatch, packages: Packages, tmp_path: Path
) -> None:
    readings: list[Any] = []
    genuine = dpkg._read_lists

    def reading() -> Any:
        readings.append(genuine())
        return readings[-1]

    monkeypatch.setattr(dpkg, "_read_lists", reading)
    assert dpkg.owners([str(library), str(tmp_path / "a")]) == {
        str(library): "libprotobuf10",
        str(tmp_path / "a"): None,
    }
    assert dpkg.owners([str(library)]) == {str(library): "libprotobuf10"}
    assert len(readings) == 1
    packages.install("late", "1", {tmp_path / "a": b""})
    assert dpkg.owners([str(tmp_path / "a")]) == {str(tmp_path / "a"): "late"}
    assert len(readings) == 2


def test_owner_on_this_system() -> None:
    """The shell is in /bin for dpkg and in /usr/bin for the file system, or the other way round."""
    assert set(dpkg.owners(["/bin/sh", "/usr/bin/sh"]).values()) == {"dash"}


def test_host_without_dpkg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DPKG_ADMINDIR", str(tmp_path))
    assert dpkg.owners(["/bin/sh"]) == {"/bin/sh": None}
    assert dpkg.packages(dpkg.PATTERNS) == {}
    assert dpkg.dpkg_architecture() is None
    assert dpkg.package_version("dash") is None


def test_package_that_is_only_known_by_name(packages: Packages) -> None:
    status = "Package: libprotobuf9\nStatus: purge ok not-installed\nArchitecture: amd64\n\n"
    removed = (
        "Package: libprotobuf8\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 1\nConfig-Version: 1\n"
    )
    maintainer = "Maintainer: nobody\nDescription: none\n"
    (packages.admin / "status").write_text(status + removed + maintainer)
    found = dpkg.packages(["libprotobuf*"])
    assert {name: entry["status"] for name, entry in found.items()} == {"libprotobuf8": "config-files"}
