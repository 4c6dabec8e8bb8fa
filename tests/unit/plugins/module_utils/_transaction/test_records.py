# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to protobuf in a site-packages folder is what its lists say, less what is somebody else's."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.records import (
    claimed_paths,
    linked_paths,
    metadata_folder,
    record_of,
    site_of,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import files_of
from ansible_collections.jetfleet.protobuf.tests.support.packages import Packages

INFO = "protobuf-3.20.3.dist-info"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    place = tmp_path / "usr/local/lib/python3.9/dist-packages"
    place.mkdir(parents=True)
    return place


def install(site: Path, name: str, *files: str, metadata: str = "{0}-1.0.dist-info") -> Path:
    """Have a distribution with these files, given as its list names them, and return its metadata."""
    folder = site / metadata.format(name)
    folder.mkdir()
    (folder / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
    for file in files:
        path = site / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows((file, "", "") for file in (*files, f"{folder.name}/RECORD"))
    (folder / "RECORD").write_bytes(table.getvalue().encode("utf-8", "surrogateescape"))
    return folder


def relative(paths: set[str], site: Path) -> set[str]:
    prefix = site.parent.parent.parent
    return {str(Path(path).relative_to(site if path.startswith(str(site)) else prefix)) for path in paths}


def test_every_path_of_the_list(site: Path) -> None:
    names = ("google/protobuf/__init__.py", "protobuf.libs/libz.so.1", "protobuf-3.20.3-py3.9-nspkg.pth")
    install(site, "protobuf", *names, "../../../bin/protobuf-tool", "../../../share/man/man1/tool.1")
    found = relative(claimed_paths(str(site)), site)
    assert found - {"protobuf-1.0.dist-info/RECORD"} == {
        *names,
        "bin/protobuf-tool",
        "share/man/man1/tool.1",
        "protobuf-1.0.dist-info",
    }


HOSTILE = [
    "../../../../../etc/passwd",
    "/etc/passwd",
    "../../../lib/libc.so.6",
    "../other/six.py",
    "..",
    "",
    ".",
    "../dist-packages",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_list_reaches_other_folders(site: Path, name: str) -> None:
    folder = install(site, "protobuf", "google/protobuf/__init__.py")
    before = claimed_paths(str(site))
    with (folder / "RECORD").open("a") as record:
        record.write(f"{name},sha256=,12\n")
    assert claimed_paths(str(site)) == before


@pytest.mark.parametrize("name", ["google", "google/", "google/cloud", "../../../bin", "../../../share/doc/"])
def test_a_folder_in_a_list_does_not_stand_for_what_is_in_it(site: Path, name: str) -> None:
    folder = install(site, "protobuf", "google/protobuf/__init__.py")
    install(site, "cloud", "google/cloud/__init__.py", "../../../bin/cloud", "../../../share/doc/cloud")
    (site / "google/cloud/notes.txt").touch()
    with (folder / "RECORD").open("a") as record:
        record.write(f"{name},,\n")
    claimed = files_of(claimed_paths(str(site)))
    assert relative(claimed, site) == {
        "google/protobuf/__init__.py",
        *(f"{folder.name}/{one}" for one in ("METADATA", "RECORD")),
    }


@pytest.mark.parametrize(
    "name", ["a,b.py", 'a"b.py', "a\nb.py", "a b.py", "\u00e4.py", "a\u2028b.py", "a\x0cb.py", "'q'.py"]
)
def test_names_that_a_list_quotes(site: Path, name: str) -> None:
    install(site, "protobuf", f"google/protobuf/{name}")
    (site / "b.py").touch()
    assert str(site / "google/protobuf" / name) in claimed_paths(str(site))
    assert str(site / "b.py") not in claimed_paths(str(site))


@pytest.mark.parametrize(
    "change", [lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text], ids=["DOS", "BOM"]
)
def test_a_list_of_another_system(site: Path, change: object) -> None:
    folder = install(site, "protobuf", "google/protobuf/__init__.py", "google/protobuf/message.py")
    assert callable(change)
    (folder / "RECORD").write_bytes(change((folder / "RECORD").read_text()).encode())
    assert {str(site / "google/protobuf" / name) for name in ("__init__.py", "message.py")} <= claimed_paths(str(site))


def test_a_name_that_is_not_utf8(site: Path) -> None:
    name = b"google/protobuf/caf\xe9.py".decode("utf-8", "surrogateescape")
    install(site, "protobuf", name, "google/protobuf/message.py")
    assert {str(site / name), str(site / "google/protobuf/message.py")} <= claimed_paths(str(site))


def test_what_another_distribution_lists_is_its_own(site: Path) -> None:
    install(site, "protobuf", "google/protobuf/__init__.py", "google/protobuf/shared.py", "../../../bin/tool")
    install(site, "other", "google/protobuf/shared.py", "google/protobuf/other_pb2.py", "../../../bin/tool")
    found = relative(claimed_paths(str(site)), site)
    assert "google/protobuf/__init__.py" in found
    assert not found & {"google/protobuf/shared.py", "google/protobuf/other_pb2.py", "bin/tool"}


@pytest.mark.parametrize("content", [None, ""])
def test_without_a_list_the_folders_of_the_package_are_its_own(site: Path, content: str | None) -> None:
    folder = install(site, "protobuf", "google/protobuf/__init__.py", "google/_upb/_message.abi3.so")
    (folder / "RECORD").unlink()
    if content is not None:
        (folder / "RECORD").write_text(content)
    install(site, "other", "google/protobuf/other_pb2.py", "google/other.py")
    (site / "protobuf-1.0-py3.9-nspkg.pth").touch()
    (site / "protobuf_utils-1.0-nspkg.pth").touch()
    found = relative(claimed_paths(str(site)), site)
    assert found - {f"{folder.name}/RECORD"} == {
        "google/protobuf/__init__.py",
        "google/_upb/_message.abi3.so",
        "protobuf-1.0-py3.9-nspkg.pth",
        folder.name,
    }


def test_with_a_list_what_nobody_lists_stays(site: Path) -> None:
    install(site, "protobuf", "google/protobuf/__init__.py")
    (site / "google/protobuf/mine.py").touch()
    (site / "protobuf_utils-1.0-py3.9-nspkg.pth").touch()
    assert not relative(claimed_paths(str(site)), site) & {
        "google/protobuf/mine.py",
        "protobuf_utils-1.0-py3.9-nspkg.pth",
    }


def test_list_that_pip_keeps_of_setup_py(site: Path) -> None:
    folder = site / "protobuf-3.6.1-py3.9.egg-info"
    folder.mkdir()
    (folder / "PKG-INFO").write_text("Name: protobuf\nVersion: 3.6.1\n")
    (folder / "installed-files.txt").write_text("../google/protobuf/__init__.py\n./\nPKG-INFO\n../google/\n")
    (site / "google/cloud").mkdir(parents=True)
    (site / "google/cloud/a.py").touch()
    found = relative(claimed_paths(str(site)), site)
    assert found == {"google/protobuf/__init__.py", folder.name, f"{folder.name}/PKG-INFO"}


def test_files_of_debian_packages_stay(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = Packages(tmp_path / "dpkg-of-test")
    monkeypatch.setenv("DPKG_ADMINDIR", str(packages.admin))
    tool = site.parent.parent.parent / "bin/tool"
    packages.install("tools", "1", {tool: b"", site / "google/protobuf/packaged.py": b""})
    install(site, "protobuf", "google/protobuf/__init__.py", "google/protobuf/packaged.py", "../../../bin/tool")
    found = relative(claimed_paths(str(site)), site)
    assert "google/protobuf/__init__.py" in found
    assert not found & {"bin/tool", "google/protobuf/packaged.py"}


def test_links_to_a_source_tree(site: Path) -> None:
    (site / "protobuf-nspkg.pth").touch()
    assert linked_paths(str(site)) == set()
    (site / "protobuf.egg-link").touch()
    assert relative(linked_paths(str(site)), site) == {"protobuf.egg-link", "protobuf-nspkg.pth"}
    names = ("__editable___protobuf_4_0_finder.py", "__editable__.protobuf-4.0.pth")
    folder = install(site, "protobuf", *names)
    install(site, "other", "__editable__.other-1.0.pth")
    found = relative(linked_paths(str(site)), site)
    assert found == {"protobuf.egg-link", "protobuf-nspkg.pth", *names, folder.name, f"{folder.name}/RECORD"}


def test_places_of_lists() -> None:
    record = record_of("/s", "protobuf-3.20.3-1-cp39-cp39-linux_aarch64.whl")
    assert record == f"/s/{INFO}/RECORD"
    assert site_of(record) == "/s"
    assert metadata_folder(record) == f"/s/{INFO}"
    assert metadata_folder("/s/google/protobuf/a.py") == "/s/google/protobuf/a.py"
