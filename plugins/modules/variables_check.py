#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: variables_check
short_description: "[INTERNAL] Validate all variables before a board is connected to"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - The first task of every playbook. It connects to nothing, and fails with everything that is wrong in one message. No host matches the pattern
    of the boards, the controller lacks a Python package that any of the playbooks needs, a variable has a name that no role has, or a value is not
    valid.
  - A name that no role has is refused where it begins with C(jetfleet_) or differs from one of ours by a typing error. All others belong to
    other collections.
  - Hosts that have the same variables are checked once.
extends_documentation_fragment:
  - jetfleet.protobuf.attributes.action
  - jetfleet.protobuf.attributes.controller
options:
  boards:
    description: Pattern of the boards, as C(hosts) of a play takes it.
    type: str
    required: true
  hosts:
    description: The hosts of this run, whose variables are read.
    type: list
    elements: str
    required: true
  rules:
    description:
      - File on the controller with the rules of P(jetfleet.protobuf.drift#role). With it, the rules and exemptions of the boards are validated too,
        merged over those in the file.
    type: path
seealso:
  - module: jetfleet.protobuf.drift_assess
"""

EXAMPLES = r"""
- name: Validate all variables
  jetfleet.protobuf.variables_check:
    boards: boards
    hosts: "{{ ansible_play_hosts_all }}"
  run_once: true
"""

RETURN = r"""
boards:
  description: The hosts of this run that match the pattern.
  returned: success
  type: list
  elements: str
  sample: [nano-1, nano-2]
"""
