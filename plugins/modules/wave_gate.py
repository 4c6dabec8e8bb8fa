#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: wave_gate
short_description: "[INTERNAL] Decide whether the next wave of a rollout may start"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Counts the boards of earlier waves that failed, were refused, did not answer or were rolled back, and decides whether
    they are too many.
  - Reads what the roles P(jetfleet.protobuf.survey#role) and P(jetfleet.protobuf.rollout#role) registered on the boards. A board
    has had its turn when C(__rollout_gate) is registered on it. No board is connected to.
extends_documentation_fragment:
  - jetfleet.protobuf.attributes.action
  - jetfleet.protobuf.attributes.controller
options:
  hosts:
    description: All boards of the rollout.
    type: list
    elements: str
    required: true
  batch:
    description: The boards of the wave that is to start.
    type: list
    elements: str
    required: true
  max_fail_percentage:
    description: Per cent of the boards of all earlier waves that may fail. Like the keyword of a play, but every status above counts.
    type: float
    required: true
seealso:
  - module: jetfleet.protobuf.provision_report
"""

EXAMPLES = r"""
- name: Ask whether this wave may start
  jetfleet.protobuf.wave_gate:
    hosts: "{{ ansible_play_hosts_all }}"
    batch: "{{ ansible_play_batch }}"
    max_fail_percentage: 20
  register: __rollout_gate

- name: Leave the boards of this wave untouched
  ansible.builtin.meta: end_host
  when: __rollout_gate.stopped
"""

RETURN = r"""
stopped:
  description: Whether the wave must not start.
  returned: success
  type: bool
reason:
  description: Why. None where it may start.
  returned: success
  type: str
"""
