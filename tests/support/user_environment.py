# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A virtual environment of another user than root, which notes who starts its interpreter."""

from __future__ import annotations

import atexit
import functools
import json
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python

# Every system has him. Who is not root is the owner of all that he makes.
OWNER = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
_NOTE = (
    "import json, os; "
    "json.dump([os.getpid(), os.getresuid(), os.getresgid(), os.getgroups(), dict(os.environ)], open({log!r}, 'a')); "
    "open({log!r}, 'a').write(chr(10))\n"
)


class Start(NamedTuple):
    """Who the interpreter was at one start, and in which environment."""

    uids: list[int]
    gids: list[int]
    groups: list[int]
    environment: dict[str, str]


class UserEnvironment:
    """Lies below a folder that every user reaches, and gets the packages that are installed in another environment."""

    def __init__(self, root: Path, installations: Installations, version: str, *requirements: str) -> None:
        base = reachable(root / "base", version)
        # Where the interpreter's own library is, if it has one.
        self.libraries = base.parent.parent / "lib"
        self.prefix, self.log = root / "venv", root / "starts"
        subprocess.run([base, "-m", "venv", "--without-pip", self.prefix], check=True)
        self.python = self.prefix / f"bin/python{version}"
        self.site = installations.site_packages(self.python)
        healthy = installations.site_packages(installations.virtualenv(version, *requirements))
        shutil.copytree(healthy, self.site, dirs_exist_ok=True)
        for path in installations.base_packages(version).glob("pip*"):
            shutil.copytree(path, self.site / path.name)
        self.log.touch()
        self.note_starts()
        self.give(OWNER.pw_uid, OWNER.pw_gid)

    def note_starts(self) -> None:
        """Run code of the owner at each start, as any .pth file does."""
        (self.site / "owner.pth").write_text(_NOTE.format(log=str(self.log)))

    def give(self, uid: int, gid: int) -> None:
        """Let a user own all of it."""
        for path in (self.log, self.prefix, *self.prefix.rglob("*")):
            os.chown(path, uid, gid, follow_symlinks=False)

    def starts(self) -> list[Start]:
        """Return the starts since the last call."""
        notes = [json.loads(line) for line in self.log.read_text().splitlines()]
        os.truncate(self.log, 0)
        # lib64, a link to lib, makes Python read the file twice.
        return [Start(*note) for note in {pid: note for pid, *note in notes}.values()]

    def add(self, name: str, source: str) -> Path:
        """Add a module of the owner."""
        path = self.site / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)
        return path


@functools.cache
def _copied(version: str) -> Path:
    """Return a copy of an interpreter without its tests. A link to it would change the ctime of what other tests prove."""
    python = need_python(version).resolve()
    place = Path(tempfile.mkdtemp(prefix="jetfleet-python-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    tests = shutil.ignore_patterns("test*", "__pycache__", "config-*", "*.a", "site-packages")
    for name in ("bin", "lib"):
        shutil.copytree(python.parent.parent / name, place / name, symlinks=True, ignore=tests)
    return place / "bin" / python.name


def reachable(place: Path, version: str) -> Path:
    """Make an interpreter that every user can start, of one that may lie in a closed home, and return it."""
    python = _copied(version)

    def link(source: str, target: str) -> Any:
        try:
            os.link(source, target)
        except OSError:  # on another file system
            shutil.copy2(source, target)

    for name in ("bin", "lib"):
        shutil.copytree(python.parent.parent / name, place / name, symlinks=True, copy_function=link)
    return place / "bin" / python.name


def owners_only(starts: list[Start]) -> bool:
    """Return whether there was a start, and each was the owner's for good, in an environment of his."""
    ids = ([OWNER.pw_uid] * 3, [OWNER.pw_gid] * 3)
    is_root = os.getuid() == 0
    return bool(starts) and all(
        (start.uids, start.gids) == ids
        and not (is_root and 0 in start.groups)
        and start.environment["HOME"]
        in (OWNER.pw_dir, start.environment.get("PYTHON_EGG_CACHE"), start.environment.get("TMPDIR"))
        for start in starts
    )
