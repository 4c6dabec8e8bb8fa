# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guide tells CI servers to run, run as it is written there, with nothing installed but Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import ROOT, Boards
from junitparser import JUnitXml

HOST = "fleet-10"
GUIDE = (ROOT / "docs/docsite/rst/guide_drift.rst").read_text()


def block(language: str, start: str) -> str:
    """Return the code block of the guide that begins with a line."""
    blocks = re.findall(rf"^\.\. code-block:: {language}\n\n((?:   .*\n|\n)+)", GUIDE, re.MULTILINE)
    (found,) = (text for text in map(textwrap.dedent, blocks) if text.startswith(start))
    return found


def gitlab() -> str:
    return "\n".join(yaml.safe_load(block("yaml", "drift:"))["drift"]["script"])


def jenkins() -> str:
    return block("groovy", "pipeline").split("'''")[1]


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection as it is installed."""
    place = tmp_path_factory.mktemp("collection")
    subprocess.run(["ansible-galaxy", "collection", "build", "--output-path", place, ROOT], check=True)
    return next(place.iterdir())


@pytest.mark.parametrize("recipe", [gitlab, jenkins])
def test_a_recipe_runs_as_written(stocked: Boards, tarball: Path, tmp_path: Path, recipe: Callable[[], str]) -> None:
    """The board is as pip leaves it, so that there is drift to be told."""
    stocked.renew(HOST)
    script = recipe()
    inventory = tmp_path / "inventory"
    inventory.write_text(yaml.safe_dump({"boards": {"hosts": {HOST: stocked.variables(HOST)}}}))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE", "VIRTUAL"))}
    # Without the programs of the tests' own environment.
    environment["PATH"] = environment["PATH"].partition(os.pathsep)[2]
    environment |= {"HOME": str(tmp_path), "INVENTORY": str(inventory), "JETFLEET_COLLECTION": str(tarball)}
    run = subprocess.run(
        ["bash", "-e", "-c", script], cwd=tmp_path, env=environment, check=False, capture_output=True, text=True
    )
    print(run.stdout, run.stderr)
    assert run.returncode == 2
    (suite,) = JUnitXml.fromfile(str(tmp_path / "jetfleet-drift/drift.xml"))
    assert suite.name == HOST
    assert suite.failures > 0
    assert shutil.which("ansible-playbook", path=str(tmp_path / ".venv/bin"))
