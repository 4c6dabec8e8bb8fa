# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetched files get the sums that the builder gave them, whatever the order of the loops."""

from __future__ import annotations

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._build.fetched import fetched_files


def test_each_file_gets_its_own_sum() -> None:
    fetched = {"results": [{"item": "/b/x.whl", "dest": "/s/x.whl"}, {"item": "/b/y.deb", "dest": "/s/y.deb"}]}
    stated = {
        "results": [{"item": "/b/y.deb", "stat": {"checksum": "2"}}, {"item": "/b/x.whl", "stat": {"checksum": "1"}}]
    }
    assert fetched_files(fetched, stated) == [
        {"path": "/s/x.whl", "sha256": "1"},
        {"path": "/s/y.deb", "sha256": "2"},
    ]


def test_a_builder_that_gives_no_sum_is_refused_by_the_store() -> None:
    fetched = {"results": [{"item": "/b/x.whl", "dest": "/s/x.whl"}]}
    stated = {"results": [{"item": "/b/x.whl", "stat": {"exists": False}}]}
    assert fetched_files(fetched, stated) == [{"path": "/s/x.whl", "sha256": "none"}]
