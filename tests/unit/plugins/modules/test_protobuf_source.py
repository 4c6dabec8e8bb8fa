# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module protobuf_source with real archives."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._build.source_archive import source_version
from hypothesis import given
from hypothesis import strategies as st

RunModule = Callable[..., dict[str, Any]]
CONFIGURE_AC = """# -*- mode:text -*-
AC_PREREQ(2.59)
AC_INIT([Protocol Buffers],[3.6.0],[protobuf@googlegroups.com],[protobuf])
"""
TREE = {
    "protobuf-3.6.0/configure.ac": CONFIGURE_AC,
    "protobuf-3.6.0/configure": "#!/bin/sh\n",
    "protobuf-3.6.0/third_party/googletest/CMakeLists.txt": "",
    "protobuf-3.6.0/src/google/protobuf/any.cc": "",
}


def archive(path: Path, tree: dict[str, str], *members: tarfile.TarInfo, mode: str = "w:gz") -> Path:
    """Write a tar archive of the tree and of bare members such as links."""
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, text in tree.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
        for member in members:
            tar.addfile(member)
    return path


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.fixture
def check(run_module: RunModule) -> Callable[..., dict[str, Any]]:
    def run(path: Path, **arguments: str) -> dict[str, Any]:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "0" * 64
        return run_module("protobuf_source", **({"path": str(path), "version": "3.6.0", "sha256": sha256} | arguments))

    return run


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", ""])
def test_a_release_archive(check: RunModule, tmp_path: Path, packing: str) -> None:
    path = archive(tmp_path / "a.tar", TREE, mode=f"w:{packing}")
    result = check(path)
    del result["invocation"]
    assert result == {
        "changed": False,
        "root": "protobuf-3.6.0",
        "has_configure": True,
        "has_googletest": True,
        "bytes": path.stat().st_size,
    }


def test_the_archive_of_a_tag_has_neither_configure_nor_googletest(check: RunModule, tmp_path: Path) -> None:
    tree = {"x/configure.ac": CONFIGURE_AC, "x/src/configure": "", "x/third_party/README": ""}
    result = check(archive(tmp_path / "a.tar.gz", tree))
    assert (result["root"], result["has_configure"], result["has_googletest"]) == ("x", False, False)


def test_names_with_a_leading_dot_are_the_same_names(check: RunModule, tmp_path: Path) -> None:
    tree = {f"./{name}": text for name, text in TREE.items()}
    assert check(archive(tmp_path / "a.tar.gz", tree))["root"] == "protobuf-3.6.0"


def test_links_inside_the_folder_are_welcome(check: RunModule, tmp_path: Path) -> None:
    links = (
        special("protobuf-3.6.0/src/link", tarfile.SYMTYPE, "../configure"),
        special("protobuf-3.6.0/hard", tarfile.LNKTYPE, "protobuf-3.6.0/configure"),
    )
    assert check(archive(tmp_path / "a.tar.gz", TREE, *links))["has_configure"]


def failure(check: RunModule, path: Path, **arguments: str) -> str:
    """Return the message of a failed check: one sentence with its remedy."""
    result = check(path, **arguments)
    assert result["failed"]
    message: str = result["msg"]
    assert len(message.splitlines()) == 1
    assert message.endswith(".")
    assert ": " in message
    return message


def test_a_file_that_is_not_there(check: RunModule, tmp_path: Path) -> None:
    assert "does not exist: put it there" in failure(check, tmp_path / "none.tar.gz")


def test_a_folder_instead_of_a_file(check: RunModule, tmp_path: Path) -> None:
    assert "is no regular file" in failure(check, tmp_path)


