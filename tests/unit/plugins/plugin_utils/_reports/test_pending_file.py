# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of pending boards on the controller."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.pending_file import write_pending


def test_names_are_written_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "new" / "pending.retry"
    assert write_pending(path, ["a", "b", "c"], ["c", "a"]) == ["a", "c"]
    assert path.read_text() == "a\nc\n"
    assert list(path.parent.iterdir()) == [path]


def test_boards_that_were_not_looked_at_stay(tmp_path: Path) -> None:
    path = tmp_path / "pending.retry"
    path.write_text("a\nb\nz\n")
    assert write_pending(path, ["a", "b"], ["b"]) == ["b", "z"]
    assert path.read_text() == "b\nz\n"


def test_the_file_goes_when_nothing_is_pending(tmp_path: Path) -> None:
    path = tmp_path / "pending.retry"
    path.write_text("a\n")
    assert write_pending(path, ["a"], []) == []
    assert not path.exists()
    assert write_pending(path, ["a"], []) == []
