# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The public schema of JUnit files, as the source of pytest carries it (junit-10.xsd of the Jenkins plugin xunit)."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import xmlschema

ROOT = Path(__file__).parents[2]
REQUIREMENT = ROOT / "requirements/junit-schema.txt"
MEMBER = "testing/example_scripts/junit-10.xsd"
KEPT = ROOT / ".nox/cache/junit-10.xsd"


def junit_schema() -> xmlschema.XMLSchema10:
    """Return the schema; the first call downloads the source, whose hash pip checks."""
    if not KEPT.exists():
        with tempfile.TemporaryDirectory() as folder:
            options = ["--quiet", "--no-deps", "--require-hashes", "--requirement", str(REQUIREMENT), "--dest", folder]
            subprocess.run([sys.executable, "-m", "pip", "download", *options], check=True)
            (archive,) = Path(folder).iterdir()
            with tarfile.open(archive) as files:
                found = files.extractfile(f"{archive.name.removesuffix('.tar.gz')}/{MEMBER}")
                assert found, f"{archive.name} has no {MEMBER}"
                keep(found.read())
    return xmlschema.XMLSchema10(str(KEPT))


def keep(content: bytes) -> None:
    """Put the file where the next run finds it; another session may do the same."""
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    own = KEPT.with_name(f"{KEPT.name}-{os.getpid()}")
    own.write_bytes(content)
    own.replace(KEPT)
