# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift changes nothing, forgets no host, and its exit status is 0 only when every board is compliant."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import SMALL, Boards
from ansible_collections.jetfleet.protobuf.tests.support.waiting import wait_for
from junitparser import JUnitXml

COMPLIANT, DRIFT, FAILED, DEAD, FROZEN, REFUSED, STRANGER, DYING = HOSTS = [f"fleet-{n:02}" for n in range(2, 10)]
ALL = ",".join(HOSTS)
# What each board is broken by, but for those that the controller cannot reach.
BREAK = {
    DRIFT: "echo export PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=cpp > /etc/profile.d/protobuf.sh",
    FAILED: "mv /usr/bin/python3 /root/",
    REFUSED: "mv /etc/ssh/authorized_keys/jetson /root/",
    DYING: (
        'echo \'import time; open("/tmp/module", "w"); time.sleep(600)\''
        " > /usr/local/lib/python3.9/dist-packages/slow.pth"
    ),
}
EXPECTED = {
    COMPLIANT: "compliant",
    DRIFT: "drift",
    FAILED: "failed",
    DEAD: "unreachable",
    FROZEN: "unreachable",
    REFUSED: "unreachable",
    STRANGER: "host_key_mismatch",
    DYING: "unreachable",
}
# No connection may be left from a run before, and nobody waits long for those that do not answer.
IMPATIENT = {"ansible_ssh_args": "-o ControlMaster=auto -o ControlPersist=1s", "ansible_ssh_timeout": 15}
OPTIONS = (*SMALL, "-e", json.dumps(IMPATIENT))


@pytest.fixture(scope="module")
def whole(stocked: Boards) -> Boards:
    """Boards that are what they should be."""
    stocked.renew(*HOSTS)
    assert stocked.play("jetfleet.protobuf.rollout", "--limit", ALL, *OPTIONS).status == 0
    return stocked


def test_nothing_is_changed_over_one_connection_with_one_module_call(whole: Boards) -> None:
    before = whole.state(COMPLIANT), whole.content(COMPLIANT, "/etc", "/usr/local", "/var/lib", "/home")
    whole.wait_for_closed_connections(COMPLIANT)
    sessions = whole.sessions(COMPLIANT)
    run, report = whole.drift("--limit", COMPLIANT, *OPTIONS, "-vvv")
    assert run.status == 0
    assert whole.sessions(COMPLIANT) - sessions == 1
    assert run.output.count("> SSH: EXEC ssh") == 1
    assert (whole.state(COMPLIANT), whole.content(COMPLIANT, "/etc", "/usr/local", "/var/lib", "/home")) == before
    assert report["summary"]["compliant"] == 1


