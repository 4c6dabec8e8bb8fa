# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which paths a scope stands for: everything below a folder, and the byte code of a source."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import (
    belongs,
    existing,
    files_of,
    of_site,
    packaged,
    paths_of,
    source_of,
)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a folder with sources, byte code of several Pythons, one file that was being compiled, and links."""
    place = tmp_path / "google/protobuf"
    names = ("message.py", "message_factory.py", "message.pyc", "_message.so", "internal/decoder.py")
    compiled = ("message.cpython-39.pyc", "message.cpython-36.opt-1.pyc", "message.cpython-39.pyc.140484019404592")
    for name in (*names, *(f"__pycache__/{one}" for one in (*compiled, "message_factory.cpython-39.pyc"))):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).touch()
    (place / "dangling").symlink_to("nothing")
    (place / "linked").symlink_to("internal")
    return place


def test_a_source_stands_for_its_byte_code_and_for_no_other(package: Path) -> None:
    cache = package / "__pycache__"
    wanted = sorted(str(path) for path in cache.iterdir() if not path.name.startswith("message_factory"))
    assert len(wanted) == 3
    assert existing([f"{package}/message.py"]) == sorted([*wanted, f"{package}/message.py", f"{package}/message.pyc"])


def test_byte_code_of_a_source_that_is_gone(package: Path) -> None:
    (package / "message.py").unlink()
    assert len(existing([f"{package}/message.py"])) == 4
    assert existing([f"{package}/nothing.py"]) == []


def test_a_folder_stands_for_all_in_it_and_links_are_not_followed(package: Path) -> None:
    (package / "new/empty").mkdir(parents=True)
    found = files_of([str(package.parent)])
    wanted = {str(path) for path in package.rglob("*") if path.is_symlink() or path.is_file()}
    assert found == {*wanted, f"{package}/new/empty"}
    assert f"{package}/linked" in found
    assert not [path for path in found if path.startswith(f"{package}/linked/")]
    assert files_of([f"{package}/linked"]) == {f"{package}/linked"}


@pytest.mark.parametrize(
    ("path", "covered"),
    [
        ("/s/google/protobuf/message.py", True),
        ("/s/google/protobuf/__pycache__/message.cpython-39.pyc", True),
        ("/s/google/protobuf/message.pyo", True),
        ("/s/protobuf-3.dist-info/RECORD", True),
        ("/s/protobuf-3.dist-info", True),
        ("/s/protobuf-3.dist-information", False),
        ("/s/google/protobuf/__pycache__/message_factory.cpython-39.pyc", False),
        ("/s/google/protobuf", False),
        ("/s", False),
    ],
)
def test_belonging(path: str, covered: bool) -> None:
    assert belongs(path, {"/s/google/protobuf/message.py", "/s/protobuf-3.dist-info"}) is covered


def test_only_byte_code_has_a_source() -> None:
    assert source_of("/s/a/__pycache__/b.cpython-27.pyc.1") == "/s/a/b.py"
    assert source_of("/s/a/b.pyc") == "/s/a/b.py"
    assert source_of("/s/a/b.py") is None


def test_paths_of_a_site_within_another_one() -> None:
    sites = ["/s", "/s/inner", "/t"]
    paths = ["/bin/tool", "/s/a", "/s/inner/b", "/t/c", "/since"]
    assert of_site(paths, "/s", sites) == ["/bin/tool", "/s/a", "/since"]
    assert of_site(paths, "/s/inner", sites) == ["/s/inner/b"]
    assert of_site(paths, "/t", sites) == ["/t/c"]


def test_kinds_and_the_names_that_dpkg_gives() -> None:
    scope = [*packaged("/l/a.so"), ["module", "/s/b"]]
    assert paths_of(scope, ("library",)) == {"/l/a.so", "/l/a.so.dpkg-new", "/l/a.so.dpkg-tmp"}
    assert paths_of(scope, ("module", "state")) == {"/s/b"}
