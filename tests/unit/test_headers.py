# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every source file says under which licence it may be used."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What cannot carry a comment of that kind, or is prose.
OTHER_KINDS = (
    ".json",
    ".md",
    ".pb",
    ".png",
    ".rst",
    "LICENSE",
    "LICENSES/GPL-3.0-or-later.txt",
    "changelog.yaml",
    "known_hosts",
)
FIXTURES = "tests/unit/fixtures/"
LINES_TO_LOOK_AT = 8


def source_files() -> list[Path]:
    """Return what git tracks or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    names = [name for name in listed.split("\0") if name and not name.startswith(FIXTURES)]
    return [ROOT / name for name in names if not name.endswith(OTHER_KINDS) and (ROOT / name).is_file()]


def test_every_source_file_has_the_licence_header() -> None:
    files = source_files()
    assert Path(__file__) in files
    without = []
    for path in files:
        head = path.read_bytes().splitlines()[:LINES_TO_LOOK_AT]
        # REUSE-IgnoreStart
        if not any(b"SPDX-License-Identifier: GPL-3.0-or-later" in line for line in head):
            # REUSE-IgnoreEnd
            without.append(str(path.relative_to(ROOT)))
    assert not without, "no licence header in:\n" + "\n".join(without)
