# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter elect_builders."""

from __future__ import annotations

DOCUMENTATION = r"""
name: elect_builders
short_description: Elect one builder for each ABI key that no stored artefact answers
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Looks at the facts and the plan that the role P(jetfleet.protobuf.survey#role) registered on every host.
  - A host of O(builders) builds for every board whose distribution release, glibc and Python version it shares, also for
    boards of another architecture.
  - Without such a builder, of the boards that need the same artefact the one that can run most compile jobs at once builds
    it for all of them. Equals are told apart by cores, then by name.
  - A host that cannot compile is never elected. A key that no host can compile for has no builder.
positional: _input, hosts, builders
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
  builders:
    description: Hosts that compile for boards, and are none themselves.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show who builds what
  ansible.builtin.debug:
    msg: "{{ hostvars | jetfleet.protobuf.elect_builders(groups['boards'], groups['builders'] | default([])) }}"
"""

RETURN = r"""
_value:
  description: The builders and what each of them builds.
  type: list
  elements: dict
  contains:
    builder:
      description: Name of the builder in the inventory.
      type: str
      sample: nano-1
    targets:
      description: One board of each ABI key that it builds for.
      type: list
      elements: str
      sample: [nano-1]
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._election import elect_builders


class FilterModule:
    """Hand the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"elect_builders": elect_builders}
