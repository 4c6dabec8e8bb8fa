# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter one_line."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _one_line
short_description: "[INTERNAL] Make a text harmless that comes from a board"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Puts the text on one line, with U+FFFD for what cannot be printed. Control characters speak to terminals, and bidirectional
    marks make a text look like another one.
positional: _input
options:
  _input:
    description: The text.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the model of a board
  ansible.builtin.debug:
    msg: "{{ ansible_facts.jetfleet.board.model | jetfleet.protobuf._one_line }}"
"""

RETURN = r"""
_value:
  description: The text.
  type: str
  sample: NVIDIA Jetson Nano Developer Kit
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line


class FilterModule:
    """Hand the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"_one_line": one_line}
