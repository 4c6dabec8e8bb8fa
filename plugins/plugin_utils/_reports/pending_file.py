# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of boards that are not yet in the desired state, as Ansible's --limit @FILE takes it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.lock import lock_file
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.atomic_file import write_whole


def write_pending(path: Path, hosts: Iterable[str], pending: Iterable[str]) -> list[str]:
    """Note which of the hosts are pending, keep what is noted of other hosts, and return the whole list.

    The file appears whole or not at all; it goes when nothing is pending. Runs that end together wait for each other.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside the list, which is replaced and removed, and with it a lock on it.
    lock = lock_file(str(path.with_name(f".{path.name}.lock")), wait=True)
    try:
        return _replace(path, set(hosts), set(pending))
    finally:
        os.close(lock)


def _replace(path: Path, looked_at: set[str], pending: set[str]) -> list[str]:
    names = sorted({name for name in _names(path) if name not in looked_at} | pending)
    if names:
        write_whole(path, "".join(f"{name}\n" for name in names).encode(errors="surrogateescape"))
    else:
        path.unlink(missing_ok=True)
    return names


def _names(path: Path) -> list[str]:
    """Return the names in the list, which are lines to Ansible, whatever blanks they contain."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    return [line.strip() for line in lines if line.strip()]
