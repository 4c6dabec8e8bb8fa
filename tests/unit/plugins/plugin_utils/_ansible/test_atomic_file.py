# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file appears whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.atomic_file import write_whole


def test_a_file_is_written_over_with_nothing_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_it_is_as_readable_as_any_other_file(mask: int, mode: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "file", b"")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == mode


def test_what_cannot_be_put_there_leaves_nothing(tmp_path: Path) -> None:
    place = tmp_path / "folder"
    (place / "full").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"):
        write_whole(place, b"x")
    assert list(tmp_path.iterdir()) == [place]
