# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an installation of protobuf may change on a board, said without the code that does it."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

# Names beside the module that are protobuf's own, whatever is in them.
_OURS = re.compile(
    r"protobuf-\d[^/]*\.(dist-info|egg-info|egg)|protobuf-\d[^/]*-nspkg\.pth|easy-install\.pth|protobuf\.egg-link"
    r"|__editable__\.protobuf-[^/]*\.pth|__editable___protobuf_[^/]*_finder\.py|~[^/]*rotobuf[^/]*"
)
# What the small wheels with extras have.
_BROUGHT = re.compile(r"protobuf\.libs(/.*)?|protobuf_extras(/.*)?")
_IN_GOOGLE = re.compile(r"(protobuf|_upb|~[^/]*rotobuf)(/.*)?")
_LIBRARY = re.compile(r"(include/google/protobuf(/.*)?|lib/libprotobuf[^/]*)")
_SCRIPT = "protobuf-tool"


class Scope:
    """Of a board as it is now."""

    def __init__(self, root: Path, site: Path, scripts: Path, prefix: Path) -> None:
        google = site / "google"
        # Longest first: where a part is a link, it is a place of its own.
        self._places = [
            (google.resolve(), _IN_GOOGLE),
            (site.resolve(), _OURS),
            (site.resolve(), _BROUGHT),
            (prefix.resolve(), _LIBRARY),
            ((prefix / "lib").resolve(), re.compile(r"libprotobuf[^/]*")),
        ]
        self._folders = [(google / name).resolve() for name in ("protobuf", "protobuf/internal", "_upb")]
        self._exact = {google.resolve(), scripts.resolve() / _SCRIPT, root / "etc/pip.conf"}
        # Goes with the last byte code in it, and comes with the first.
        self._exact.add(site.resolve() / "__pycache__")
        self._others: set[Path] = set()
        for record in site.glob("*.dist-info/RECORD"):
            # A link leads to what it lists.
            if record.parent.name.startswith("pip-"):
                continue
            listed = {_normal(site, row[0]) for row in csv.reader(record.read_text().splitlines()) if row}
            if record.parent.name.startswith("protobuf-"):
                self._exact |= listed
            else:
                self._others |= listed

    def allows(self, path: str) -> bool:
        """Return whether a path may appear, change or go, also under the name that a killed run leaves it with."""
        found = Path(path.removesuffix(".jetfleet-new"))
        if found in self._others or _source_of(found) in self._others:
            return False
        if found in self._exact or _source_of(found) in self._exact:
            return True
        if any(folder in (found, *found.parents) for folder in self._folders):
            return True
        for place, pattern in self._places:
            if place in found.parents:
                name = str(found.relative_to(place))
                if pattern.fullmatch(name) or pattern.fullmatch(name.split("/", maxsplit=1)[0]):
                    return True
        return False


def _normal(site: Path, name: str) -> Path:
    path = Path(os.path.normpath(site / name))
    return path.parent.resolve() / path.name


def _source_of(path: Path) -> Path:
    """Return what byte code was compiled from."""
    if path.parent.name != "__pycache__":
        return path
    return path.parent.parent / f"{path.name.split('.')[0]}.py"