def test_a_wrong_sum_names_both(check: RunModule, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tar.gz", TREE)
    message = failure(check, path, sha256="ab" * 32)
    assert hashlib.sha256(path.read_bytes()).hexdigest() in message
    assert "instead of " + "ab" * 32 in message


def test_a_sum_in_capitals_is_the_same_sum(check: RunModule, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tar.gz", TREE)
    assert check(path, sha256=hashlib.sha256(path.read_bytes()).hexdigest().upper())["root"] == "protobuf-3.6.0"


def test_the_source_of_another_version(check: RunModule, tmp_path: Path) -> None:
    message = failure(check, archive(tmp_path / "a.tar.gz", TREE), version="3.6.1")
    assert "is the source of protobuf 3.6.0 and not of 3.6.1: set libprotobuf_version to 3.6.0" in message


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 a zip", b"\x1f\x8b\x08 broken gzip", b"\xfd7zXZ\x00 broken xz", b"BZh9 broken"]
)
def test_a_file_that_is_no_archive(check: RunModule, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(content)
    assert "cannot be read as a tar archive" in failure(check, path)


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_a_truncated_archive(check: RunModule, tmp_path: Path, packing: str) -> None:
    noise = {"protobuf-3.6.0/noise": "".join(map(str, range(50000)))}
    path = archive(tmp_path / "a.tar", TREE | noise, mode=f"w:{packing}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "cannot be read as a tar archive" in failure(check, path)


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_a_damaged_archive(check: RunModule, tmp_path: Path, packing: str) -> None:
    noise = {"protobuf-3.6.0/noise": "".join(map(str, range(50000)))}
    path = archive(tmp_path / "a.tar", TREE | noise, mode=f"w:{packing}")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(64)
    path.write_bytes(content)
    assert "cannot be read as a tar archive" in failure(check, path)


def test_two_folders_at_the_top(check: RunModule, tmp_path: Path) -> None:
    assert "2 folders at its top" in failure(check, archive(tmp_path / "a.tar.gz", TREE | {"other/file": ""}))


def test_an_empty_archive(check: RunModule, tmp_path: Path) -> None:
    assert "0 folders at its top" in failure(check, archive(tmp_path / "a.tar.gz", {}))


@pytest.mark.parametrize("text", ["", "AC_INIT([zlib],[3.6.0])\n"])
def test_the_source_of_something_else(check: RunModule, tmp_path: Path, text: str) -> None:
    tree = {"protobuf-3.6.0/configure.ac": text}
    assert "holds no protobuf-3.6.0/configure.ac of Protocol Buffers" in failure(
        check, archive(tmp_path / "a.tar.gz", tree)
    )


@pytest.mark.parametrize("name", ["/etc/passwd", "../evil", "protobuf-3.6.0/../../evil", ".."])
def test_a_member_that_leads_out(check: RunModule, tmp_path: Path, name: str) -> None:
    assert "leads out of its folder" in failure(check, archive(tmp_path / "a.tar.gz", TREE | {name: "x"}))


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (tarfile.SYMTYPE, "/etc"),
        (tarfile.SYMTYPE, "../.."),
        (tarfile.SYMTYPE, "../other"),
        (tarfile.LNKTYPE, "/etc/passwd"),
        (tarfile.LNKTYPE, "../x"),
    ],
)
def test_a_link_that_leads_out(check: RunModule, tmp_path: Path, kind: bytes, target: str) -> None:
    path = archive(tmp_path / "a.tar.gz", TREE, special("protobuf-3.6.0/link", kind, target))
    assert "holds the link protobuf-3.6.0/link" in failure(check, path)


def test_a_device(check: RunModule, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tar.gz", TREE, special("protobuf-3.6.0/tty", tarfile.CHRTYPE))
    assert "holds the device" in failure(check, path)


@given(st.text(max_size=200))
def test_any_text_has_a_version_or_none(text: str) -> None:
    assert source_version(text) is None or "AC_INIT" in text


@given(st.from_regex(r"[0-9][0-9a-z.\-]{0,10}", fullmatch=True), st.sampled_from(["", " ", "\n  "]))
def test_the_version_is_found_however_it_is_spaced(version: str, space: str) -> None:
    assert source_version(f"x\nAC_INIT({space}[Protocol Buffers],{space}[{version}],[x])") == version
