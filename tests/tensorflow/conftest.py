# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An old and a current TensorFlow, each in an environment of its own below .nox."""

from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python

ROOT = Path(__file__).parents[2]
# The pip that Python 3.6 brings along takes no wheel that was made after 2010's manylinux.
OLD_PIP = "pip==21.3.1"


@functools.cache
def environment(name: str) -> Path:
    """Return the interpreter of a TensorFlow; make its environment where it is not there or out of date."""
    requirements = ROOT / f"requirements/tensorflow-{name}.txt"
    place = ROOT / f".nox/tensorflow-{name}"
    stamp = place / "jetfleet-requirements"
    python = place / "bin/python"
    if not stamp.exists() or stamp.read_bytes() != requirements.read_bytes():
        base = need_python("3.6") if name == "1.12" else Path(sys.executable)
        subprocess.run([base, "-m", "venv", "--clear", place], check=True)
        install: list[str | Path] = [python, "-m", "pip", "install", "-qq"]
        if name == "1.12":
            subprocess.run([*install, OLD_PIP], check=True)
        subprocess.run([*install, "--no-deps", "-r", requirements], check=True)
        stamp.write_bytes(requirements.read_bytes())
    return python


@pytest.fixture(scope="session", params=["1.12", "current"])
def tensorflow(request: pytest.FixtureRequest) -> Path:
    """Return the interpreter of each TensorFlow."""
    return environment(request.param)
