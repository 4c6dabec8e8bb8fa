# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of boards that are not yet in the desired state, as Ansible's --limit @FILE takes it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.atomic_file import write_whole


def write_pending(path: Path, hosts: Iterable[str], pending: Iterable[str]) -> list[str]:
    """Note which of the hosts are pending, keep what is noted of other hosts, and return the whole list.

    The file appears whole or not at all; it goes when nothing is pending.
    """
    earlier = path.read_text(encoding="utf-8").split() if path.exists() else []
    looked_at = set(hosts)
    names = sorted({name for name in earlier if name not in looked_at} | set(pending))
    if names:
        write_whole(path, "".join(f"{name}\n" for name in names).encode())
    else:
        path.unlink(missing_ok=True)
    return names
