#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: drift_check
short_description: Refuse rules and exemptions that cannot be meant
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Reads the rules and exemptions of all hosts and names everything in them that cannot be meant, before any board is connected to.
    Unknown fields and severities, expressions that are no JMESPath, functions that do not exist, rules without a comparison or with two,
    remedies with unknown placeholders, exemptions of rules that do not exist, and exemptions without a reason or a day.
  - Refuses model files that are no list of absolute paths, too.
  - Of each host it reads C(drift_rules), C(drift_group_rules), C(drift_host_rules), C(drift_exemptions), C(drift_group_exemptions) and
    C(drift_host_exemptions), which P(jetfleet.protobuf.drift#role) describes, and C(jetfleet_graphs) and C(survey_graphs), which
    P(jetfleet.protobuf.survey#role) does. Hosts that have the same are checked once.
  - Works on the controller, where it needs the Python packages C(jmespath) and C(packaging).
extends_documentation_fragment:
  - jetfleet.protobuf.attributes.action
  - jetfleet.protobuf.attributes.controller
options:
  rules:
    description: File on the controller with the rules that those of the hosts are merged over.
    type: str
    required: true
  hosts:
    description: The hosts whose variables are read.
    type: list
    elements: str
    required: true
seealso:
  - module: jetfleet.protobuf.drift_survey
"""

EXAMPLES = r"""
- name: Refuse rules and exemptions that cannot be meant
  jetfleet.protobuf.drift_check:
    rules: "{{ role_path }}/files/rules.yml"
    hosts: "{{ groups['boards'] }}"
  run_once: true
"""

RETURN = r"""
faults:
  description: What is wrong, one sentence each. The module fails unless it is empty.
  returned: when the variables of the hosts can be read
  type: list
  elements: str
  sample:
    - "In drift_rules of nano-1 and 2 more hosts, the query of the rule fast is no JMESPath at position 15 (module.backend HERE-->=
      'cpp'): correct it there."
"""
