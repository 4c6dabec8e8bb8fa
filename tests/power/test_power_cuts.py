# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whenever the power is cut, the same run makes of the board what an undisturbed run makes of it.

JETFLEET_CUTS sets how often it is cut (default 100).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.transfer import (
    file_option,
    transaction_arguments,
    verified_artefacts,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED, no_fault
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import (
    BACKEND,
    CPP,
    PYTHON,
    Boards,
    comparable,
    content_command,
)
from ansible_collections.jetfleet.protobuf.tests.support.guests import SHARE, Guest, make_disk

CUTS = int(os.environ.get("JETFLEET_CUTS", "100"))
GUESTS = os.cpu_count() or 1
FOLDERS = ("/usr/local", "/var/lib/jetfleet", "/var/lib/dpkg/info")
# The image has no documentation, and dpkg misses it.
PACKAGES = "dpkg --audit; dpkg --verify | grep -v /usr/share/"


class Outcome(NamedTuple):
    """What a guest is: its facts, the module of the class that messages have, its files, what dpkg complains about."""

    facts: Any
    backend: str
    content: list[str]
    packages: str


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An artefact store with what the guests need, built by a container board that is as they are."""
    builder = Boards(tmp_path_factory.mktemp("artefacts"), "tests/fleet/hosts.yml", "fleet-01")
    builder.make()
    run = builder.play("jetfleet.protobuf.build", "--limit", "fleet-01", "-e", "jetfleet_load_time_values=10000")
    builder.destroy()
    assert run.status == 0
    return builder.store


@pytest.fixture(scope="module")
def guests(tmp_path_factory: pytest.TempPathFactory, store: Path) -> list[Guest]:
    """Guests that know the files of the store."""
    fresh = make_disk(tmp_path_factory.mktemp("disk"))
    made = [Guest(tmp_path_factory.mktemp("guest"), fresh) for _number in range(GUESTS)]
    for guest in made:
        shutil.copytree(store, guest.share / "store", ignore=shutil.ignore_patterns("*.lock"))
    return made


def look(guest: Guest, *before: str) -> Outcome:
    """Switch a guest on, have it run commands, and see what it is then."""
    facts, backend, content, packages = guest.run(
        *before,
        guest.module("protobuf_facts", {}),
        BACKEND.format(python="python3"),
        content_command(*FOLDERS),
        PACKAGES,
    )[-4:]
    found = json.loads(facts)["ansible_facts"]["jetfleet"]
    return Outcome(found, backend.strip(), comparable(content).splitlines(), packages)


def plan(store: Path, facts: Any) -> Any:
    """Return the plan for a guest."""
    (path,) = store.glob("protobuf-*/manifest.json")
    manifest = json.loads(path.read_text())
    planned = make_plan(facts, DESIRED | manifest["inputs"], {manifest["abi_key"]: manifest}.get, no_fault)
    assert planned["refusals"] == []
    return planned


def transaction(guest: Guest, store: Path, planned: Any) -> str:
    """Return the command that does what a plan says, as the action plugin would."""
    folder = f"{SHARE}/store/{planned['abi_key']}"
    artefacts = verified_artefacts(planned, str(store), "ssh", "")
    places = {artefact.role: file_option(artefact, path=f"{folder}/{artefact.name}") for artefact in artefacts}
    return guest.module("protobuf_transaction", transaction_arguments(planned, {}, places))


def cut(guest: Guest, store: Path, planned: Any, expected: Outcome, pause: float) -> str:
    """Do what the plan for a new board says, cut the power, run again; return what the board was in between."""
    guest.renew()
    ended = guest.run_and_cut(transaction(guest, store, planned), pause)
    found = look(guest)
    again = plan(store, found.facts)
    # What a run has said is so, even if the power goes right after it.
    assert not ended or (found.backend, again["actions"]) == (CPP, [])
    now = look(guest, transaction(guest, store, again)) if again["actions"] else found
    assert plan(store, now.facts)["actions"] == []
    assert (now.backend, now.packages) == (expected.backend, expected.packages)
    assert sorted(set(now.content) ^ set(expected.content)) == []
    return {CPP: "new", PYTHON: "old"}.get(found.backend, "between")


def undisturbed(guest: Guest, store: Path, planned: Any) -> float:
    """Do what the plan for a new board says, and return how many seconds that takes."""
    guest.renew()
    start = time.monotonic()
    guest.run(transaction(guest, store, planned))
    return time.monotonic() - start


def test_a_power_cut_at_any_moment_and_the_same_run_again(
    guests: list[Guest], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guests[0].renew()
    fresh = look(guests[0])
    planned = plan(store, fresh.facts)
    with ThreadPoolExecutor(GUESTS) as pool:
        duration = max(pool.map(lambda guest: undisturbed(guest, store, planned), guests))
        expected = look(guests[0])
        assert (fresh.backend, expected.backend, expected.packages) == (PYTHON, CPP, fresh.packages)

        def cuts(number: int) -> Counter[str]:
            # One at random in each part of the run, as there are few.
            pauses = [1.1 * duration * (part + random.random()) / CUTS for part in range(number, CUTS, GUESTS)]
            return Counter(cut(guests[number], store, planned, expected, pause) for pause in pauses)

        outcomes: Counter[str] = sum(pool.map(cuts, range(GUESTS)), Counter())
    with capsys.disabled():
        print(f"\n{CUTS} power cuts: {dict(outcomes)}, {duration:.1f} s an undisturbed run")
    assert outcomes["old"]
    assert outcomes["new"]
    assert not outcomes["between"]
