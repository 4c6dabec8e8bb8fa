# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter _serial."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _serial
short_description: "[INTERNAL] Find the size of each wave of a play"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Finds the C(serial) of a play over all boards, which is the variable C(jetfleet_waves) of the first one, or over the boards
    to change. Their waves are shares of all surveyed boards, of which those that need no change are left out.
positional: _input, groups, which
options:
  _input:
    description: All host variables, which is V(hostvars).
    type: dict
    required: true
  groups:
    description: All groups, which is V(groups).
    type: dict
    required: true
  which:
    description: What the play is over.
    type: str
    choices: [boards, boards_to_change]
    required: true
"""

EXAMPLES = r"""
- name: Show them
  ansible.builtin.debug:
    msg: "{{ hostvars | jetfleet.protobuf._serial(groups, 'boards') }}"
"""

RETURN = r"""
_value:
  description: One element for each wave.
  type: list
  elements: raw
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.fleet import serial


class FilterModule:
    """Hand the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"_serial": serial}
