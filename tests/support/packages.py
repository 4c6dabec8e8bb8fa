# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make real Debian packages and install them with a dpkg database of the tests' own."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

CONTROL = """\
Package: {name}
Version: {version}
Architecture: {architecture}
Maintainer: jetfleet.protobuf contributors <nobody@example.invalid>
Description: made by a test
"""


class Packages:
    """Installs files at their real paths, which lie below the directory of a test; the system's dpkg knows nothing."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.admin = root / "dpkg"
        for directory in ("info", "updates", "triggers"):
            (self.admin / directory).mkdir(parents=True)
        for file in ("status", "available"):
            (self.admin / file).touch()

    def install(self, name: str, version: str, files: dict[Path, bytes], architecture: str = "all") -> None:
        """Build a package that holds the files and unpack it."""
        tree = self.root / f"tree-{name}"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN/control").write_text(CONTROL.format(name=name, version=version, architecture=architecture))
        sums = ""
        for path, content in files.items():
            inside = tree / path.relative_to("/")
            inside.parent.mkdir(parents=True, exist_ok=True)
            inside.write_bytes(content)
            sums += f"{hashlib.md5(content).hexdigest()}  {path.relative_to('/')}\n"
        (tree / "DEBIAN/md5sums").write_text(sums)
        package = self.root / f"{name}.deb"
        self._run("dpkg-deb", "--build", tree, package)
        # There is no ldconfig to run for files that no loader looks at, and maybe no root.
        forced = "--force-not-root,bad-path,architecture"
        self._run("dpkg", f"--admindir={self.admin}", forced, "--log=/dev/null", "--install", package)

    def install_from_distribution(self, name: str) -> Path:
        """Download a package of the distribution and install its files below the directory that is returned."""
        place = self.root / f"distribution-{name}"
        place.mkdir()
        self._run("apt-get", "download", name, cwd=place)
        (package,) = place.glob("*.deb")
        self._run("dpkg-deb", "--raw-extract", package, place)
        (place / "DEBIAN").rename(self.root / f"control-{name}")
        package.unlink()
        files = {path: path.read_bytes() for path in place.rglob("*") if path.is_file() and not path.is_symlink()}
        self.install(name, self._field(name, "Version"), files)
        return place

    def dependency(self, name: str, prefix: str) -> str:
        """Return what an installed package of the distribution depends on, by the beginning of the name."""
        return next(part.split()[0] for part in self._field(name, "Depends").split(", ") if part.startswith(prefix))

    def _field(self, name: str, field: str) -> str:
        lines = (self.root / f"control-{name}/control").read_text().splitlines()
        return next(line.partition(": ")[2] for line in lines if line.startswith(f"{field}: "))

    def _run(self, *command: str | Path, cwd: Path | None = None) -> str:
        environment = os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        ended = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout
