# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter _play_hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _play_hosts
short_description: "[INTERNAL] Find the hosts that a play of the collection is for"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Finds the hosts by the variables C(jetfleet_boards) and C(jetfleet_builders) of the first host of the inventory, and by the
    plans that the role P(jetfleet.protobuf.survey#role) registered.
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
    description: Which hosts.
    type: str
    choices: [boards, boards_to_survey, boards_without_plan, builders_to_survey, boards_to_build_for, boards_to_report, boards_to_change]
    required: true
"""

EXAMPLES = r"""
- name: Show the boards
  ansible.builtin.debug:
    msg: "{{ hostvars | jetfleet.protobuf._play_hosts(groups, 'boards') }}"
"""

RETURN = r"""
_value:
  description: Names of hosts, or a pattern that matches no host where there is none.
  type: list
  elements: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.fleet import play_hosts


class FilterModule:
    """Hand the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"_play_hosts": play_hosts}
