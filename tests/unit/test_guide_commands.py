# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each command of the guides and of the README is run here, as far as that is possible without a board.

A block whose commands cannot be run has a class: on-a-board needs the hardware or its distribution, by-hand asks a
question, or needs a server or a key of the reader.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports import provision_table, survey_table
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.terminal import table_text
from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED, fast_nano, no_fault, slow_nano
from ansible_collections.jetfleet.protobuf.tests.support.guides import GUIDES, ROOT, blocks
from ansible_collections.jetfleet.protobuf.tests.support.plays import COLLECTIONS

PAGES = [*sorted(GUIDES.glob("guide_*.rst")), ROOT / "README.md"]
MARKS = ("on-a-board", "by-hand")
PINNED = dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / "requirements/controller.txt").read_text(), re.MULTILINE))
TARGETS = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
# The names that guides use for the reader's own.
INVENTORY: dict[str, Any] = {
    "boards": {"hosts": {"BOARD": {}, "nano-door1": {}}},
    "builders": {"hosts": {"builder-1": {}}},
}


def commands(page: Path) -> list[str]:
    """Return the commands of a page that have no mark."""
    found = [block for block in blocks(page) if (block.language, block.mark) == ("console", "")]
    if page.suffix == ".rst":
        lines = [line for block in found for line in re.sub(r"\\\n", "", block.text).splitlines()]
        assert [line for line in lines if line and not line.startswith("$ ")] == [], "a command begins with $"
    return [part.strip() for block in found for command in block.commands() for part in command.split("&&")]


class Reader:
    """Somebody who has Python, an empty home directory and the page before him."""

    def __init__(self, folder: Path, page: Path) -> None:
        self.folder = folder
        home = folder / "home"
        pending = home / ".local/share/jetfleet/pending.retry"
        pending.parent.mkdir(parents=True)
        pending.write_text("nano-door1\noslo-nano1\n")
        (folder / "ansible.cfg").touch()
        (folder / "INVENTORY").write_text(yaml.safe_dump(INVENTORY))
        (folder / "inventories").symlink_to(ROOT / "inventories")
        for block in (block for block in blocks(page) if block.language == "yaml"):
            self._keep(block.text)
        self.environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "SIGNING_KEY_FILE": "/key",
        }

    def _keep(self, text: str) -> None:
        """Write what the page says into the file that its commands name."""
        content = yaml.safe_load(text)
        if isinstance(content, list):
            for name in ("own.yml", "site.yml"):
                (self.folder / name).write_text(text)
        elif "boards" in content:
            (self.folder / "fleet.yml").write_text(text)

    def run(self, command: str, **environment: str) -> str:
        """Run a command as a shell does, and return what it prints."""
        done = subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return done.stdout


def run_playbook(reader: Reader, command: str) -> None:
    """Let Ansible parse options, inventory, limit, variables and every task; boards are not connected to."""
    assert "playbook: " in reader.run(f"{command} --syntax-check")


def run_module(reader: Reader, command: str) -> None:
    """Let Ansible find the boards, and look up the module and its options."""
    said = reader.run(f"{command} --list-hosts")
    assert re.search(r"hosts \([1-9]", said)
    words = shlex.split(command)
    module = words[words.index("-m") + 1]
    documentation = reader.run(f"ansible-doc --json -t module {module}")
    assert "was not found" not in documentation
    documented = json.loads(documentation)[module]["doc"].get("options", {})
    given = words[words.index("-a") + 1] if "-a" in words else "{}"
    options = json.loads(given) if given.startswith("{") else dict(word.split("=", 1) for word in given.split())
    assert set(options) <= set(documented)


def run_galaxy(reader: Reader, command: str) -> None:
    """Install the collection: from the checkout, or from the tarball that is made of it."""
    clone = reader.folder / "jetfleet.protobuf"
    if not clone.exists():
        clone.symlink_to(ROOT)
    if command.endswith(".tar.gz"):
        reader.run(f"ansible-galaxy collection build {ROOT}")
    target = reader.folder / "collections"
    reader.run(f"{command} --force", ANSIBLE_COLLECTIONS_PATH=str(target))
    assert (target / "ansible_collections/jetfleet/protobuf/MANIFEST.json").exists()


def run_git(reader: Reader, command: str) -> None:
    """Clone what galaxy.yml says is the repository."""
    repository = yaml.safe_load((ROOT / "galaxy.yml").read_text())["repository"]
    assert command == f"git clone {repository}"
    (reader.folder / "jetfleet.protobuf").symlink_to(ROOT)


