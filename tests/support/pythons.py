# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the Python interpreters of this machine."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path

# Python 3.5 is on JetPack 3 and nowhere to be had today: vermin looks after it.
REQUIRED = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
KNOWN = (*REQUIRED, "3.14")


@functools.cache
def find_python(version: str) -> Path | None:
    """Return the interpreter of a version (3.9), or None where there is none that starts."""
    name = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = sorted(pyenv.glob(f"versions/*/bin/{name}"))
    on_path = shutil.which(name)
    candidates += [Path(on_path)] if on_path else []
    return next((path for path in candidates if _starts(path, version)), None)


def need_python(version: str) -> Path:
    """Return the interpreter of a version; its absence is a failure."""
    path = find_python(version)
    if path is None:
        raise AssertionError(f"python{version} is neither below PYENV_ROOT nor on PATH: install it with pyenv.")
    return path


def _starts(path: Path, version: str) -> bool:
    # pyenv's shims exist for versions that are not activated, and then refuse to start.
    command = [str(path), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return ended.returncode == 0 and ended.stdout.strip() == version
