# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of easy-install.pth are taken out and put back alone, and the rest of the file stays as it is."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.path_files import (
    easy_install,
    lines_naming,
    put_back,
    take_out,
    text_of,
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    place = tmp_path / "site"
    place.mkdir()
    return place


@pytest.mark.parametrize(
    "line", ["./protobuf.egg", "{site}/protobuf.egg", "../site/protobuf.egg", "{link}", " ./protobuf.egg "]
)
def test_every_spelling_of_a_place_is_found(site: Path, line: str) -> None:
    (site / "protobuf.egg").mkdir()
    (site / "link").symlink_to("protobuf.egg")
    line = line.format(site=site, link=site / "link")
    path = Path(easy_install(str(site)))
    path.write_text(f"import sys; sys.__plen = len(sys.path)\n./six.egg\n{line}\n# ./protobuf.egg\n./protobuf.egg2\n\n")
    assert lines_naming(str(path), str(site / "protobuf.egg")) == [line]


# In UTF-8 the second letter has a byte that is a line end in Latin-1.
@pytest.mark.parametrize("letter", ["\u00e4", "\u00c5", "\u6f22"])
def test_a_place_with_an_umlaut(site: Path, letter: str) -> None:
    place = site / f"Quelle-{letter}"
    path = Path(easy_install(str(site)))
    path.write_bytes(os.fsencode(f"{place}\n./six.egg\n"))
    lines = lines_naming(str(path), str(place))
    assert len(lines) == 1
    take_out(str(path), lines)
    assert path.read_text() == "./six.egg\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("./six.egg\n/src\n./a.egg\n", "./six.egg\n./a.egg\n"),
        ("./six.egg\r\n/src\r\n", "./six.egg\r\n"),
        ("./six.egg\n/src", "./six.egg\n"),
        ("/src\n", None),
        ("import sys; sys.__plen = len(sys.path)\n/src\nimport sys; new = sys.path[sys.__plen:]\n", None),
        ("/srcs\n", "/srcs\n"),
    ],
)
def test_lines_are_taken_out_and_put_back(site: Path, before: str, after: str | None) -> None:
    path = site / "easy-install.pth"
    path.write_bytes(before.encode())
    path.chmod(0o640)
    inode = path.stat().st_ino
    take_out(str(path), ["/src"])
    assert (path.read_bytes().decode() if path.exists() else None) == after
    if after == before:
        assert path.stat().st_ino == inode
    if after is not None:
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        put_back(str(path), ["/src"] if after != before else [], before)
        assert path.read_bytes().decode() == before


def test_bytes_of_others_stay_as_they_are(site: Path) -> None:
    path = site / "easy-install.pth"
    path.write_bytes(b"./caf\xe9.egg\n/src\n./\xc3\xa4.egg\n")
    before = text_of(str(path))
    take_out(str(path), ["/src"])
    assert path.read_bytes() == b"./caf\xe9.egg\n./\xc3\xa4.egg\n"
    put_back(str(path), ["/src"], before)
    assert path.read_bytes() == b"./caf\xe9.egg\n/src\n./\xc3\xa4.egg\n"


def test_a_file_that_has_others_since(site: Path) -> None:
    path = site / "easy-install.pth"
    path.write_text("./new.egg\n./a.egg")
    put_back(str(path), ["/src", "/second"], "/second\n./six.egg\n/src\n./a.egg\n")
    assert path.read_text() == "./new.egg\n/second\n/src\n./a.egg"
    put_back(str(path), ["/src"], "/src\n./a.egg\n")
    assert path.read_text() == "./new.egg\n/second\n/src\n./a.egg"


def test_at_the_end_of_a_file_without_a_line_end(site: Path) -> None:
    path = site / "easy-install.pth"
    path.write_text("./new.egg")
    put_back(str(path), ["/src"], "/src\n")
    assert path.read_text() == "./new.egg\n/src\n"


def test_nothing_there(site: Path) -> None:
    path = str(site / "easy-install.pth")
    assert (text_of(path), lines_naming(path, "/src")) == ("", [])
    take_out(path, ["/src"])
    assert not os.path.lexists(path)
