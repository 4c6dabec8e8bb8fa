# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A board with Python 3.6 and the pip, setuptools and wheel of Ubuntu 18.04, in the locale C."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import PODMAN, ROOT, Boards, download_wheels
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python

HOST = "board-jetpack"
TOOLS = ROOT / "requirements/jetpack-4.txt"
PURE_PROTOBUF = ROOT / "molecule/shared/image/requirements.txt"
# Libraries and tests of the machine's own Python that the board's has no use for.
LEFT_OUT = ("site-packages/*", "python3.6/test", "__pycache__", "*.a")


@pytest.fixture(scope="session")
def python() -> str:
    """This machine's Python 3.6, which has a folder of its own that can be copied."""
    executable = need_python("3.6").resolve()
    folder = executable.parent.parent
    assert folder != Path("/usr"), f"{executable} is the distribution's and cannot be copied: install 3.6 with pyenv."
    return str(executable)


@pytest.fixture(scope="session")
def boards(python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boards]:
    """The board, and an empty store; it is taken away at the end."""
    boards = Boards(tmp_path_factory.mktemp("artefacts"), "tests/jetpack/hosts.yml", "jetpack")
    boards.environment["JETFLEET_BOARD_PYTHON"] = python
    boards.make()
    copy_to_board(boards, Path(python).parent.parent)
    wheels = tmp_path_factory.mktemp("wheels")
    for requirements in (TOOLS, PURE_PROTOBUF):
        download_wheels(requirements, wheels)
    for wheel in wheels.iterdir():
        boards.send(HOST, wheel)
    pip = "/root/pip-9.0.1-py2.py3-none-any.whl/pip"
    boards.root(HOST, f"{python} {pip} install --quiet --no-index --no-deps /root/*.whl")
    yield boards
    boards.destroy()


def copy_to_board(boards: Boards, folder: Path) -> None:
    """Copy a folder of this machine to the same place on the board, for all users."""
    pack = [
        "tar",
        "--create",
        "--directory=/",
        *(f"--exclude={name}" for name in LEFT_OUT),
        str(folder.relative_to("/")),
    ]
    unpack = [
        str(PODMAN),
        "exec",
        "--interactive",
        boards.container(HOST),
        "tar",
        "--extract",
        "--no-same-owner",
        "--directory=/",
    ]
    with subprocess.Popen(pack, stdout=subprocess.PIPE) as packing:
        subprocess.run(unpack, check=True, stdin=packing.stdout)
    assert packing.returncode == 0
    site = f"{folder}/lib/python3.6/site-packages"
    boards.root(HOST, f"mkdir -p {site}; chmod a+rx {' '.join(map(str, list(folder.parents)[:-1]))}")
