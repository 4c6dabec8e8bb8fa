# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""To whom an interpreter belongs is read from the file system: nothing of it is started."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import ownership
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.ownership import owner_of, owner_of_interpreter

# Without entries in passwd. Who is not root can give nothing away: then everything here is his own.
ROOT = os.getuid() == 0
OWNER, STRANGER = (4321, 1234) if ROOT else (os.getuid(), os.getuid())
NAME = "python3.9"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user reaches; pytest's own ones are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="jetfleet-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def give(path: Path, uid: int) -> None:
    """Let a user own a tree."""
    for entry in (path, *path.rglob("*")) if ROOT else ():
        os.chown(entry, uid, uid, follow_symlinks=False)


def make(prefix: Path, base: Path = Path("/usr/bin/python3")) -> Path:
    """Make what decides about an interpreter in a folder, as venv lays it out, and return its path."""
    (prefix / "bin").mkdir(parents=True)
    (prefix / "lib" / NAME / "site-packages").mkdir(parents=True)
    (prefix / "bin" / NAME).symlink_to(base)
    (prefix / "bin/python").symlink_to(NAME)
    (prefix / "pyvenv.cfg").write_text(f"home = {base.parent}\nversion = 3.9.18\n")
    return prefix / "bin/python"


def make_whole(prefix: Path) -> Path:
    """Make an interpreter that is no link, as pyenv, conda and old releases of virtualenv do."""
    python = make(prefix)
    (prefix / "pyvenv.cfg").unlink()
    (prefix / "bin" / NAME).unlink()
    (prefix / "bin" / NAME).write_text("")
    return python


@pytest.mark.parametrize("maker", [make, make_whole])
def test_owner_of_an_environment(place: Path, maker: type[Path]) -> None:
    python = maker(place / "venv")
    give(place / "venv", OWNER)
    assert owner_of_interpreter(str(python))[0] == OWNER


def test_packages_decide_and_not_the_program(place: Path) -> None:
    python = make(place / "venv")
    give(place / "venv/lib" / NAME / "site-packages", OWNER)
    assert owner_of_interpreter(str(python))[0] == OWNER


def test_link_to_an_environment(place: Path) -> None:
    make(place / "venv-1")
    (place / "current").symlink_to("venv-1")
    (place / "bin").mkdir()
    (place / "bin/python").symlink_to("../current/bin/python")
    give(place / "venv-1", OWNER)
    for path in ("current/bin/python", "bin/../current/bin/python3.9", "bin/python"):
        assert owner_of_interpreter(str(place / path))[0] == OWNER


def test_environment_of_a_user_that_is_made_with_another_users_python(place: Path) -> None:
    make_whole(place / "python")
    python = make(place / "venv", place / "python/bin" / NAME)
    give(place / "python", STRANGER)
    give(place / "venv", OWNER)
    assert owner_of_interpreter(str(python))[0] == OWNER


