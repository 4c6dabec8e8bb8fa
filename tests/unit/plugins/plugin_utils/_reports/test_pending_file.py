# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of pending boards on the controller."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.pending_file import write_pending


def test_names_are_written_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "new" / "pending.retry"
    assert write_pending(path, ["a", "b", "c"], ["c", "a"]) == ["a", "c"]
    assert path.read_text() == "a\nc\n"
    assert sorted(entry.name for entry in path.parent.iterdir()) == [".pending.retry.lock", "pending.retry"]


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


@pytest.mark.parametrize("name", ["my board", "tief\u2028im Keller", "été", "a\x0bb", "fe80::1", "nano[1]", "x" * 300])
def test_a_name_is_one_entry_for_us_and_for_ansible_and_leaves(tmp_path: Path, name: str) -> None:
    path = tmp_path / "pending.retry"
    assert write_pending(path, [name, "a"], [name]) == [name]
    assert write_pending(path, ["a"], ["a"]) == sorted([name, "a"])
    assert limited_to(path, [name, "a", "my", "board"]) == {name, "a"}
    assert write_pending(path, [name], []) == ["a"]


def limited_to(path: Path, hosts: list[str]) -> set[str]:
    """Return the hosts of an inventory that Ansible selects with --limit @FILE."""
    inventory = InventoryManager(DataLoader(), parse=False)
    for host in hosts:
        inventory.add_host(host, "all")
    inventory.subset(f"@{path}")
    return {host.name for host in inventory.get_hosts()}


def test_a_file_that_is_no_text_keeps_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "pending.retry"
    path.write_bytes(b"caf\xe9\r\nz\n\n")
    write_pending(path, ["a"], ["a"])
    assert path.read_bytes() == b"a\ncaf\xe9\nz\n"


def test_runs_that_end_together_lose_no_entry(tmp_path: Path) -> None:
    path = tmp_path / "pending.retry"
    boards = [[f"b{number:03}"] for number in range(200)]
    with ProcessPoolExecutor(8) as pool:
        list(pool.map(write_pending, repeat(path, len(boards)), boards, boards))
    assert path.read_text().split() == [board for (board,) in boards]
    with ProcessPoolExecutor(8) as pool:
        list(pool.map(write_pending, repeat(path, 100), boards[:100], repeat([], 100)))
    assert path.read_text().split() == [board for (board,) in boards[100:]]
