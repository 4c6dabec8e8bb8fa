# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter elect_builders."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _elect_builders
short_description: "[INTERNAL] Elect one builder for each ABI key that no stored artefact answers"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Looks at the facts and the plan that the role P(jetfleet.protobuf.survey#role) registered on every host.
  - A builder builds for every board whose distribution release, glibc and Python version it shares, also for
    boards of another architecture.
  - Where there is any builder, no other host compiles. Without any, of the boards that need the same artefact the
    one that can run most compile jobs at once builds it for all of them, unless C(jetfleet_signing_key) or
    C(jetfleet_allowed_signers) asks for signatures.
  - Ties are broken by cores, then by name.
  - A host that cannot compile is never elected, and neither is one that failed to build the same key in this run.
positional: _input, groups, store
options:
  _input:
    description: All host variables, which is V(hostvars).
    type: dict
    required: true
  groups:
    description: All groups, which is V(groups). The variables C(jetfleet_boards) and C(jetfleet_builders) say which are meant.
    type: dict
    required: true
  store:
    description: The artefact store. Keys that it holds by now need no builder. Empty, the plans alone decide.
    type: path
    default: ""
"""

EXAMPLES = r"""
- name: Show who builds what
  ansible.builtin.debug:
    msg: "{{ hostvars | jetfleet.protobuf._elect_builders(groups) }}"
"""

RETURN = r"""
_value:
  description: One entry for each ABI key that has to be built, sorted by key.
  type: list
  elements: dict
  contains:
    abi_key:
      description: The ABI key.
      type: str
      sample: protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d
    builder:
      description: Name of the builder in the inventory, null when there is none.
      type: str
      sample: builder-1
    target:
      description: The board whose facts stand for those of all boards of the key.
      type: str
      sample: nano-1
    targets:
      description: All boards of the key.
      type: list
      elements: str
      sample: [nano-1, nano-2]
    refusals:
      description: One sentence for each host that does not build it. Where no host does, the last one is the remedy.
      type: list
      elements: str
      sample:
        - "builder-2 does not build for Ubuntu 18.04, glibc 2.27 and Python 3.6: it has Ubuntu 22.04 instead of Ubuntu 18.04."
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.manifest import find_artefact
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._build.election import Election, elect_builders
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.fleet import Fleet
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line


def elect(hostvars: Mapping[str, Any], groups: Mapping[str, Sequence[str]], store: str = "") -> list[Election]:
    """Elect with the real artefact store, for the boards that were surveyed."""
    fleet = Fleet(hostvars, groups)
    elections = elect_builders(
        hostvars,
        fleet.boards_to_build_for(),
        fleet.builders,
        lambda key: bool(store) and find_artefact(store, key) is not None,
    )
    # What a board says of its distribution is part of these.
    return [{**election, "refusals": [one_line(text) for text in election["refusals"]]} for election in elections]


class FilterModule:
    """Hand the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"_elect_builders": elect}