@pytest.mark.parametrize("name", ["/usr/bin/python3", "python3", "bin/python3", "/usr/local/no/such/bin/python"])
def test_programs_of_the_system(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert owner_of_interpreter(name) == (0, 0)


def test_what_is_not_there_belongs_to_the_owner_of_its_folder(place: Path) -> None:
    give(place, OWNER)
    assert owner_of_interpreter(str(place / "venv/bin/python"))[0] == OWNER


def test_links_in_a_circle_belong_to_somebody(place: Path) -> None:
    (place / "bin").mkdir()
    (place / "bin/python").symlink_to("python3")
    (place / "bin/python3").symlink_to("python")
    assert owner_of_interpreter(str(place / "bin/python"))[0] == os.getuid()


def refusal(python: Path) -> str:
    try:
        owner = owner_of_interpreter(str(python))
    except Refusal as error:
        return str(error)
    # What one user owns, and only who is not root can make nothing else, is not refused.
    assert not ROOT and owner[0] == os.getuid()
    return ""


def described(python: Path, user: str, other: str, place: Path) -> str:
    if not ROOT:
        return ""
    return (
        f"{python} is not started as {user}, because {other} can change {place}: "
        f"let it belong to {user} and be writable by nobody else."
    )


@pytest.mark.parametrize(
    "changed", ["venv", "venv/bin", "venv/lib", "venv/lib/python3.9", "venv/pyvenv.cfg", "venv/bin/python"]
)
@pytest.mark.parametrize("mode", [None, 0o777, 0o775])
def test_what_another_user_can_change_is_not_roots(place: Path, changed: str, mode: int | None) -> None:
    if not ROOT:
        return
    python, path = make(place / "venv"), place / changed
    other = f"{STRANGER}"
    if mode is None:
        os.chown(path, STRANGER, 0, follow_symlinks=False)
    elif path.is_symlink():
        return  # links have no mode
    else:
        os.chown(path, 0, STRANGER)
        path.chmod(mode)
        other = "every user" if mode == 0o777 else "a group of users"
    assert refusal(python) == described(python, "root", other, path)


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_packages_that_others_can_write(place: Path, mode: int) -> None:
    python, site = make(place / "venv"), place / "venv/lib" / NAME / "site-packages"
    if ROOT:
        os.chown(site, 0, STRANGER)
    site.chmod(mode)
    other = "every user" if mode == 0o777 else "a group of users"
    assert refusal(python) == described(python, "root", other, site)


def test_environment_of_root_in_the_home_of_a_user(place: Path) -> None:
    """As `sudo python3 -m venv ~/venv` leaves it: he can put another folder in its place."""
    (place / "home").mkdir()
    python = make(place / "home/venv")
    if ROOT:
        os.chown(place / "home", STRANGER, STRANGER)
    expected = described(python, "root", f"{STRANGER}", place / "home")
    assert refusal(python) == expected


@pytest.mark.parametrize("kind", ["link", "copy"])
def test_environment_of_root_that_is_made_with_the_python_of_a_user(place: Path, kind: str) -> None:
    make_whole(place / "python")
    python = make(place / "venv", place / "python/bin" / NAME)
    if kind == "copy":
        (place / "venv/bin" / NAME).unlink()
        (place / "venv/bin" / NAME).write_text("")
    give(place / "python", STRANGER)
    expected = described(python, "root", f"{STRANGER}", place / "python")
    assert refusal(python) == expected


@pytest.mark.parametrize("owner", [0, OWNER])
def test_link_of_a_user_to_packages_of_others_does_not_make_him_their_owner(place: Path, owner: int) -> None:
    python, site = make(place / "venv"), place / "venv/lib" / NAME / "site-packages"
    give(place / "venv", STRANGER)
    site.rmdir()
    (place / "packages").mkdir()
    give(place / "packages", owner)
    site.symlink_to(place / "packages")
    user = "root" if owner == 0 else f"{OWNER}"
    expected = described(python, user, f"{STRANGER}", place / "venv")
    assert refusal(python) == expected


def test_packages_of_different_users(place: Path) -> None:
    python, other = make(place / "venv"), place / "venv/lib/python3.10/site-packages"
    other.mkdir(parents=True)
    give(other, OWNER)
    expected = f"The folders site-packages below {place}/venv belong to different users: let all of {place}/venv belong to one user."
    assert refusal(python) == (expected if ROOT else "")


def test_who_installs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give(tmp_path, OWNER)
    owner = (OWNER, OWNER) if ROOT else (os.getuid(), os.getgid())
    assert owner_of(str(tmp_path)) == owner_of(str(tmp_path / "not/yet/there")) == owner
    assert ownership._SYSTEM == "/usr/"
    monkeypatch.setattr(ownership, "_SYSTEM", f"{tmp_path}/")
    assert owner_of(str(tmp_path)) == owner_of(str(tmp_path / "not/yet/there")) == (0, 0)
