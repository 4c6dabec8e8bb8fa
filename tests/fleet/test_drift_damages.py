# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule of drift finds the damage that it is there for, alone; and what the report tells to do about it cures it."""

from __future__ import annotations

import itertools
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import ROOT, Boards
from ansible_collections.jetfleet.protobuf.tests.support.drift_damages import DAMAGES, DOWNLOADS, MODEL, Damage

HOSTS = [f"fleet-{number:02}" for number in range(2, 13)]
WITH_OPENCV = "fleet-opencv"
ALL = ",".join([*HOSTS, WITH_OPENCV])
OPTIONS = (
    "-e",
    '{"jetfleet_waves": ["100%"], "libprotobuf_adopt": true, "python_protobuf_pip_constraint": true}',
    "-e",
    # The profiler that one board gets slows parsing down, and so does the model of another one.
    "jetfleet_load_time_values=10000 python_protobuf_load_time_budget=0.1 jetfleet_drift_graph_load_time_budget=0.05",
)


@dataclass
class Seen:
    """What the report said of a damaged board, and of the same board after the cure."""

    host: str
    broken: dict[str, Any]
    cured: dict[str, Any] = field(default_factory=dict)


def findings(entry: dict[str, Any]) -> list[str]:
    """Return the ids of the rules that a board breaks."""
    return [rule["rule"] for rule in entry["rules"] if rule["outcome"] == "finding"]


def rounds() -> Iterator[dict[str, Damage]]:
    """Deal the damages out to the boards."""
    plain = iter([damage for damage in DAMAGES if not damage.opencv])
    (with_opencv,) = (damage for damage in DAMAGES if damage.opencv)
    special = {WITH_OPENCV: with_opencv}
    while dealt := dict(zip(HOSTS, itertools.islice(plain, len(HOSTS)), strict=False)):
        yield dealt | special
        special = {}


def drift(fleet: Boards, hosts: dict[str, Damage]) -> dict[str, dict[str, Any]]:
    """Return what the report says of each of the boards."""
    models = {
        "models_of": {host: [MODEL] for host, damage in hosts.items() if damage.graphs},
        "jetfleet_graphs": "{{ models_of[inventory_hostname] | default([]) }}",
    }
    _run, report = fleet.drift("--limit", ",".join(hosts), *OPTIONS, "-e", json.dumps(models))
    return {entry["host"]: entry for entry in report["boards"] if entry["host"] in hosts}


def cure(fleet: Boards, host: str, damage: Damage, entry: dict[str, Any]) -> bool:
    """Do what the finding says; return whether that is to provision the board, which is done for all of them at once."""
    (rule,) = (rule for rule in entry["rules"] if rule["rule"] == damage.rule)
    command = (rule["remedy"] or {}).get("command") or ""
    if command.startswith("ansible-playbook jetfleet.protobuf.provision -i INVENTORY"):
        assert f"--limit {host}" in command
        return True
    if damage.cure:
        fleet.root(host, damage.cure)
    else:
        # As ssh hands it to the board's shell.
        on_board = shlex.split(command.removeprefix(f"ssh {host} "))
        fleet.root(host, f"su - jetson -c {shlex.quote(' '.join(on_board))}")
    return False


def provisioned(fleet: Boards, hosts: list[str]) -> None:
    run = fleet.play("jetfleet.protobuf.provision", "--limit", ",".join(hosts), *OPTIONS)
    assert run.status == 0
    assert "Make the library" not in run.output


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders with one wheel each, as root's home on the boards gets them."""
    place = tmp_path_factory.mktemp("wheels")
    for key, (requirement, *platform) in DOWNLOADS.items():
        options = ["--no-deps", "--only-binary=:all:", *platform, f"--dest={place / key}"]
        subprocess.run([sys.executable, "-m", "pip", "download", "-qq", *options, requirement], check=True)
    return place


@pytest.fixture(scope="module")
def seen(stocked: Boards, wheels: Path) -> dict[str, Seen]:
    """Damage all boards at once, each in its way, look, cure, look again, until all damages are through."""
    stocked.renew(*HOSTS, WITH_OPENCV)
    provisioned(stocked, [*HOSTS, WITH_OPENCV])
    for host in HOSTS:
        stocked.podman("cp", f"{wheels}/.", f"{stocked.container(host)}:/root/")
    result: dict[str, Seen] = {}
    for dealt in rounds():
        for host, damage in dealt.items():
            stocked.root(host, f"({damage.command}) >/root/damage.log 2>&1")
        broken = drift(stocked, dealt)
        for host, damage in dealt.items():
            result[damage.rule] = Seen(host, broken[host])
        found = {host: damage for host, damage in dealt.items() if damage.rule in findings(broken[host])}
        to_provision = [host for host, damage in found.items() if cure(stocked, host, damage, broken[host])]
        provisioned(stocked, to_provision)
        cured = drift(stocked, dealt)
        for host, damage in dealt.items():
            result[damage.rule].cured = cured[host]
    return result


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.rule)
def test_a_damage_is_found_by_its_rule_alone_and_cured_by_what_the_finding_says(
    seen: dict[str, Seen], damage: Damage
) -> None:
    board = seen[damage.rule]
    assert findings(board.broken) == [damage.rule]
    (finding,) = (rule for rule in board.broken["rules"] if rule["rule"] == damage.rule)
    assert board.broken["status"] == ("drift" if finding["counts"] else "compliant")
    assert findings(board.cured) == []
    assert board.cured["status"] == "compliant"
    assert [resolved["rule"] for resolved in board.cured["resolved"]] == [damage.rule]


def test_every_rule_has_its_damage() -> None:
    rules = yaml.safe_load((ROOT / "roles/drift/files/rules.yml").read_text())
    assert sorted(rules) == sorted(damage.rule for damage in DAMAGES)
