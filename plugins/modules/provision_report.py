#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: provision_report
short_description: "[INTERNAL] Show what boards are, what will change, and what became of each"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Displays a table with one row for each board, also for those that failed, were refused or did not answer. Below it stands one sentence for
    each refusal, warning and failure.
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
  table:
    description:
      - V(survey) shows what each board is and what will change on it. Where boards have model files, a second table shows how long these take to
        load. A tilde stands before what is predicted with reference rates, because the board has no such backend.
      - V(result) shows each board before and after.
    type: str
    choices: [survey, result]
    default: result
  state:
    description: Desired state of the boards. With V(absent) nothing of the collection is on them.
    type: str
    choices: [present, absent]
    default: present
  pending_file:
    description:
      - File on the controller for the names of the boards that are not yet in the desired state, one a line, for C(--limit @FILE).
      - Names in it of boards that are not among O(hosts) stay. It is removed when no name is left, and not touched in check mode.
    type: str
seealso:
  - module: jetfleet.protobuf.protobuf_plan
"""

EXAMPLES = r"""
- name: Show what each board is and what will change
  jetfleet.protobuf.provision_report:
    hosts: "{{ groups['boards'] }}"
    table: survey
  run_once: true

- name: Show each board before and after
  jetfleet.protobuf.provision_report:
    hosts: "{{ groups['boards'] }}"
  run_once: true
"""

RETURN = r"""
rows:
  description: The rows of the table, in the order of O(hosts). None stands for what is not known.
  returned: success
  type: list
  elements: dict
graphs:
  description: The rows of the table of model files.
  returned: when O(table=survey)
  type: list
  elements: dict
pending:
  description: The boards that are not yet in the desired state.
  returned: when O(table=result)
  type: list
  elements: str
  sample: [nano-7]
reasons:
  description: For each of RV(pending) why.
  returned: when O(table=result)
  type: dict
  sample:
    nano-7: "The board does not answer (No route to host): check its power, its network and ansible_host."
"""
