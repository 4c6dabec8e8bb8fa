# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The artefact store of the checkout, through which sessions and the demo get what one of them has compiled."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.jetfleet.protobuf.tests.support.container_boards import ROOT, Boards

STORE = ROOT / ".jetfleet/artefacts"


@contextmanager
def native_build() -> Iterator[None]:
    """Keep others that need an artefact for boards of this machine's architecture waiting until it is there."""
    STORE.mkdir(parents=True, exist_ok=True)
    with (ROOT / ".jetfleet/native-build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def hand_on(store: Path) -> None:
    """Give others what is in a store of one's own."""
    for artefact in store.glob("protobuf-*"):
        copy(artefact, STORE)


def fetch(boards: Boards, builder: str) -> None:
    """Have the store of the boards hold what they need, compiled by the builder where nobody has done so before."""
    own, boards.store = boards.store, STORE
    with native_build():
        run = boards.play("jetfleet.protobuf.build", "--limit", builder, "-e", "jetfleet_load_time_values=10000", "-v")
    boards.store = own
    assert run.status == 0
    key = re.search(r"^ +abi_key: (protobuf-\S+)$", run.output, re.MULTILINE)
    assert key, run.output
    copy(STORE / key[1], own)
    # Hosts that download from the builder know those of their own inventory only.
    manifest = own / key[1] / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"builder": builder}))


def copy(artefact: Path, store: Path) -> None:
    """Copy an artefact into another store, whole or not at all."""
    incoming = store / f".{artefact.name}"
    if not (store / artefact.name).exists():
        shutil.copytree(artefact, incoming, dirs_exist_ok=True)
        incoming.rename(store / artefact.name)
