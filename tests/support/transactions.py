# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A board below one directory: a virtual environment with its own pip, and a dpkg database of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.gather import gather
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import Layout
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.install import Installation
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.remove import Removal
from ansible_collections.jetfleet.protobuf.tests.support.artefacts import ARCHITECTURES, MACHINE
from ansible_collections.jetfleet.protobuf.tests.support.capacities import OPTIONS
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.packages import CONTROL, Packages
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python

PYTHON = "3.9"
Result = dict[str, Any]
_RUN = """
import json, sys
from ansible_collections.jetfleet.protobuf.tests.support import transactions
kind = {"present": transactions.Installation, "absent": transactions.Removal}[sys.argv[1]]
layout, options = json.loads(sys.argv[2]), json.loads(sys.argv[3])
print(json.dumps(kind(transactions.Layout(**layout), options, transactions.partial(transactions.facts, options)).run()))
"""
DEFAULTS: Result = {
    "abi_key": "key",
    "package": None,
    "wheel": None,
    "remove_copies": [],
    "unlist_copies": [],
    "adopt_files": [],
    "refresh_linker_cache": False,
    "load_time_budget": 0,
    "constraint": False,
    "restart_units": [],
    "restart_seconds": 1,
    "lock_timeout": 5,
    "dpkg_lock_timeout": 5,
    "download_timeout": 20,
    "download_retries": 3,
    "timeout": 60,
    **OPTIONS,
}


def facts(options: Result, subsets: Sequence[str] = ("module", "packages")) -> Result:
    """Return the facts that a transaction is judged by, of the board and of nothing else on this machine."""
    wanted = [name for name in subsets if name in ("module", "packages")]
    found: Result = gather(options | {"gather_subset": wanted}) if wanted else {}
    return found


def wheel_file(installations: Installations, version: str) -> Path:
    """Return PyPI's wheel of a version of protobuf."""

    def download(place: Path) -> None:
        arguments = ("--no-deps", "--only-binary", ":all:", f"protobuf=={version}", "-d", place)
        installations.run(need_python(PYTHON), "-m", "pip", "download", "-q", *arguments)

    return next(installations.once(f"wheel-{version}", download).glob("*.whl"))


class FakeBoard:
    """Real pip, real dpkg; only the places are not those of a board."""

    def __init__(self, root: Path, installations: Installations, before: str | None) -> None:
        self.root, self.installations = root, installations
        self.prefix = root / "usr/local"
        (self.prefix / "lib").mkdir(parents=True)
        (root / "etc").mkdir()
        (root / "var").mkdir()
        self.packages = Packages(root / "dpkg-of-test")
        requirements = [wheel_file(installations, before)] if before else []
        template = installations.virtualenv_with_pip(PYTHON, *requirements)
        shutil.copytree(template.parent.parent, root / "venv", symlinks=True)
        self.python = root / "venv/bin" / template.name
        self.site = root / f"venv/lib/python{PYTHON}/site-packages"
        self.places: dict[str, Any] = {
            "folder": str(root / "var/jetfleet"),
            "prefix": str(self.prefix),
            "pip_conf": str(root / "etc/pip.conf"),
            "dpkg": ["dpkg", f"--admindir={self.packages.admin}", "--log=/dev/null", "--force-not-root,bad-path"],
            "ldconfig": ["true"],
        }
        self.layout = Layout(**self.places)

    def wheel(self, version: str) -> Result:
        """Return the option wheel for one of PyPI's."""
        return self.file(wheel_file(self.installations, version), version)

    def package(self, version: str, files: dict[str, bytes], scripts: dict[str, str] | None = None) -> Result:
        """Build our package, with files below the prefix and maintainer scripts, and return the option package."""
        tree = self.root / f"tree-{version}"
        (tree / "DEBIAN").mkdir(parents=True)
        control = CONTROL.format(name=PACKAGE, version=version, architecture=ARCHITECTURES[MACHINE])
        (tree / "DEBIAN/control").write_text(control)
        sums = ""
        for name, content in files.items():
            path = tree / (self.prefix / name).relative_to("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            sums += f"{hashlib.md5(content).hexdigest()}  {path.relative_to(tree)}\n"
        (tree / "DEBIAN/md5sums").write_text(sums)
        for name, lines in (scripts or {}).items():
            (tree / "DEBIAN" / name).write_text(f"#!/bin/sh\n{lines}\n")
            (tree / "DEBIAN" / name).chmod(0o755)
        built = self.root / f"{PACKAGE}_{version}.deb"
        subprocess.run(["dpkg-deb", "--build", tree, built], check=True, capture_output=True)
        shutil.rmtree(tree)
        return self.file(built, version)

    def file(self, path: Path, version: str) -> Result:
        """Return a file as the options name one."""
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        size = path.stat().st_size
        return {"name": path.name, "version": version, "sha256": digest, "bytes": size, "path": str(path)}

    def options(self, version: str, **changes: Any) -> Result:
        """Return the options that make the board have a version of the module."""
        pip = [str(self.python), "-s", "-m", "pip", "--disable-pip-version-check", "install", "--no-index"]
        pip += ["--no-deps", "--ignore-installed"]
        expected = {"python_version": version, "linkage": "static"}
        given = {"executable": str(self.python), "pip_install": pip, "expected": expected, "wheel": self.wheel(version)}
        return DEFAULTS | given | changes

    def present(self, options: Result) -> Result:
        """Run the transaction here."""
        result: Result = Installation(self.layout, options, partial(facts, options)).run()
        return result

    def absent(self, **changes: Any) -> Result:
        """Run the removal here."""
        options = DEFAULTS | {"executable": str(self.python)} | changes
        result: Result = Removal(self.layout, options, partial(facts, options)).run()
        return result

    def start(
        self, state: str, options: Result, first: str = "", arguments: Sequence[str] = ()
    ) -> subprocess.Popen[str]:
        """Start a run in a process of its own. first: source to run before, with the arguments after those of the run."""
        environment = os.environ | {"DPKG_ADMINDIR": str(self.packages.admin)}
        given = [state, json.dumps(self.places), json.dumps(options), *arguments]
        command = [sys.executable, "-c", first + _RUN, *given]
        return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def tree(self, times: bool = True) -> dict[str, tuple[Any, ...]]:
        """Return everything that belongs to the board and not to the run itself."""
        found: dict[str, tuple[Any, ...]] = {}
        for top in (self.prefix, self.root / "etc", self.site):
            for path in (top, *top.rglob("*")):
                if path.suffix == ".pyc" and not times:
                    continue
                state = path.lstat()
                content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
                # A folder of the environment is changed by pip's own bytecode.
                when = (state.st_mtime_ns,) if times and path.is_file() else ()
                found[str(path)] = (state.st_mode, state.st_uid, content, *when)
        return {path: entry for path, entry in found.items() if "/pip" not in path.removeprefix(str(self.site))[:5]}
