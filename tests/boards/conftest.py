# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boards for bad input and for every state that has to be cured."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import Boards


@pytest.fixture(scope="session")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boards]:
    """Fresh boards, taken away at the end."""
    fleet = Boards(tmp_path_factory.mktemp("artefacts"), "tests/boards/hosts.yml", "test_boards")
    fleet.make()
    yield fleet
    fleet.destroy()
