# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan needs, and how it gets to a board."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.transfer import (
    Artefact,
    handled,
    must_repeat,
    prepare_command,
    prepared,
    transaction_arguments,
    upload,
    url_of,
)

DEB = Artefact("package", "jetfleet-libprotobuf_3.6.0+jetfleet.1a2b3c4d_arm64.deb", "3.6.0+x", "a" * 64, "/s/d", 5)
WHEEL = Artefact("wheel", "protobuf-3.6.0-cp39-cp39-linux_aarch64.whl", "3.6.0", "b" * 64, "/s/w", 7)


class Link:
    """A link that fails as often as it is told, with a clock that only pauses move."""

    def __init__(self, failures: int, error: type[AnsibleError] = AnsibleConnectionFailure) -> None:
        self.failures, self.error, self.now = failures, error, 0.0
        self.attempts: list[float] = []

    def put(self, local: str, remote: str) -> None:
        self.attempts.append(self.now)
        if len(self.attempts) <= self.failures:
            raise self.error("broken")

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def upload(self, retries: int, seconds: float) -> None:
        upload(self.put, "/s/w", "/b/w", retries, seconds, lambda: self.now, self.sleep)


def test_a_good_link_is_used_once() -> None:
    link = Link(0)
    link.upload(3, 600)
    assert link.attempts == [0]


@pytest.mark.parametrize("error", [AnsibleConnectionFailure, AnsibleError])
def test_pauses_grow_until_it_works(error: type[AnsibleError]) -> None:
    link = Link(3, error)
    link.upload(3, 600)
    assert link.attempts == [0, 1, 3, 7]


def test_retries_are_bounded() -> None:
    link = Link(99)
    with pytest.raises(AnsibleConnectionFailure):
        link.upload(2, 600)
    assert link.attempts == [0, 1, 3]


def test_seconds_are_bounded() -> None:
    link = Link(99)
    with pytest.raises(AnsibleConnectionFailure):
        link.upload(99, 100)
    assert link.attempts == [0, 1, 3, 7, 15, 31, 61, 91]


def shell(home: Path, *artefacts: Artefact) -> subprocess.CompletedProcess[str]:
    command = ["sh", "-c", prepare_command([*artefacts])]
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_private_folders_are_made(tmp_path: Path) -> None:
    ended = shell(tmp_path, DEB, WHEEL)
    assert ended.returncode == 0, ended.stderr
    assert prepared(ended.stdout, [DEB, WHEEL]) == (str(tmp_path / ".cache/jetfleet"), [0, 0])
    folders = [tmp_path / ".cache", tmp_path / ".cache/jetfleet", *(tmp_path / ".cache/jetfleet").iterdir()]
    assert len(folders) == 4
    assert {folder.stat().st_mode & 0o7777 for folder in folders} == {0o700}


def test_the_sizes_of_what_is_there_are_told(tmp_path: Path) -> None:
    staged = tmp_path / ".cache/jetfleet" / WHEEL.staged
    staged.parent.mkdir(parents=True)
    staged.write_bytes(b"1234567")
    (tmp_path / ".cache").chmod(0o755)
    ended = shell(tmp_path, DEB, WHEEL)
    assert prepared(f"Welcome to nano-1!\nLast login: 2026\n{ended.stdout}", [DEB, WHEEL])[1] == [0, 7]
    # The user's own folder stays as it is, ours becomes private.
    assert (tmp_path / ".cache").stat().st_mode & 0o7777 == 0o755
    assert staged.parent.stat().st_mode & 0o7777 == 0o700


@pytest.mark.parametrize(
    "output",
    [
        "",
        "\n",
        "/home/x",
        "/home/x 0",
        "/home/x 0 many",
        "/home/x 0 -7",
        "relative 0 7",
        "/home/x 0 " + "7" * 5000,
        "0 7 \x1b[2J",
    ],
)
def test_a_board_that_says_something_else_is_one_sentence(output: str) -> None:
    with pytest.raises(ValueError) as refused:
        prepared(output, [DEB, WHEEL])
    message = str(refused.value)
    assert message.startswith("The board does not say which files are in ~/.cache/jetfleet of the SSH user (")
    assert message.isprintable() and message.endswith(".") and len(message) < 400


