# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real file systems for tests, which root can mount."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def mounted(place: Path, *options: str) -> Iterator[Path]:
    """Mount what the options of mount(8) say at a place."""
    place.touch() if "--bind" in options and Path(options[-1]).is_file() else place.mkdir(exist_ok=True)
    run("mount", *options, str(place))
    try:
        yield place
    finally:
        run("umount", str(place))


@contextlib.contextmanager
def mounted_ext4(place: Path, *options: str) -> Iterator[Path]:
    """Mount a new ext4 of 8 MB; options: those of mkfs.ext4."""
    image = place.with_suffix(".img")
    with image.open("wb") as stream:
        stream.truncate(8 << 20)
    run("mkfs.ext4", "-q", *options, str(image))
    with mounted(place, "-o", "loop", str(image)):
        yield place


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
