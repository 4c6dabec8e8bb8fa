# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Headers and pkg-config files, in the order in which gcc and pkg-config find them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.development import development_facts

TRIPLET = f"{os.uname().machine}-linux-gnu"
INCLUDE = (f"usr/local/include/{TRIPLET}", "usr/local/include", f"usr/include/{TRIPLET}", "usr/include")
# What `pkg-config --variable pc_path pkg-config` says on Debian 12.
PKG_CONFIG = [
    f"usr/local/lib/{TRIPLET}/pkgconfig",
    "usr/local/lib/pkgconfig",
    "usr/local/share/pkgconfig",
    f"usr/lib/{TRIPLET}/pkgconfig",
    "usr/lib/pkgconfig",
    "usr/share/pkgconfig",
]


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def header(root: Path, directory: str, text: str) -> Path:
    return written(root / directory / "google/protobuf/stubs/common.h", text)


def facts(root: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = development_facts(str(root))
    return found


def test_nothing_is_there(tmp_path: Path) -> None:
    assert facts(tmp_path) == {"headers": [], "pkg_config": []}


def test_headers_in_the_order_of_the_compiler(tmp_path: Path) -> None:
    paths = [header(tmp_path, name, f"#define GOOGLE_PROTOBUF_VERSION 302{i}012\n") for i, name in enumerate(INCLUDE)]
    found = facts(tmp_path)["headers"]
    assert found == [{"path": str(path), "version": f"3.2{i}.12"} for i, path in enumerate(paths)]
    taken = []
    for path in paths:
        program = "#include <google/protobuf/stubs/common.h>\nGOOGLE_PROTOBUF_VERSION\n"
        command = ["gcc", f"--sysroot={tmp_path}", "-E", "-P", "-x", "c", "-"]
        ended = subprocess.run(command, input=program, text=True, capture_output=True, check=True)
        taken.append(ended.stdout.split()[-1])
        path.unlink()
    assert taken == ["3020012", "3021012", "3022012", "3023012"]


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("// The current version.\n#define GOOGLE_PROTOBUF_VERSION 3006000\n", "3.6.0"),
        ('#define GOOGLE_PROTOBUF_VERSION 3021012\n#define GOOGLE_PROTOBUF_VERSION_SUFFIX ""\n', "3.21.12"),
        ("#define GOOGLE_PROTOBUF_VERSION_SUFFIX 1\n", None),
        # From 26 on, the number is in another header.
        ('#include "google/protobuf/runtime_version.h"\n', None),
    ],
)
def test_version_in_a_header(tmp_path: Path, text: str, version: str | None) -> None:
    path = header(tmp_path, "usr/include", text)
    assert facts(tmp_path)["headers"] == [{"path": str(path), "version": version}]


def test_files_of_pkg_config_in_its_order(tmp_path: Path) -> None:
    paths = [
        written(tmp_path / name / "protobuf.pc", f"prefix=/usr/local\nName: Protocol Buffers\nVersion: 3.6.{i}\n")
        for i, name in enumerate(PKG_CONFIG)
    ]
    written(tmp_path / "usr/lib/pkgconfig/protobuf-lite.pc", "Version: 3.7.0\n")
    found = facts(tmp_path)["pkg_config"]
    assert found == [{"path": str(path), "version": f"3.6.{i}"} for i, path in enumerate(paths)]


@pytest.mark.parametrize("text", ["", "Description: Google's data interchange format\n", "Requires.Version: 1\n"])
def test_file_of_pkg_config_without_a_version(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "usr/lib/pkgconfig/protobuf.pc", text)
    assert facts(tmp_path)["pkg_config"] == [{"path": str(path), "version": None}]


def test_link_to_nothing_is_not_there(tmp_path: Path) -> None:
    path = header(tmp_path, "usr/include", "")
    path.unlink()
    path.symlink_to("nothing.h")
    assert facts(tmp_path)["headers"] == []