TYPO = {"jetfleet_drift_host_rules": {"load-time": {"query": "load_time.[seconds"}}}


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (TYPO, "load-time"),
        (
            {"jetfleet_drift_rule": {}},
            f"jetfleet_drift_rule of {COMPLIANT} is not a variable of this collection: did you mean jetfleet_drift_rules",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_before_a_board_is_contacted(
    whole: Boards, variables: dict[str, object], sentence: str
) -> None:
    whole.wait_for_closed_connections(COMPLIANT)
    sessions = whole.sessions(COMPLIANT)
    run = whole.play("jetfleet.protobuf.drift", "--limit", COMPLIANT, *OPTIONS, "-e", json.dumps(variables))
    assert run.status != 0
    assert sentence in run.text
    assert whole.sessions(COMPLIANT) == sessions


def test_an_inventory_without_boards_is_no_fleet_without_drift(whole: Boards) -> None:
    whole.inventory, kept = "localhost,", whole.inventory
    run = whole.play(
        "jetfleet.protobuf.drift", "-e", f"jetfleet_drift_report_directory={whole.store}/none", "--limit", "localhost"
    )
    whole.inventory = kept
    assert run.status != 0
    assert (
        "No board in this run: the pattern boards (variable jetfleet_boards) matches hosts of the inventory, and --limit"
        in run.text
    )


@pytest.fixture(scope="module")
def broken(whole: Boards) -> Iterator[Boards]:
    """One board is as it should be, the others are not, each in its way."""
    for host, command in BREAK.items():
        whole.root(host, command)
    whole.podman("stop", "--time=0", whole.container(DEAD))
    yield whole
    whole.podman("start", whole.container(DEAD))


COMBINATIONS = [list(chosen) for chosen in itertools.product((False, True), repeat=3)]


def check_exit_status(fleet: Boards, chosen: list[bool]) -> None:
    hosts = [COMPLIANT, *itertools.compress((DRIFT, FAILED, DEAD), chosen)]
    run, report = fleet.drift("--limit", ",".join(hosts), *OPTIONS)
    assert run.status == (2 if any(chosen) else 0)
    assert "Could not match supplied host pattern" not in run.text
    entries = {entry["host"]: entry["status"] for entry in report["boards"]}
    assert {host: entries[host] for host in hosts} == {host: EXPECTED[host] for host in hosts}
    others = {status for host, status in entries.items() if host not in hosts}
    assert others == {"skipped"}


@pytest.mark.parametrize("chosen", COMBINATIONS, ids=str)
def test_the_exit_status_is_0_only_when_all_are_compliant(broken: Boards, chosen: list[bool]) -> None:
    """Drift, failed and unreachable, in all combinations."""
    check_exit_status(broken, chosen)


@pytest.mark.parametrize("chosen", COMBINATIONS, ids=str)
def test_the_exit_status_is_the_same_with_the_newest_core(broken: Boards, newest_core: str, chosen: list[bool]) -> None:
    print(f"ansible-core {newest_core}")
    check_exit_status(broken, chosen)


def dies_meanwhile(fleet: Boards) -> None:
    """Switch the board off as soon as the module runs on it."""
    wait_for(lambda: "module" in fleet.root(DYING, "ls /tmp"), 60)
    fleet.podman("kill", "--signal=KILL", fleet.container(DYING))


@contextlib.contextmanager
def another_host_key(fleet: Boards) -> Iterator[None]:
    """Let the controller know the stranger by the key of another board."""
    known = fleet.known_hosts(STRANGER)
    pinned = known.read_text()
    known.write_text(fleet.known_hosts(COMPLIANT).read_text().replace(COMPLIANT, STRANGER))
    try:
        yield
    finally:
        known.write_text(pinned)


def test_a_wrong_host_key_is_told_from_a_bad_connection_on_a_busy_controller(
    whole: Boards, lingering_ssh: Path
) -> None:
    with another_host_key(whole):
        whole.wait_for_closed_connections(STRANGER)
        run, report = whole.drift("--limit", STRANGER, *OPTIONS, "-e", f"ansible_ssh_executable={lingering_ssh}")
    assert run.status == 2
    assert report["summary"]["host_key_mismatch"] == 1


def test_every_host_is_in_every_report_exactly_once(broken: Boards) -> None:
    folder = broken.store / "drift"
    broken.podman("pause", broken.container(FROZEN))
    killer = threading.Thread(target=dies_meanwhile, args=(broken,))
    killer.start()
    try:
        with another_host_key(broken):
            run, report = broken.drift("--limit", ALL, *OPTIONS, "-e", "jetfleet_deadline=60")
    finally:
        broken.podman("unpause", broken.container(FROZEN))
        killer.join()
        broken.podman("start", broken.container(DYING))
    assert run.status == 2
    statuses = {entry["host"]: entry["status"] for entry in report["boards"]}
    assert len(report["boards"]) == len(statuses) == report["summary"]["boards"]
    assert {host: statuses[host] for host in HOSTS} == EXPECTED
    assert {status for host, status in statuses.items() if host not in HOSTS} == {"skipped"}
    assert Counter(statuses.values()) == Counter(
        {status: count for status, count in report["summary"].items() if status in statuses.values()}
    )
    assert all(entry["reason"] for entry in report["boards"] if entry["status"] not in ("compliant", "drift"))
    assert sorted(suite.name for suite in JUnitXml.fromfile(str(folder / "drift.xml"))) == sorted(statuses)
    page = (folder / "drift.html").read_text()
    assert [host for host in statuses if f">{host}<" not in page] == []
