# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter pending_boards."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pending_boards
short_description: Pick the boards that a rollout has work with
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Looks at the plan that the role P(jetfleet.protobuf.survey#role) registered on every board.
  - A board is picked when its plan has an action or a refusal. A board without a plan, because it failed or was
    unreachable, is not.
positional: _input, hosts
options:
  _input:
    description: All host variables, which is V(hostvars).
    type: dict
    required: true
  hosts:
    description: The boards to look at.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Show which boards need work
  ansible.builtin.debug:
    msg: "{{ hostvars | jetfleet.protobuf.pending_boards(groups['boards']) }}"
"""

RETURN = r"""
_value:
  description: Names of the boards, in the given order.
  type: list
  elements: str
  sample: [nano-1, tx2-3]
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._pending import pending_boards


class FilterModule:
    """Hand the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"pending_boards": pending_boards}
