# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest ansible-core does what the default one does."""

from __future__ import annotations

from ansible_collections.jetfleet.protobuf.tests.support.container_boards import CPP, SMALL, Boards

HOST = "fleet-05"


def test_the_newest_core_provisions_restores_and_removes(stocked: Boards, newest_core: str) -> None:
    print(f"ansible-core {newest_core}")
    stocked.renew(HOST)
    statuses = []
    for playbook in ("provision", "provision", "remove"):
        run = stocked.play(f"jetfleet.protobuf.{playbook}", "--limit", HOST, *SMALL)
        assert run.status == 0
        statuses.append(run.became(HOST))
    assert statuses == ["changed", "unchanged", "removed"]
    assert stocked.play("jetfleet.protobuf.rollout", "--limit", HOST, *SMALL).became(HOST) == "changed"
    stocked.root(HOST, "pip3 uninstall -qy protobuf 2>/dev/null")
    assert stocked.play("jetfleet.protobuf.rollout", "--limit", HOST, *SMALL).became(HOST) == "changed"
    assert stocked.backend(HOST) == CPP
