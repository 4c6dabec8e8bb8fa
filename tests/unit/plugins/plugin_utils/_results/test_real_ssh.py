# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ssh of this machine says what the sentences expect, as far as that needs no sshd."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.failures import failure_sentence


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port where connections are queued and nobody answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(5)
        yield server.getsockname()[1]


def sentence(*options: str) -> str:
    """Return the sentence for what ssh says to these options."""
    command = ["ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "ConnectTimeout=1", *options, "true"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 255
    return failure_sentence({"unreachable": True, "msg": f"Failed to connect to the host via ssh: {ended.stderr}"})


def test_a_board_that_refuses() -> None:
    assert sentence("-p", "1", "127.0.0.1").startswith("The board refuses connections to port 1: ")


def test_a_jump_host_that_refuses() -> None:
    assert sentence("-J", "127.0.0.1:1", "192.0.2.7").startswith(
        "The jump host 127.0.0.1 refuses connections to port 1: "
    )


def test_the_second_of_two_jump_hosts_is_never_asked() -> None:
    assert sentence("-J", "127.0.0.1:1,192.0.2.1", "192.0.2.7").startswith(
        "The jump host 127.0.0.1 refuses connections"
    )


def test_a_program_on_the_way_that_is_missing() -> None:
    said = sentence("-o", "ProxyCommand=/none/connect %h %p", "192.0.2.7")
    assert said.startswith("The ProxyCommand of ssh failed (")
    assert "/none/connect" in said


def test_a_board_that_accepts_and_says_nothing(silent_port: int) -> None:
    said = sentence("-p", str(silent_port), "127.0.0.1")
    assert said.startswith("The board accepts the connection, but sshd there does not answer: ")


def test_options_that_do_not_exist(tmp_path: Path) -> None:
    assert sentence("-o", "Nonsense=1", "127.0.0.1").startswith("The configuration of ssh on the controller is wrong (")
    configuration = tmp_path / "config"
    configuration.write_text("Host *\n  Nonsense yes\n")
    assert str(configuration) in sentence("-F", str(configuration), "127.0.0.1")
