# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to the first board, followed word by word: no key, an unknown host key, sudo with a password."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.boards.conftest import Built
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import CPP, PYTHON, ROOT, Boards
from ansible_collections.jetfleet.protobuf.tests.support.guides import GUIDES, blocks

HOST = "board-new"
NAME = "nano-door1.example.com"
PASSWORD = "secret of nvidia"
GUIDE = GUIDES / "guide_first_board.rst"
# What is the other way to do what is done already, or an example of its own.
LEFT_OUT = re.compile(r"ansible-galaxy collection install \S+\.tar\.gz|.*vault")
# The board answers at a port of this machine, and ssh looks for keys in the home of the user and not in HOME.
SSH_CONFIG = """\
Host {name}
    HostName 127.0.0.1
    Port {port}
    HostKeyAlias {name}
    IdentityFile {home}/.ssh/id_ed25519
    UserKnownHostsFile {home}/.ssh/known_hosts
    GlobalKnownHostsFile none
"""


class Reader:
    """Somebody at a terminal, with an empty home directory."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.home = folder / "home"
        (self.home / ".ssh").mkdir(mode=0o700, parents=True)
        (folder / "ssh_config").write_text(SSH_CONFIG.format(name=NAME, port=port, home=self.home))
        ssh = folder / "bin/ssh"
        ssh.parent.mkdir()
        ssh.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F "{folder}/ssh_config" "$@"\n')
        ssh.chmod(0o755)
        # Nothing of the tests' own environment but the short path for sockets.
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE", "VIRTUAL", "PYTHON"))
        }
        sockets = {name: os.environ[name] for name in ("ANSIBLE_SSH_CONTROL_PATH_DIR",) if name in os.environ}
        own = str(Path(sys.executable).parent)
        path = [entry for entry in os.environ["PATH"].split(os.pathsep) if entry != own]
        self.environment = kept | sockets | {"HOME": str(self.home), "PATH": os.pathsep.join([str(ssh.parent), *path])}
        self.answers = {
            r"Enter file in which to save the key \(.*\): $": str(self.home / ".ssh/id_ed25519"),
            r"Enter (same )?passphrase.*: $": "",
            r"\(yes/no/\[fingerprint\]\)\? $": "yes",
            r"password: $": PASSWORD,
            r"BECOME password: $": PASSWORD,
        }

    def type(self, command: str) -> str:
        """Type a command, answer what it asks, and return all that the terminal shows."""
        activate = self.folder / "jetfleet-env/bin/activate"
        line = f". {activate}; {command}" if activate.exists() else command
        own, terminal = pty.openpty()
        # setsid makes the terminal that of the command, where passwords are read.
        process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", "bash", "-ec", line],
            cwd=self.folder,
            env=self.environment,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
        )
        os.close(terminal)
        shown = self._converse(own)
        os.close(own)
        print(f"$ {command}\n{shown}")
        assert process.wait() == 0, command
        return shown

    def _converse(self, terminal: int) -> str:
        """Answer until the terminal is closed."""
        shown, since_answer = "", ""
        while True:
            try:
                read = os.read(terminal, 65536).decode(errors="replace")
            except OSError:
                # Linux says so when the last one has closed it.
                return shown
            shown += read
            since_answer += read
            for question, answer in self.answers.items():
                if re.search(question, since_answer):
                    os.write(terminal, f"{answer}\n".encode())
                    since_answer = ""
                    break


@pytest.fixture
def boards(built: Built) -> Boards:
    """The boards, for which the store has everything."""
    built.boards.store = built.store
    return built.boards


@pytest.fixture
def reader(boards: Boards, tmp_path: Path) -> Reader:
    """A reader who has the inventory of the guide, and the variables that make a container out of a Nano."""
    (manifest,) = boards.store.glob("protobuf-*/manifest.json")
    inputs = json.loads(manifest.read_text())["inputs"]
    variables = {
        "libprotobuf_version": inputs["version"],
        "libprotobuf_source_sha256": inputs["source_sha256"],
        "python_protobuf_linkage": inputs["linkage"],
        "jetfleet_artefact_store": str(boards.store),
        "jetfleet_load_time_values": 10000,
    }
    (inventory,) = (block.text for block in blocks(GUIDE) if block.language == "yaml")
    (tmp_path / "fleet.yml").write_text(inventory)
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/all.yml").write_text(json.dumps(variables))
    (tmp_path / "jetfleet.protobuf").symlink_to(ROOT)
    return Reader(tmp_path, boards.port(HOST))


def test_the_guide_leads_to_a_board_that_is_provisioned(boards: Boards, reader: Reader) -> None:
    said = {}
    commands = [command for block in blocks(GUIDE) if block.language == "console" for command in block.commands()]
    for command in commands:
        if command.startswith("ssh-keygen -lf"):
            # Typed on the board.
            said[command] = boards.root(HOST, command)
        elif not LEFT_OUT.match(command) and not command.startswith("git clone"):
            said[command] = reader.type(command)
            if "provision" in command and "--check" not in command:
                assert boards.backend(HOST) == CPP
                assert re.search(r"^nano-door1 .* unchanged\s*$", reader.type(command), re.MULTILINE)

    def shown(start: str) -> str:
        (found,) = (text for command, text in said.items() if command.startswith(start))
        return found

    fingerprint = shown("ssh-keygen -lf").split()[1]
    assert f"key fingerprint is {fingerprint}" in shown("ssh-copy-id")
    assert "# R32 (release), REVISION: 7.1" in shown("ssh nvidia@")
    assert "pong" in shown("ansible boards")
    assert re.search(
        r"^nano-door1 .*\(python\) .* install library, install module",
        shown("ansible-playbook jetfleet.protobuf.survey"),
        re.MULTILINE,
    )
    provisioned = shown("ansible-playbook jetfleet.protobuf.provision -i fleet.yml -K --check")
    assert re.search(r"^nano-door1 .* changed\s*$", provisioned, re.MULTILINE)
    assert boards.backend(HOST) == PYTHON, "the last command removes all of it"
