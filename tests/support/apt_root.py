# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine's own apt-get and dpkg, with an archive, lists and a database of the tests' own."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

CONFIG = """\
Dir "{root}";
Dir::State "{root}/state";
Dir::State::status "{root}/dpkg/status";
Dir::Cache "{root}/cache";
Dir::Etc "{root}/etc";
Dir::Log "{root}/log";
Dir::Bin::methods "/usr/lib/apt/methods";
APT::Architecture "amd64";
APT::Sandbox::User "root";
DPkg::Options {{ "--admindir={root}/dpkg"; "--instdir={root}/tree"; "--log=/dev/null"; "--force-not-root"; }};
"""
CONTROL = """\
Package: {name}
Version: 1.0
Architecture: {architecture}
Maintainer: jetfleet.protobuf contributors <nobody@example.invalid>
Description: made by a test
{more}"""


class AptRoot:
    """One folder with all of it; environment is what apt-get and dpkg need to see it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.archive = root / "archive"
        self.admin = root / "dpkg"
        folders = (
            "state/lists/partial",
            "cache/archives/partial",
            "etc/apt.conf.d",
            "etc/preferences.d",
            "log",
            "tree",
        )
        for folder in (
            *folders,
            "etc/trusted.gpg.d",
            "etc/sources.list.d",
            "dpkg/info",
            "dpkg/updates",
            "dpkg/triggers",
        ):
            (root / folder).mkdir(parents=True)
        self.archive.mkdir()
        for file in ("status", "available"):
            (self.admin / file).touch()
        (self.admin / "arch").write_text("amd64\n")
        (root / "etc/sources.list").write_text(f"deb [trusted=yes] file:{self.archive} ./\n")
        (root / "apt.conf").write_text(CONFIG.format(root=root))
        self.environment = {"APT_CONFIG": str(root / "apt.conf"), "DPKG_ADMINDIR": str(self.admin)}

    def offer(
        self,
        name: str,
        *,
        architecture: str = "all",
        depends: str = "",
        provides: str = "",
        same: bool = False,
        script: str = "",
    ) -> None:
        """Put a package into the archive; script is what it runs when it is configured."""
        tree = self.root / f"tree-{name}-{architecture}"
        (tree / "DEBIAN").mkdir(parents=True)
        fields = {"Depends": depends, "Provides": provides, "Multi-Arch": "same" if same else ""}
        more = "".join(f"{field}: {value}\n" for field, value in fields.items() if value)
        (tree / "DEBIAN/control").write_text(CONTROL.format(name=name, architecture=architecture, more=more))
        if script:
            (tree / "DEBIAN/postinst").write_text(f"#!/bin/sh\n{script}\n")
            (tree / "DEBIAN/postinst").chmod(0o755)
        (tree / "usr/share").mkdir(parents=True)
        (tree / f"usr/share/{name}").write_text(name)
        file = self.archive / f"{name}_1.0_{architecture}.deb"
        subprocess.run(
            ["dpkg-deb", "-Znone", "--root-owner-group", "--build", tree, file], check=True, capture_output=True
        )
        self._index()

    def withdraw(self) -> None:
        """Let the archive be out of reach."""
        self.archive.rename(self.root / "gone")

    def _index(self) -> None:
        entries = []
        for file in sorted(self.archive.glob("*.deb")):
            fields = subprocess.run(["dpkg-deb", "--field", file], check=True, capture_output=True, text=True).stdout
            found = hashlib.sha256(file.read_bytes()).hexdigest()
            entries.append(f"{fields}Filename: ./{file.name}\nSize: {file.stat().st_size}\nSHA256: {found}\n")
        (self.archive / "Packages").write_text("\n".join(entries))

    def status(self, name: str) -> str:
        """Return what dpkg knows of a package."""
        command = ["dpkg-query", f"--admindir={self.admin}", "--show", "--showformat", "${Status}", name]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
