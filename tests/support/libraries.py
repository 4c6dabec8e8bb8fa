# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compile small shared libraries that really need each other."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path


def build_library(
    path: Path,
    needs: Sequence[Path] = (),
    *,
    soname: str | None = None,
    flags: Sequence[str] = (),
    source: str = "",
) -> Path:
    """Compile path, which needs the other libraries by their sonames (and finds them by flags only)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    command = ["gcc", "-x", "c", "-", "-shared", "-fPIC", "-o", str(path), f"-Wl,-soname,{soname or path.name}"]
    command += ["-Wl,--no-as-needed", "-Wl,--allow-shlib-undefined", *flags, "-x", "none", *map(str, needs)]
    subprocess.run(command, input=source or "int only_here;", text=True, check=True)
    return path


def rpath(directory: str, *, old: bool = False) -> list[str]:
    """Return gcc's flags for a RUNPATH, or for an old RPATH."""
    return [f"-Wl,-rpath,{directory}", "-Wl,--disable-new-dtags" if old else "-Wl,--enable-new-dtags"]


def build_mir_chain(folder: Path, top: str) -> Path:
    """Compile the chain of GTK+ on Ubuntu 16.04: top -> highgui -> mirclient -> mirprotobuf -> libprotobuf-lite."""
    path = build_library(folder / "libprotobuf-lite.so.9")
    for name in ("libmirprotobuf.so.3", "libmirclient.so.9", "libopencv_highgui.so.3.3", top):
        path = build_library(folder / name, [path], flags=rpath("$ORIGIN"))
    return path
