# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of boards that are not yet what they should be, as Ansible's --limit @FILE takes it.

PRIVATE to the collection.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_pending(path: Path, hosts: Iterable[str], pending: Iterable[str]) -> list[str]:
    """Note which of the hosts are pending, keep what is noted of other hosts, and return the whole list.

    The file appears whole or not at all; it goes when nothing is pending.
    """
    earlier = path.read_text(encoding="utf-8").split() if path.exists() else []
    looked_at = set(hosts)
    names = sorted({name for name in earlier if name not in looked_at} | set(pending))
    if names:
        _write(path, "".join(f"{name}\n" for name in names))
    else:
        path.unlink(missing_ok=True)
    return names


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, prefix=".pending-", encoding="utf-8", delete=False
    ) as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(stream.name, path)
