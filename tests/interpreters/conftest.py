# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of all tests of interpreters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.processor_group import own_share


@pytest.fixture(scope="session", autouse=True)
def share_of_the_processors() -> Iterator[None]:
    """Let guests of this machine get on, whatever else runs on it."""
    with own_share():
        yield
