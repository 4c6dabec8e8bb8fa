# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where users live, whatever knows them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import homes
from ansible_collections.jetfleet.protobuf.tests.support.users import passwd


def test_the_users_of_this_host() -> None:
    found = homes.all_homes()
    assert {"/root", *(entry.path for entry in os.scandir("/home") if entry.is_dir())} <= {*found}
    assert all(os.path.isdir(home) for home in found)
    assert len({os.path.realpath(home) for home in found}) == len(found)


def test_homes_are_folders_each_of_them_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "srv/anna").mkdir(parents=True)
    (tmp_path / "linked").symlink_to("srv")
    (tmp_path / "file").touch()
    there = [tmp_path / "srv/anna", tmp_path / "linked/anna", tmp_path / "srv/anna"]
    passwd(tmp_path / "bin", monkeypatch, "/nonexistent", tmp_path / "file", *there, "", "relative")
    assert [home for home in homes.all_homes() if not home.startswith("/home/")] == sorted(
        ["/root", str(tmp_path / "srv/anna")]
    )


def test_a_directory_service_with_many_users_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homes, "_MOST", 3)
    places = [tmp_path / str(number) for number in range(5)]
    for place in places:
        place.mkdir()
    passwd(tmp_path / "bin", monkeypatch, *places)
    assert {str(tmp_path / "0"), str(tmp_path / "1")} == {*homes.all_homes()} & {*map(str, places)}


@pytest.mark.parametrize("ending", ["exec sleep 60", "exit 2", "printf 'cut:x:'; kill -9 $$"])
def test_a_directory_service_that_does_not_answer_hides_no_local_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(homes, "_TIMEOUT", 1)
    passwd(tmp_path / "bin", monkeypatch, tmp_path, ending=ending)
    assert {str(tmp_path), "/root"} <= {*homes.all_homes()}


def test_a_host_without_getent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "/root" in homes.all_homes()
