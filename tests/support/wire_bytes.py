# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The child script's own makers of wire bytes, with types."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import load_graph

varint: Callable[[int], bytes] = load_graph.varint
# Number of the field, and its value.
number_field: Callable[[int, int], bytes] = load_graph.number_field
bytes_field: Callable[[int, bytes], bytes] = load_graph.bytes_field
# Key and AttrValue, as a field of a NodeDef.
attribute: Callable[[bytes, bytes], bytes] = load_graph.attribute
# Name, operation, inputs and attributes, as a field of a GraphDef.
node: Callable[[bytes, bytes, list[bytes], bytes], bytes] = load_graph.node
# Workload, and number of values.
workload_bytes: Callable[[str, int], bytes] = load_graph.workload_bytes
