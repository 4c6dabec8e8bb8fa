# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users that a directory service knows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def passwd(folder: Path, patch: pytest.MonkeyPatch, *homes: Path | str, ending: str = "") -> None:
    """Put a getent before the system's that lists users with these homes; ending: what the script does then."""
    folder.mkdir()
    lines = "".join(
        f"user{number}:x:{number}:100:Robot, 3rd floor:{home}:/bin/sh\n" for number, home in enumerate(homes)
    )
    (folder / "users").write_text(lines)
    (folder / "getent").write_text(f'#!/bin/sh\ntest "$1" = passwd && cat {folder}/users\n{ending}\n')
    (folder / "getent").chmod(0o755)
    patch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
