# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host patterns."""

from __future__ import annotations

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.host_pattern import matching_hosts

GROUPS = {
    "all": ["nano-1", "nano-2", "tx2.lab", "build-1"],
    "ungrouped": [],
    "boards": ["nano-1", "nano-2", "tx2.lab"],
    "old": ["nano-1"],
    "builders": ["build-1"],
    "empty": [],
}


@pytest.mark.parametrize(
    ("pattern", "hosts"),
    [
        ("boards", ["nano-1", "nano-2", "tx2.lab"]),
        ("all", ["nano-1", "nano-2", "tx2.lab", "build-1"]),
        ("boards:!old", ["nano-2", "tx2.lab"]),
        ("boards,&old", ["nano-1"]),
        ("!old", ["nano-2", "tx2.lab", "build-1"]),
        ("tx2.lab,old", ["tx2.lab", "nano-1"]),
        ("boards[0]", ["nano-1"]),
        ("boards[1:2]", ["nano-2", "tx2.lab"]),
        ("nano-*", ["nano-1", "nano-2"]),
        ("~^(old|builders)$", ["nano-1", "build-1"]),
        ("boards:missing", ["nano-1", "nano-2", "tx2.lab"]),
        ("boards:!missing", ["nano-1", "nano-2", "tx2.lab"]),
        ("boards:&missing", []),
        ("missing", []),
        ("missing:!old", []),
        ("missing[0]", []),
        ("boards[7]", []),
        ("empty", []),
        ("", []),
    ],
)
def test_a_pattern_means_what_it_means_to_ansible(
    pattern: str, hosts: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert matching_hosts(pattern, GROUPS) == hosts
    assert "WARNING" not in "".join(capfd.readouterr())
