# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apt_packages with the real apt-get and dpkg, on a database of the tests' own."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.apt_root import AptRoot
from ansible_collections.jetfleet.protobuf.tests.support.installations import snapshot

Run = Callable[..., dict[str, Any]]
INSTALLED = "install ok installed"


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AptRoot:
    root = AptRoot(tmp_path / "root")
    for name, value in root.environment.items():
        monkeypatch.setenv(name, value)
    return root


@pytest.fixture
def run(run_module: Run) -> Run:
    def run_it(*names: str, **options: Any) -> dict[str, Any]:
        return run_module("apt_packages", packages=list(names), **{"lock_timeout": 0, **options})

    return run_it


def test_what_is_missing_is_installed_once(apt: AptRoot, run: Run) -> None:
    apt.offer("six", depends="base")
    apt.offer("base")
    first = run("six")
    assert (first["changed"], first["missing"]) == (True, ["six"])
    assert apt.status("six") == apt.status("base") == INSTALLED
    # Not even the lists are looked at.
    apt.withdraw()
    before = snapshot(apt.root)
    second = run("six", "base")
    assert (second["changed"], second["missing"]) == (False, [])
    assert snapshot(apt.root) == before


def test_check_mode_tells_and_changes_nothing(apt: AptRoot, run: Run) -> None:
    apt.offer("six")
    before = snapshot(apt.admin, apt.root / "tree", apt.root / "state/lists")
    # Without lists, too: a fresh image has none.
    assert run("six", _ansible_check_mode=True)["missing"] == ["six"]
    assert run("six", _ansible_check_mode=True)["changed"] is True
    assert snapshot(apt.admin, apt.root / "tree", apt.root / "state/lists") == before


def test_a_name_that_another_package_provides_is_there(apt: AptRoot, run: Run) -> None:
    apt.offer("gcc-c++", provides="c++-compiler")
    assert run("c++-compiler")["changed"] is True
    assert run("c++-compiler")["changed"] is False
    assert run("c++-compiler", _ansible_check_mode=True)["changed"] is False
    assert run("gcc-c++=1.0")["changed"] is False


def test_packages_of_another_architecture(apt: AptRoot, run: Run) -> None:
    apt.offer("headers", architecture="amd64", same=True)
    assert run("headers:arm64", foreign_architecture="arm64", _ansible_check_mode=True)["changed"] is True
    assert (apt.admin / "arch").read_text() == "amd64\n"
    assert run("headers", foreign_architecture="arm64")["changed"] is True
    assert (apt.admin / "arch").read_text() == "amd64\narm64\n"
    apt.offer("headers", architecture="arm64", same=True)
    # The lists do not know it yet.
    assert run("headers:arm64")["changed"] is True
    assert apt.status("headers:arm64") == INSTALLED
    assert run("headers", "headers:amd64", foreign_architecture="arm64")["changed"] is False
    apt.offer("tool", architecture="arm64")
    run("tool:arm64")
    assert run("tool", "tool:arm64", _ansible_check_mode=True)["missing"] == ["tool"]


@pytest.mark.parametrize("lists", [False, True])
def test_an_archive_that_is_out_of_reach(apt: AptRoot, run: Run, lists: bool) -> None:
    apt.offer("other")
    apt.offer("python3-pip")
    if lists:
        run("other")
    apt.withdraw()
    message = run("python3-pip")["msg"]
    assert message.startswith("The host lacks python3-pip, and its package archive does not provide it (")
    assert "copy the .deb files of python3-pip and its dependencies, for Debian GNU/Linux " in message
    assert "Unable to locate package" not in message
    assert message.count("\n") == 0 and message.endswith("'dpkg --install'.")


def test_a_held_lock_is_reported(apt: AptRoot, run: Run) -> None:
    apt.offer("six")
    with (apt.admin / "lock-frontend").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        # A lock of this process is none to a child of it that opens the file anew.
        message = run("six")["msg"]
    assert message.startswith("Another process holds the lock of apt or dpkg on the board (process ")
    assert run("six")["changed"] is True


@pytest.mark.parametrize("journal", [False, True])
@pytest.mark.parametrize("wanted", ["six", "other"])
@pytest.mark.parametrize("left", ["unpacked", "half-installed", "half-configured"])
def test_what_dpkg_was_interrupted_in_is_mended(apt: AptRoot, run: Run, left: str, wanted: str, journal: bool) -> None:
    apt.offer("six")
    apt.offer("other")
    run("other")
    status = (apt.admin / "status").read_text()
    flag = "reinstreq" if left == "half-installed" else "ok"
    (apt.admin / "status").write_text(status.replace("install ok installed", f"install {flag} {left}"))
    if journal:
        # What dpkg did not live to take up is the mark by which apt refuses to work.
        (apt.admin / "updates/0000").write_text((apt.admin / "status").read_text().rstrip("\n") + "\n")
    assert run(wanted)["changed"] is True
    assert apt.status(wanted) == INSTALLED
    # apt works beside another package that is half there.
    assert apt.status("other") == INSTALLED or (left, wanted, journal) == ("half-installed", "six", False)


def test_a_package_that_cannot_be_configured(apt: AptRoot, run: Run) -> None:
    apt.offer("six", script="echo no >&2; exit 1")
    message = run("six")["msg"]
    assert message.startswith("apt-get could not install six (")
    assert message.count("\n") == 0
