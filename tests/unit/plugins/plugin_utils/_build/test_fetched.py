# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetched files get the sums that the builder gave them, whatever the order of the loops."""

from __future__ import annotations

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._build.fetched import fetched_files


def test_each_file_gets_its_own_sum() -> None:
    fetched = {"results": [{"item": "/b/x.whl", "dest": "/s/x.whl"}, {"item": "/b/y.deb", "dest": "/s/y.deb"}]}
    stated = {
        "results": [{"stat": {"path": "/b/y.deb", "checksum": "2"}}, {"stat": {"path": "/b/x.whl", "checksum": "1"}}]
    }
    assert fetched_files(fetched, stated) == [
        {"path": "/s/x.whl", "sha256": "1"},
        {"path": "/s/y.deb", "sha256": "2"},
    ]