def run_python(reader: Reader, command: str) -> None:
    """Install what the collection needs, in the version that is tested; run anything else."""
    words = shlex.split(command)
    if words[1:4] != ["-m", "pip", "install"]:
        reader.run(command)
        return
    wanted = [word.partition("==") for word in words[4:]]
    assert {name for name, _equal, _version in wanted} == set(PINNED)
    assert [version for name, _equal, version in wanted if version not in ("", PINNED[name])] == []


def run_make(_reader: Reader, command: str) -> None:
    """Look up the target."""
    assert shlex.split(command)[1] in TARGETS


def run_as_it_is(reader: Reader, command: str) -> None:
    """Run a command that needs no board."""
    reader.run(command)


RUNNERS: dict[str, Callable[[Reader, str], None]] = {
    ".": run_as_it_is,
    "ansible": run_module,
    "ansible-doc": run_as_it_is,
    "ansible-galaxy": run_galaxy,
    "ansible-inventory": run_as_it_is,
    "ansible-playbook": run_playbook,
    "ansible-vault": run_as_it_is,
    "git": run_git,
    "make": run_make,
    "python3": run_python,
}


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.stem)
def test_every_command_of_a_page_can_be_run(tmp_path: Path, page: Path) -> None:
    reader = Reader(tmp_path, page)
    for command in commands(page):
        program = command.split()[0]
        assert program in RUNNERS, f"{command}: run it here, or give the block one of the classes {MARKS}"
        RUNNERS[program](reader, command)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_block_of_commands_is_missed(page: Path) -> None:
    found = blocks(page)
    start = "code-block:: console" if page.suffix == ".rst" else "```console"
    assert sum(block.language == "console" for block in found) == page.read_text().count(start)
    assert {block.mark for block in found} <= {"", *MARKS}


@pytest.mark.parametrize(
    "command",
    [
        "ansible-playbook jetfleet.protobuf.no_such -i INVENTORY",
        "ansible-playbook jetfleet.protobuf.survey -i INVENTORY --limit no_such",
        "ansible-playbook jetfleet.protobuf.survey -i INVENTORY --no-such",
        "ansible BOARD -i INVENTORY -m jetfleet.protobuf.graph_info -a file=/opt/model.pb",
        "ansible BOARD -i INVENTORY -m jetfleet.protobuf.no_such",
        "python3 -m pip install ansible-core==2.16.1 jmespath junitparser tabulate",
        "make no_such",
        "git clone https://example.com/jetfleet.protobuf",
    ],
)
def test_a_wrong_command_is_found(tmp_path: Path, command: str) -> None:
    with pytest.raises(AssertionError):
        RUNNERS[command.split()[0]](Reader(tmp_path, PAGES[0]), command)


def test_playbooks_of_the_guide_to_roles_are_playbooks(tmp_path: Path) -> None:
    page = GUIDES / "guide_roles.rst"
    reader = Reader(tmp_path, page)
    playbooks = [block.text for block in blocks(page) if block.language == "yaml"]
    assert len(playbooks) == 2
    for text in playbooks:
        (tmp_path / "site.yml").write_text(text)
        run_playbook(reader, "ansible-playbook site.yml -i INVENTORY")


def test_the_tables_of_the_first_board_are_those_of_the_playbooks() -> None:
    slow = slow_nano()
    slow["load_time"] = {"status": "ok", "seconds": {"median": 1.29}}
    plan: Any = make_plan(slow, DESIRED, lambda _key: None, no_fault)
    fast = fast_nano(plan["digest"])
    fast["load_time"] = {"status": "ok", "seconds": {"median": 0.00162}}
    board = {
        "jetfleet_plan": {**plan, "ansible_facts": {"jetfleet": slow}},
        "jetfleet_result": {"changed": True, "ansible_facts": {"jetfleet": fast}},
    }
    surveyed = survey_table.survey_rows({"nano-door1": board}, ["nano-door1"])
    provisioned = provision_table.report_rows({"nano-door1": board}, ["nano-door1"])
    before = table_text(survey_table.HEADERS, survey_table.cells(surveyed), survey_table.sentences(surveyed))
    after = table_text(provision_table.HEADERS.values(), provision_table.cells(provisioned), [])
    shown = [block.text.strip() for block in blocks(GUIDES / "guide_first_board.rst") if block.language == "text"]
    assert shown == [before.strip(), after.strip()]
