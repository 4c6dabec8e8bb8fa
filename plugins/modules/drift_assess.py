#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name, which runs protobuf_facts on the board.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: drift_assess
short_description: "[INTERNAL] Compare a board with the rules"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Reads a board with one call of M(jetfleet.protobuf.protobuf_facts) and judges it on the controller, by rules that are data.
  - Nothing on the board is changed. The artefact store is not looked at.
  - Needs the Python packages C(jmespath) and C(packaging) on the controller.
extends_documentation_fragment:
  - jetfleet.protobuf.desired
  - jetfleet.protobuf.attributes.action
  - jetfleet.protobuf.attributes.controller
options:
  from_variables:
    description:
      - Options that have the values of variables. A mapping from the name of an option to the name of a variable, or to a list of
        names where the option is a list of the variables' values.
      - The values are what templates of the names would be. Templates cost the controller more for each board than all the rest, and
        only variables that have templates of their own need some then.
    type: dict
    default: {}
  rules:
    description:
      - File on the controller with the rules that O(custom_rules) are merged over.
      - By default that is the one that the collection comes with, C(roles/drift/files/rules.yml).
    type: str
  custom_rules:
    description:
      - Mappings from the id of a rule to a rule, or to what changes of a rule. They are merged in this order.
      - A comparison takes the place of that of an earlier rule.
    type: list
    elements: dict
    default: []
  exemptions:
    description:
      - Mappings from the id of a rule to a C(reason) and to C(expires), the day (C(YYYY-MM-DD), UTC) from which on the rule counts again.
        A later mapping wins.
    type: list
    elements: dict
    default: []
  facts:
    description:
      - The options of M(jetfleet.protobuf.protobuf_facts).
      - Without the subsets that M(jetfleet.protobuf.protobuf_plan) needs, nothing can be said. Without other ones, the rules that need
        them are not evaluated.
    type: dict
    default: {}
  load_time_budget:
    description: Seconds that the graph of O(facts) may take to load. With V(0) that is not judged.
    type: float
    default: 5
  graph_load_time_budget:
    description: Seconds that each of the model files that O(facts) names may take to load. With V(0) that is not judged.
    type: float
    default: 0
  opencv_fail_on:
    description: Verdicts on OpenCV, as M(jetfleet.protobuf.protobuf_facts) names them, that are not accepted.
    type: list
    elements: str
    default: [conflict]
seealso:
  - module: jetfleet.protobuf.protobuf_facts
  - module: jetfleet.protobuf.variables_check
"""

EXAMPLES = r"""
- name: Compare the board with the rules
  jetfleet.protobuf.drift_assess:
    custom_rules:
      - user-copies: {severity: error}
    exemptions:
      - environment:
          reason: The old detector needs the variable until it is replaced.
          expires: "2026-12-31"
    desired:
      version: 3.6.0
      source_sha256: 1532154addf85080330fdd037949d4653dfce16550df5c70ea0cd212d8aff3af
  register: result

- name: Compare the board with rules that are in variables of the inventory
  jetfleet.protobuf.drift_assess:
    from_variables:
      custom_rules: [fleet_rules, group_rules]
    desired:
      version: 3.6.0
      source_sha256: 1532154addf85080330fdd037949d4653dfce16550df5c70ea0cd212d8aff3af

- name: Show what the board breaks
  ansible.builtin.debug:
    msg: "{{ result.assessment.rules | selectattr('outcome', 'equalto', 'finding') }}"
"""

RETURN = r"""
assessment:
  description:
    - The outcome of each rule in C(rules), what the board is in C(board), and C(status), V(drift) where a finding counts and V(compliant) otherwise.
    - C(rules) and C(board) have the shape that C(roles/drift/files/drift-report.schema.json) describes for a board.
  returned: success
  type: dict
"""
