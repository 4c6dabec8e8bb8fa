# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option gather_subset."""

from __future__ import annotations

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.gather import (
    DEFAULT_SUBSETS,
    SUBSETS,
    wanted_subsets,
)


@pytest.mark.parametrize(
    ("entries", "wanted"),
    [
        (["all"], set(SUBSETS)),
        (["module"], {"module"}),
        (["!opencv", "!load_time", "!graphs"], set(DEFAULT_SUBSETS)),
        (["all", "!board"], set(SUBSETS) - {"board"}),
        (["board", "module", "!module"], {"board"}),
        (["!board", "board"], set()),
    ],
)
def test_wanted_subsets(entries: list[str], wanted: set[str]) -> None:
    assert wanted_subsets(entries) == wanted
