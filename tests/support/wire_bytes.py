# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The child script's own makers of wire bytes, with types."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.jetfleet.protobuf.plugins.module_utils import _child_load_time

varint: Callable[[int], bytes] = _child_load_time.varint
# Number of the field, and its value.
number_field: Callable[[int, int], bytes] = _child_load_time.number_field
bytes_field: Callable[[int, bytes], bytes] = _child_load_time.bytes_field
# Key and AttrValue, as a field of a NodeDef.
attribute: Callable[[bytes, bytes], bytes] = _child_load_time.attribute
# Name, operation, inputs and attributes, as a field of a GraphDef.
node: Callable[[bytes, bytes, list[bytes], bytes], bytes] = _child_load_time.node
# Workload, and number of values.
workload_bytes: Callable[[str, int], bytes] = _child_load_time.workload_bytes