def test_what_nobody_came_back_for_is_removed(tmp_path: Path) -> None:
    for name, days in (("c" * 64, 3), ("d" * 64, 0), (DEB.sha256, 3)):
        folder = tmp_path / ".cache/jetfleet" / name
        folder.mkdir(parents=True)
        (folder / "x.whl").touch()
        old = folder.stat().st_mtime - days * 86400
        os.utime(folder, (old, old))
    assert shell(tmp_path, DEB).returncode == 0
    left = {path.name: len(list(path.iterdir())) for path in (tmp_path / ".cache/jetfleet").iterdir()}
    assert left == {"d" * 64: 1, DEB.sha256: 0}


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / ".cache").touch()
    ended = shell(tmp_path, DEB)
    assert ended.returncode != 0
    assert ".cache" in ended.stderr


def test_the_address_of_a_file() -> None:
    expected = "https://mirror.example.com/jetfleet/key_1/jetfleet-libprotobuf_3.6.0%2Bjetfleet.1a2b3c4d_arm64.deb"
    assert url_of("https://mirror.example.com/jetfleet/", "key_1", DEB) == expected


@pytest.mark.parametrize(
    ("result", "repeat"),
    [
        ({"failed": True, "msg": f"/home/x/{WHEEL.staged} does not exist: run again."}, True),
        ({"failed": True, "msg": f"The wheel has the SHA-256 123 instead of {WHEEL.sha256}: run again."}, True),
        ({"failed": True, "msg": "The disk is full: make room."}, False),
        ({"failed": True, "rolled_back": True, "msg": WHEEL.staged}, False),
        ({"failed": True, "changed": True, "msg": WHEEL.staged}, False),
        ({"changed": False, "msg": WHEEL.staged}, False),
        ({"failed": True}, False),
    ],
)
def test_only_a_refused_file_is_sent_again(result: dict[str, Any], repeat: bool) -> None:
    assert must_repeat(result, [DEB, WHEEL]) is repeat


def test_the_transaction_is_told_what_the_plan_says() -> None:
    plan: Any = {
        "abi_key": "key",
        "pip_install": ["python3", "-m", "pip"],
        "expected": {"python_version": "3.20.3", "soname_major": None, "linkage": None},
        "actions": [
            {"action": "install_packages", "packages": ["python3-six"]},
            {"action": "adopt_files", "paths": ["/usr/local/bin/protoc", "/usr/local/lib/libprotoc.so"]},
            {"action": "refresh_linker_cache", "soname": "libprotobuf.so.16"},
            {"action": "remove_copy", "location": "/a.egg"},
            {"action": "remove_copy", "location": "/b"},
            {"action": "unlist_copy", "location": "/c", "listed_in": "/d/easy-install.pth"},
        ],
    }
    assert transaction_arguments(plan, {"timeout": 3}, {"wheel": {"name": "a.whl"}}) == {
        "state": "present",
        "abi_key": "key",
        "pip_install": ["python3", "-m", "pip"],
        "remove_copies": ["/a.egg", "/b"],
        "unlist_copies": [{"location": "/c", "listed_in": "/d/easy-install.pth"}],
        "adopt_files": ["/usr/local/bin/protoc", "/usr/local/lib/libprotoc.so"],
        "refresh_linker_cache": True,
        "expected": {"python_version": "3.20.3"},
        "timeout": 3,
        "wheel": {"name": "a.whl"},
    }
    assert [action["action"] for action in handled(plan)][0] == "adopt_files"
    assert handled(plan | {"actions": plan["actions"][:1]}) == []
