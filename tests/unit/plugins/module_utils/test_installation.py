# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts of the installation: what is managed, what was made by hand, what pip's list says of files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._board_folder import Board
from ansible_collections.jetfleet.protobuf.plugins.module_utils._distributions import damaged_files, distributions
from ansible_collections.jetfleet.protobuf.plugins.module_utils._dpkg import owners
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation import installation_facts
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.packages import Packages

MADE = (
    "bin/protoc",
    "include/google/protobuf/any.h",
    "lib/libprotobuf-lite.so.16.0.0",
    "lib/libprotobuf.a",
    "lib/libprotobuf.so",
    "lib/libprotoc.la",
    "lib/pkgconfig/protobuf-lite.pc",
)


@pytest.fixture
def board(tmp_path: Path) -> Board:
    for name in (*MADE, "lib/libprotobuf-c.so.1", "bin/other"):
        (tmp_path / "local" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "local" / name).write_text("")
    return Board(folder=str(tmp_path / "jetfleet"), prefix=str(tmp_path / "local"))


def test_made_by_hand(board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = Packages(tmp_path / "packages")
    monkeypatch.setenv("DPKG_ADMINDIR", str(packages.admin))
    facts = installation_facts(owners, board)
    names = [name.replace("/any.h", "") for name in MADE]
    assert facts["handmade"] == [f"{board.prefix}/{name}" for name in names]
    assert (facts["managed"], facts["interrupted"], facts["abi_key"], facts["adopted"]) == (False, False, None, False)
    packages.install("ours", "1", {tmp_path / "local" / name: b"" for name in MADE})
    assert installation_facts(owners, board)["handmade"] == []


def test_empty_folder_of_headers_is_nothing(board: Board) -> None:
    header = Path(board.prefix) / "include/google/protobuf/any.h"
    header.unlink()
    assert str(header.parent) not in installation_facts(dict.fromkeys, board)["handmade"]


def test_managed_and_interrupted(board: Board) -> None:
    os.mkdir(board.folder)
    state = {"abi_key": "k", "executable": "/p", "python_version": "3.6.0", "adopted": True, "constraint": True}
    Path(board.state).write_text(json.dumps(state))
    facts = installation_facts(dict.fromkeys, board)
    assert {name: facts[name] for name in state} == state
    assert (facts["managed"], facts["interrupted"]) == (True, False)
    for name in ("transaction", "transaction.partial"):
        os.mkdir(os.path.join(board.folder, name))
        assert installation_facts(dict.fromkeys, board)["interrupted"] is True
        os.rmdir(os.path.join(board.folder, name))


def test_files_of_a_wheel(installations: Installations) -> None:
    site = installations.site_packages(installations.copy("3.9", "protobuf==3.20.3", "six==1.16.0"))

    def damaged() -> tuple[list[str], list[str]]:
        (item,) = [item for item in distributions([str(site)]) if item["name"] == "protobuf"]
        missing, modified = damaged_files(item)
        return missing, modified

    assert damaged() == ([], [])
    (site / "google/protobuf/any_pb2.py").unlink()
    (site / "google/protobuf/message.py").write_text("changed")
    assert damaged() == ([f"{site}/google/protobuf/any_pb2.py"], [f"{site}/google/protobuf/message.py"])
    record = next(site.glob("protobuf-*.dist-info/RECORD"))
    record.unlink()
    assert damaged() == ([str(record)], [])
    (record.parent / "INSTALLER").unlink()
    assert damaged() == ([], [])
