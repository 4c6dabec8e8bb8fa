# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook of the guide for playbooks of one's own, as it is written there, with a group name of its own."""

from __future__ import annotations

import hashlib
import json
import re
import textwrap
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import CPP, PYTHON, ROOT, Boards, Run
from ansible_collections.jetfleet.protobuf.tests.support.small_source import COMPILED, OBJECTS, VERSION, make_source

HOSTS = ("fleet-11", "fleet-12")
GUIDE = (ROOT / "docs/docsite/rst/guide_own_playbook.rst").read_text()
FOLDERS = ("/usr/local", "/usr/lib/python3/dist-packages", "/var/lib/jetfleet")


@pytest.fixture(scope="module")
def own(stocked: Boards, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The playbook, beside an inventory with fresh boards in the group that it names."""
    (block,) = re.findall(r"^\.\. code-block:: yaml\n\n((?:   .*\n|\n)+)", GUIDE, re.MULTILINE)
    folder = tmp_path_factory.mktemp("own")
    (folder / "hosts.yml").write_text(json.dumps({"jetsons": {"hosts": dict.fromkeys(HOSTS, {})}}))
    playbook = folder / "own.yml"
    playbook.write_text(textwrap.dedent(block))
    stocked.renew(*HOSTS)
    return playbook


def play(boards: Boards, playbook: Path, variables: dict[str, object], *options: str) -> Run:
    inventory = ("--inventory", str(playbook.with_name("hosts.yml")))
    return boards.play(str(playbook), *inventory, "-e", json.dumps(variables), *options)


def content(boards: Boards) -> dict[str, str]:
    """Return what the boards hold where an installation writes, without byte code."""
    whole = {host: boards.content(host, *FOLDERS).splitlines() for host in HOSTS}
    return {host: "\n".join(line for line in lines if "__pycache__" not in line) for host, lines in whole.items()}


def test_it_checks_installs_and_removes(stocked: Boards, artefact: Path, own: Path) -> None:
    inputs = json.loads((artefact / "manifest.json").read_text())["inputs"]
    # The linkage of what the store holds, so that nothing has to be compiled.
    desired = {name: inputs[name] for name in ("version", "source_sha256", "linkage")}
    variables: dict[str, object] = {"store": str(stocked.store), "desired": desired}
    before = content(stocked)
    check = play(stocked, own, variables, "--check")
    assert check.status == 0
    assert all(check.count(host, "changed") > 0 for host in HOSTS)
    assert content(stocked) == before
    run = play(stocked, own, variables)
    assert run.status == 0
    assert "Make the library" not in run.output
    assert [stocked.backend(host) for host in HOSTS] == [CPP] * len(HOSTS)
    again = play(stocked, own, variables)
    assert again.status == 0
    assert [again.count(host, "changed") for host in HOSTS] == [0] * len(HOSTS)
    removed = play(stocked, own, variables, "--tags", "remove")
    assert removed.status == 0
    assert [stocked.backend(host) for host in HOSTS] == [PYTHON] * len(HOSTS)
    assert content(stocked) == before


def test_check_mode_of_a_role_predicts_what_the_role_changes(stocked: Boards, own: Path) -> None:
    playbook = own.with_name("role.yml")
    role = {"role": "jetfleet.protobuf.python_protobuf"}
    playbook.write_text(json.dumps([{"hosts": "jetsons", "gather_facts": False, "roles": [role]}]))
    counts = []
    for options in (("--check",), (), ("--check",), ()):
        run = play(stocked, playbook, {"jetfleet_load_time_values": 10000}, *options)
        assert run.status == 0
        counts.append([run.count(host, "changed") for host in HOSTS])
    assert counts == [[1, 1], [1, 1], [0, 0], [0, 0]]


def test_it_builds_and_stores(stocked: Boards, own: Path, tmp_path: Path) -> None:
    """A source that compiles in seconds stands for protobuf's."""
    archive = make_source(tmp_path / "source.tar.gz")
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    store = tmp_path / "store"
    desired = {"version": VERSION, "source_sha256": sha256, "linkage": "shared", "wheel": "build"}
    variables: dict[str, object] = {"store": str(store), "source_url": archive.as_uri(), "desired": desired}
    for _number in range(2):
        assert play(stocked, own, variables, "--tags", "build").status == 0
    assert sorted(path.suffix for path in store.glob("protobuf-*/*")) == [".deb", ".json", ".whl"]
    compiled = stocked.root(HOSTS[0], f"cat {COMPILED}").split()
    assert sorted(compiled) == sorted(f"{number}.lo" for number in range(1, OBJECTS + 1))
