#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: provision_report
short_description: Show every board before and after
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Displays a table with one row for each board, also for those that failed, were refused or did not answer.
    Below it stands one sentence for each board that is not as it should be.
  - Reads what the role P(jetfleet.protobuf.survey#role) registered on the boards. No board is connected to.
requirements:
  - tabulate (on the controller)
extends_documentation_fragment:
  - jetfleet.protobuf.attributes.action
  - jetfleet.protobuf.attributes.controller
options:
  hosts:
    description: The boards.
    type: list
    elements: str
    required: true
  state:
    description: What the boards should be. With V(absent) a board is as it should be when nothing of the collection is on it.
    type: str
    choices: [present, absent]
    default: present
  pending_file:
    description:
      - File on the controller for the names of the boards that are not yet what they should be, one a line, for C(--limit @FILE).
      - Names in it of boards that are not among O(hosts) stay. It is removed when no name is left, and not touched in check mode.
    type: str
seealso:
  - module: jetfleet.protobuf.protobuf_plan
"""

EXAMPLES = r"""
- name: Show each board before and after
  jetfleet.protobuf.provision_report:
    hosts: "{{ groups['boards'] }}"
  run_once: true
"""

RETURN = r"""
rows:
  description: The rows, in the order of O(hosts). None stands for what is not known.
  returned: success
  type: list
  elements: dict
  contains:
    board:
      description: Name in the inventory.
      type: str
      sample: nano-1
    backend_before:
      description: What parsed before, proven by the class of a message.
      type: str
      sample: python
    backend_after:
      description: What parses now.
      type: str
      sample: cpp
    version_before:
      description: Version of the Python module before.
      type: str
      sample: 3.19.6
    version_after:
      description: Version of the Python module now.
      type: str
      sample: 3.6.0
    seconds_before:
      description: Median of the seconds that the graph took to parse before.
      type: float
      sample: 12.4
    seconds_after:
      description: Median of the seconds that the same graph takes now.
      type: float
      sample: 0.105
    speed_up:
      description: How many times faster that is.
      type: float
      sample: 118.1
    opencv:
      description: Verdict on OpenCV.
      type: str
      sample: independent
    status:
      description:
        - V(changed), V(unchanged) or V(removed) when all is well.
        - V(failed), V(refused), V(unreachable), V(rolled_back) or V(held_back) when not.
      type: str
      sample: changed
    reason:
      description: Why the board is not as it should be. None where it is.
      type: str
pending:
  description: The boards that are not yet what they should be.
  returned: success
  type: list
  elements: str
  sample: [nano-7]
reasons:
  description: For each of RV(pending) why.
  returned: success
  type: dict
  sample:
    nano-7: "The board does not answer: connect to host nano-7 port 22: No route to host; check its power, its network and ansible_host."
"""
