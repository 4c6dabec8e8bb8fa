# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter fetched_files."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _fetched_files
short_description: "[INTERNAL] Say what a builder's SHA-256 of each fetched file is"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Joins the results of a loop of M(ansible.builtin.fetch) with those of a loop of M(ansible.builtin.stat) over the same files.
    The result is what O(jetfleet.protobuf.artefact_store#module:files) takes, so that what was fetched is compared with what
    the builder had.
positional: _input, stated
options:
  _input:
    description: What M(ansible.builtin.fetch) registered. Each item of its loop is a path.
    type: dict
    required: true
  stated:
    description: What M(ansible.builtin.stat) registered with O(ansible.builtin.stat#module:checksum_algorithm=sha256).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Store what was fetched
  jetfleet.protobuf.artefact_store:
    store: ~/.local/share/jetfleet/artefacts
    abi_key: "{{ plan.abi_key }}"
    files: "{{ fetched | jetfleet.protobuf._fetched_files(stated) }}"
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description: One entry for each file, with C(path) on the controller and C(sha256) on the builder.
  type: list
  elements: dict
  sample:
    - path: /home/me/artefacts/incoming/nano-1/protobuf-3.6.0-cp36-cp36m-linux_aarch64.whl
      sha256: 5d3b8f0a8e1f6c7d2b9a4e5f60718293a4b5c6d7e8f90123456789abcdef0123
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._build.fetched import fetched_files


class FilterModule:
    """Hand the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"_fetched_files": fetched_files}
