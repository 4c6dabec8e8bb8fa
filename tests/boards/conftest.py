# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boards for bad input and for every state that has to be cured, and what they need, compiled by one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import Boards
from ansible_collections.jetfleet.protobuf.tests.support.shared_store import hand_on, native_build

BOTH = ("board-one", "board-two")


@dataclass
class Built:
    """Fresh boards with an empty store, and a store with what one of two has compiled for both; the other is untouched."""

    boards: Boards
    store: Path
    builder: str
    other: str


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Make the boards, and take them away at the end."""
    store = tmp_path_factory.mktemp("artefacts")
    fleet = Boards(store, "tests/boards/hosts.yml", "test_boards")
    fleet.make()
    # First of all, as the session fleet waits for it.
    with native_build():
        limit = ("--limit", ",".join(BOTH))
        run = fleet.play("jetfleet.protobuf.build", *limit, "-e", "jetfleet_load_time_values=10000")
        assert run.status == 0
        assert run.output.count("| Compile the wheel in the source tree of the library]") == 1, (
            "exactly one of them builds for both"
        )
        hand_on(store)
    fleet.store = tmp_path_factory.mktemp("empty")
    (builder,) = (host for host in BOTH if fleet.root(host, "ls /home/jetson/src 2>/dev/null || true"))
    (other,) = set(BOTH) - {builder}
    yield Built(fleet, store, builder, other)
    fleet.destroy()


@pytest.fixture
def boards(built: Built) -> Boards:
    """The boards, for which nothing is in the store."""
    return built.boards
