# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts that a host pattern matches, found by Ansible's own code and without its warnings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager, split_host_pattern
from ansible.parsing.dataloader import DataLoader

_NAME = re.compile(r"[&!]?([\w.-]+)(?:\[[^\]]*\])?")


def matching_hosts(pattern: str, groups: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the hosts that a pattern matches; groups is Ansible's variable of that name."""
    if pattern in groups:
        return list(groups[pattern])
    hosts = {host for members in groups.values() for host in members}
    pieces = split_host_pattern(pattern)
    # Ansible warns of names that do not exist.
    missing = [piece for piece in pieces if _name(piece) not in (None, *groups, *hosts)]
    wanted = [piece for piece in pieces if piece not in missing]
    # Without a piece that adds hosts, Ansible starts with all of them.
    adds = [piece for piece in pieces if piece[0] not in "&!"]
    if any(piece[0] == "&" for piece in missing) or (adds and not set(adds) & set(wanted)):
        return []
    try:
        return [host.name for host in _inventory(groups).get_hosts(pattern=wanted)] if wanted else []
    except AnsibleError:  # a subscript beyond the last host
        return []


def _name(piece: str) -> str | None:
    """Return the name of a group or a host in a piece of a pattern, None in regular expressions and wildcards."""
    found = _NAME.fullmatch(piece)
    return found[1] if found else None


def _inventory(groups: Mapping[str, Iterable[str]]) -> InventoryManager:
    manager = InventoryManager(DataLoader(), parse=False)
    for group, hosts in groups.items():
        manager.add_group(group)
        for host in hosts:
            manager.add_host(host, group=group)
    return manager
