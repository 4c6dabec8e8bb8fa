# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canary, share, rest: above the threshold, later waves are not even connected to."""

from __future__ import annotations

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import CPP, PYTHON, Boards

WAVES = '{"jetfleet_waves": [1, 4, "100%"]}'
BOARDS = "fleet:!fleet-full:!fleet-opencv"
SMALL = ("-e", "jetfleet_load_time_values=10000")
NAMES = [f"fleet-{number:02}" for number in range(1, 13)]
CANARY, SHARE, REST = NAMES[:1], NAMES[1:5], NAMES[5:]


@pytest.fixture(scope="module")
def fresh(stocked: Boards) -> Boards:
    """All boards as pip leaves them, and none that is pending."""
    stocked.renew(*NAMES)
    (stocked.store / "pending.retry").unlink(missing_ok=True)
    return stocked


def rollout(fleet: Boards, *arguments: str) -> tuple[int, dict[str, str], str]:
    """Roll out in waves; return the exit status, what became of each board, and the output on one line."""
    run = fleet.play("jetfleet.protobuf.rollout", "--limit", BOARDS, "-e", WAVES, *SMALL, *arguments)
    return run.status, {host: run.became(host) for host in NAMES}, run.text


def test_a_bad_share_holds_the_rest_back(fresh: Boards) -> None:
    """One board of the share is dead, one refuses sudo: 2 of 5 are more than 20 per cent."""
    dead, poisoned = SHARE[:2]
    untouched = {host: (fresh.sessions(host), fresh.state(host)) for host in REST}
    fresh.podman("stop", "--time=0", fresh.container(dead))
    fresh.root(poisoned, "mv /etc/sudoers.d/jetson /root/")
    status, became, text = rollout(fresh)
    fresh.podman("start", fresh.container(dead))
    fresh.root(poisoned, "mv /root/jetson /etc/sudoers.d/")
    assert status != 0
    expected = {CANARY[0]: "changed", dead: "unreachable", poisoned: "failed"}
    expected |= dict.fromkeys(SHARE[2:], "changed") | dict.fromkeys(REST, "held_back")
    assert became == expected
    assert "2 of the 5 boards of the waves before are not well" in text
    assert {host: (fresh.sessions(host), fresh.state(host)) for host in REST} == untouched
    assert (fresh.store / "pending.retry").read_text().split() == sorted([dead, poisoned, *REST])
    assert fresh.backend(SHARE[2]) == CPP
    assert fresh.backend(REST[0]) == PYTHON


def test_a_dead_canary_stops_everything_and_still_gives_a_report(fresh: Boards) -> None:
    fresh.podman("stop", "--time=0", fresh.container(CANARY[0]))
    status, became, _text = rollout(fresh)
    fresh.podman("start", fresh.container(CANARY[0]))
    assert status != 0
    assert became == {CANARY[0]: "unreachable"} | dict.fromkeys(SHARE + REST, "held_back")


def test_cured_boards_and_the_rest_follow_with_the_list_of_pending_boards(fresh: Boards) -> None:
    """Only boards of the list are connected to, and nothing is compiled."""
    pending = fresh.store / "pending.retry"
    pending.write_text("".join(f"{host}\n" for host in [*SHARE[:2], *REST]))
    others = [*CANARY, *SHARE[2:]]
    before = {host: fresh.sessions(host) for host in others}
    run = fresh.play("jetfleet.protobuf.provision", "--limit", f"@{pending}", "-e", WAVES, *SMALL)
    assert run.status == 0
    assert {host: run.became(host) for host in [*SHARE[:2], *REST]} == dict.fromkeys([*SHARE[:2], *REST], "changed")
    assert {host: fresh.sessions(host) for host in others} == before
    assert "Make the library" not in run.output
    assert not pending.exists()


def test_the_second_run_over_the_fleet_changes_nothing(fresh: Boards) -> None:
    status, became, _text = rollout(fresh)
    assert status == 0
    assert became == dict.fromkeys(NAMES, "unchanged")
