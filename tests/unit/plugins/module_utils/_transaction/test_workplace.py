# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is staged lies beside its place, belongs to who works there, and is gone after the next run at the latest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import Layout
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.workplace import (
    drop_workplaces,
    flush,
    make_workplace,
    staged_files,
)
from ansible_collections.jetfleet.protobuf.tests.support.user_environment import OWNER

OWN = (os.getuid(), os.getgid())


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "jetfleet").mkdir()
    return Layout(folder=str(tmp_path / "jetfleet"))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    place = tmp_path / "site"
    place.mkdir()
    return place


def test_made_noted_and_dropped(layout: Layout, site: Path) -> None:
    places = [make_workplace(layout, str(site), OWN) for _ in range(2)]
    assert len({*places}) == 2
    assert all(Path(place).parent == site and Path(place).name.startswith(".jetfleet-") for place in places)
    assert layout.interrupted()
    (Path(places[0]) / "inside").mkdir()
    os.rmdir(places[1])
    drop_workplaces(layout)
    assert not list(site.iterdir()) and not os.path.exists(layout.workplaces)
    assert not layout.interrupted()
    drop_workplaces(layout)


def test_folders_that_were_not_there_go_with_it_unless_something_is_in_them(layout: Layout, tmp_path: Path) -> None:
    site = tmp_path / "lib/python3.9/dist-packages"
    make_workplace(layout, str(site), (os.geteuid(), os.getegid()))
    drop_workplaces(layout)
    assert not (tmp_path / "lib").exists()
    make_workplace(layout, str(site), (os.geteuid(), os.getegid()))
    (site / "six.py").touch()
    drop_workplaces(layout)
    assert [path.name for path in site.iterdir()] == ["six.py"]


def test_noted_before_it_exists(layout: Layout, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError("no space")

    with monkeypatch.context() as patch:
        patch.setattr(os, "makedirs", fail)
        with pytest.raises(OSError, match="no space"):
            make_workplace(layout, str(site), OWN)
    assert layout.interrupted()
    drop_workplaces(layout)
    assert not layout.interrupted()


def test_belongs_to_who_works_there(layout: Layout, site: Path) -> None:
    os.chown(site, OWNER.pw_uid, OWNER.pw_gid)
    for parent in site.parents:
        if parent != Path("/tmp") and os.stat(parent).st_uid == os.getuid():
            parent.chmod(parent.stat().st_mode | 0o055)
    state = os.stat(make_workplace(layout, str(site), (OWNER.pw_uid, OWNER.pw_gid)))
    assert (state.st_uid, state.st_gid) == (OWNER.pw_uid, OWNER.pw_gid)


def test_link_in_its_place_is_not_followed(layout: Layout, site: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").touch()
    place = Path(make_workplace(layout, str(site), OWN))
    place.rmdir()
    place.symlink_to(victim)
    drop_workplaces(layout)
    assert (victim / "file").exists() and not place.is_symlink()


def test_staged_files(tmp_path: Path) -> None:
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "usr/lib/a").touch()
    (tmp_path / "usr/link").symlink_to("lib")
    (tmp_path / "usr/dangling").symlink_to("nothing")
    (tmp_path / "usr/empty").mkdir()
    found = staged_files(str(tmp_path))
    assert found == {path: str(tmp_path) + path for path in ("/usr/lib/a", "/usr/link", "/usr/dangling")}
    flush(str(tmp_path))
