# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter unknown_variables."""

from __future__ import annotations

DOCUMENTATION = r"""
name: unknown_variables
short_description: Find variables that look like a role's own and are not
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Ansible ignores a misspelt variable of a role without a word. This filter names it, and what was probably meant.
positional: _input, argument_specs, prefix
options:
  _input:
    description: Names of variables, for example the keys of V(vars).
    type: list
    elements: str
    required: true
  argument_specs:
    description: Content of the role's C(meta/argument_specs.yml).
    type: dict
    required: true
  prefix:
    description: What the role's variables start with, which is its name.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Name misspelt variables
  ansible.builtin.debug:
    msg: "{{ vars.keys() | jetfleet.protobuf.unknown_variables(specs, 'libprotobuf') }}"
  vars:
    specs: "{{ lookup('ansible.builtin.file', role_path ~ '/meta/argument_specs.yml') | from_yaml }}"
"""

RETURN = r"""
_value:
  description: One sentence for each unknown variable, sorted by its name.
  type: list
  elements: str
  sample:
    - "libprotobuf_verson is no variable of the role libprotobuf: did you mean libprotobuf_version."
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.unknown_variables import unknown_variables


class FilterModule:
    """Hand the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"unknown_variables": unknown_variables}
