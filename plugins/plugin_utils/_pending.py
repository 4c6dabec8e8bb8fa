# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The boards that a rollout has work with.

PRIVATE to the collection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._registered import PLAN


def pending_boards(hostvars: Mapping[str, Any], hosts: Iterable[str]) -> list[str]:
    """Return the hosts, in their order, whose plan has something to do or to refuse."""
    return [host for host in hosts if _is_pending(hostvars[host].get(PLAN) or {})]


def _is_pending(plan: Mapping[str, Any]) -> bool:
    return bool(plan.get("actions") or plan.get("refusals"))
