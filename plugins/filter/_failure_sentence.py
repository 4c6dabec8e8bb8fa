# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter failure_sentence."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _failure_sentence
short_description: "[INTERNAL] Turn a failed result into one sentence"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Names cause and remedy of what usually goes wrong on a board. No Python, no sudo, a locked apt, a full disk,
    an unknown host key, a module that broke.
  - Any other failure becomes its own message on one line.
positional: _input
options:
  _input:
    description: The result of a failed task, for example V(ansible_failed_result).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Refresh the linker cache
  block:
    - name: Refresh the linker cache
      ansible.builtin.command:
        cmd: /sbin/ldconfig
      become: true
      changed_when: false
  rescue:
    - name: Say why not
      ansible.builtin.fail:
        msg: "{{ ansible_failed_result | jetfleet.protobuf._failure_sentence }}"
"""

RETURN = r"""
_value:
  description: One sentence.
  type: str
  sample: "sudo on the board wants a password: run with --ask-become-pass, or allow the user to use sudo without one."
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.failures import failure_sentence


class FilterModule:
    """Hand the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"_failure_sentence": failure_sentence}
