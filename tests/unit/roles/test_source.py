# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source archive is there and is what it should be, or one sentence says why not, in a real play on localhost."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play

TASK = "Source | Read which version it holds"
REFUSAL = "Show why there is no source to build"
CONFIGURE_AC = "# x\nAC_PREREQ(2.59)\nAC_INIT([Protocol Buffers],[3.6.0],[protobuf@googlegroups.com],[protobuf])\n"
TREE = {"protobuf-3.6.0/configure.ac": CONFIGURE_AC, "protobuf-3.6.0/third_party/x/configure.ac": "AC_INIT([x],[1])\n"}
PLAY = {
    "hosts": "boards",
    "gather_facts": False,
    "tasks": [
        {
            "name": "Source",
            "ansible.builtin.include_role": {"name": "jetfleet.protobuf.libprotobuf", "tasks_from": "source.yml"},
        }
    ],
}


def archive(path: Path, tree: dict[str, str], packing: str = "gz") -> Path:
    with tarfile.open(path, f"w:{packing}") as tar:  # type: ignore[call-overload]
        for name, text in tree.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return path


def wanted(path: Path, version: str = "3.6.0", sha256: str = "") -> dict[str, Any]:
    return {
        "libprotobuf_source_archive": str(path),
        "libprotobuf_source_sha256": sha256 or hashlib.sha256(path.read_bytes()).hexdigest(),
        "libprotobuf_version": version,
        "__survey_store": str(path.parent / "store"),
    }


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Get the archives of several hosts, each from a file of its own."""
    folder = tmp_path_factory.mktemp("sources")
    (folder / "no.tar.gz").write_bytes(b"PK\x03\x04 a zip")
    good = archive(folder / "with space.tar.gz", TREE)
    dotted = archive(folder / "dotted.tar.xz", {f"./{name}": text for name, text in TREE.items()}, "xz")
    hosts = {
        "good": wanted(good),
        "capitals": wanted(good, sha256=hashlib.sha256(good.read_bytes()).hexdigest().upper()),
        "dotted": wanted(dotted),
        "version": wanted(archive(folder / "version.tar.gz", TREE), "3.6.1"),
        "other": wanted(archive(folder / "other.tar.bz2", {"x/configure.ac": "AC_INIT([zlib],[3.6.0])\n"}, "bz2")),
        "zip": wanted(folder / "no.tar.gz"),
        "sum": wanted(archive(folder / "sum.tar.gz", TREE), sha256="ab" * 32),
        "missing": wanted(folder / "missing.tar.gz", sha256="0" * 64),
        "refused": {
            **wanted(good),
            "libprotobuf_source_archive": "",
            "libprotobuf_source_url": "http://127.0.0.1:9/protobuf-all-3.6.0.tar.gz",
        },
    }
    return play(folder, [PLAY], boards=hosts)


@pytest.mark.parametrize("host", ["good", "capitals", "dotted"])
def test_a_release_archive(played: Played, host: str) -> None:
    assert host not in played.results[REFUSAL]
    assert "[3.6.0]" in played.result(TASK, host)["stdout"]


@pytest.mark.parametrize(
    ("host", "words"),
    [
        (
            "version",
            "version.tar.gz is the source of protobuf 3.6.0 and not of 3.6.1: set libprotobuf_version to 3.6.0, or use",
        ),
        (
            "other",
            "other.tar.bz2 holds no configure.ac of Protocol Buffers (another program has that name): use protobuf-all-3.6.0",
        ),
        (
            "zip",
            "no.tar.gz holds no configure.ac of Protocol Buffers (tar: This does not look like a tar archive): use ",
        ),
        ("sum", f"instead of {'ab' * 32}; get the archive again, or set libprotobuf_source_sha256 if"),
        ("missing", "missing.tar.gz cannot be read (No such file or directory"),
        ("refused", "http://127.0.0.1:9/protobuf-all-3.6.0.tar.gz cannot be downloaded (Connection refused); set "),
    ],
)
def test_what_is_not_the_source_is_refused(played: Played, host: str, words: str) -> None:
    message = played.result(REFUSAL, host)["msg"]
    assert words in message
    assert len(message.splitlines()) == 1
    assert message.endswith(".")


def test_the_hosts_are_not_changed(played: Played) -> None:
    assert not any(result.get("changed") for results in played.results.values() for result in results.values())
