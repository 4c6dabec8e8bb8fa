# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter _missing_artefacts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _missing_artefacts
short_description: "[INTERNAL] Find the boards without an artefact after a build, and why"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Looks at what the builders have noted, and at boards that could not be surveyed.
positional: _input, groups, store
options:
  _input:
    description: All host variables, which is V(hostvars).
    type: dict
    required: true
  groups:
    description: All groups, which is V(groups).
    type: dict
    required: true
  store:
    description: The artefact store.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: Show them
  ansible.builtin.debug:
    msg: "{{ hostvars | jetfleet.protobuf._missing_artefacts(groups, '~/.local/share/jetfleet/artefacts') }}"
"""

RETURN = r"""
_value:
  description: For each board C(refusals), one sentence for each host that did not build, and C(reason), one sentence.
  type: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.filter._elect_builders import elect
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._build.election import missing_artefacts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.fleet import Fleet


def find_missing(hostvars: Mapping[str, Any], groups: Mapping[str, Sequence[str]], store: str) -> dict[str, Any]:
    """Elect again: what would have to be built now is missing."""
    return missing_artefacts(elect(hostvars, groups, store), Fleet(hostvars, groups).boards_without_plan(), store)


class FilterModule:
    """Hand the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"_missing_artefacts": find_missing}
