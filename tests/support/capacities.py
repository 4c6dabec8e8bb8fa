# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests ask of this machine, whatever else runs on it."""

from __future__ import annotations

from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.capacity import Capacity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.memory import RESERVE

# Options of protobuf_facts. No machine is that hot.
OPTIONS: dict[str, Any] = {"memory_reserve": RESERVE, "max_load": 0, "max_temperature": 1000}
CAPACITY = Capacity(RESERVE, 0, 1000)
