# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let Galaxy's importer judge the built collection, and look at what the tarball carries."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

NEEDED = ("LICENSE", "README.md", "meta/ee-bindep.txt", "meta/ee-requirements.txt", "meta/execution-environment.yml")
UNWANTED = (".", "tests/", "molecule/", "noxfile.py", "pyproject.toml", "inventories/containers/")
# What the importer says at level warning although nothing is wrong.
HARMLESS: tuple[str, ...] = ()


def wrong_members(tarball: Path) -> list[str]:
    """Return a sentence for each file that is missing or does not belong into the tarball."""
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
    missing = [f"{name} is missing in the tarball" for name in NEEDED if name not in names]
    return missing + [f"{name} does not belong into the tarball" for name in names if name.startswith(UNWANTED)]


def importer_complaints(tarball: Path, programs: Path) -> list[str]:
    """Run the importer, show its log, and return its errors and warnings.

    Nothing of the environment around it helps ansible-lint to find the collection elsewhere than in the tarball, as on Galaxy.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [str(programs / "python"), "-m", "galaxy_importer.main", str(tarball.resolve())]
        environment = {
            "GALAXY_IMPORTER_CONFIG": str(Path("galaxy-importer.cfg").resolve()),
            "HOME": folder,
            "LC_ALL": "C.UTF-8",
            "PATH": f"{programs}{os.pathsep}{os.defpath}",
        }
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    print(done.stdout)
    complaints = [line for line in done.stdout.splitlines() if line.startswith(("ERROR:", "WARNING:", "Traceback"))]
    if done.returncode:
        complaints.append(f"the importer ended with exit status {done.returncode}")
    return [line for line in complaints if not any(words in line for words in HARMLESS)]


def main() -> None:
    """Exit with what is wrong with the tarball, or with success."""
    tarball, programs = map(Path, sys.argv[1:])
    if complaints := wrong_members(tarball) + importer_complaints(tarball, programs.absolute()):
        sys.exit("\n".join(complaints))


if __name__ == "__main__":
    main()
