# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run code of boards under any Python and in any locale."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import ansible.module_utils
from ansible_collections.jetfleet.protobuf.plugins import module_utils
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python


def importable(place: Path) -> Path:
    """Lay out what a module on a board can import, as packages that every Python knows, and return the folder."""
    root = place / "zip"
    folder = root / "ansible_collections/jetfleet/protobuf/plugins/module_utils"
    folder.mkdir(parents=True)
    source = Path(module_utils.__path__[0])
    for path in source.glob("*/*.py"):
        package = folder / path.parent.name
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
        (package / path.name).symlink_to(path)
    for package in (folder, *folder.parents):
        if package == root:
            break
        (package / "__init__.py").touch()
    (root / "ansible").mkdir()
    (root / "ansible/__init__.py").touch()
    (root / "ansible/module_utils").symlink_to(Path(str(ansible.module_utils.__file__)).parent)
    return root


def run_board_code(root: Path, version: str, locale: str, code: str, *arguments: str, path: Path | None = None) -> str:
    """Return what the code prints; root is what importable() returned, and path a folder more to import from."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    folders = os.pathsep.join([str(root), *([str(path)] if path else [])])
    environment = known | {"LC_ALL": locale, "PYTHONPATH": folders, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(need_python(version)), "-c", code, *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"{version} in {locale}\n{ended.stdout}{ended.stderr}"
    return ended.stdout
