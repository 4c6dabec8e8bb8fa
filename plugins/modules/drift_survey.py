#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name, which runs protobuf_facts on the board.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: drift_survey
short_description: Compare a board with the rules
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
    default: 0
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
  - module: jetfleet.protobuf.drift_check
"""

EXAMPLES = r"""
- name: Compare the board with the rules
  jetfleet.protobuf.drift_survey:
    custom_rules:
      - user-copies: {severity: error}
    exemptions:
      - environment:
          reason: The old detector needs the variable until it is replaced.
          expires: "2026-12-31"
    desired:
      version: 3.6.0
      source_sha256: 1532154addf85080330fdd037949d4653dfce16550df5c70ea0cd212d8aff3af
  register: survey

- name: Compare the board with rules that are in variables of the inventory
  jetfleet.protobuf.drift_survey:
    from_variables:
      custom_rules: [fleet_rules, group_rules]
    desired:
      version: 3.6.0
      source_sha256: 1532154addf85080330fdd037949d4653dfce16550df5c70ea0cd212d8aff3af

- name: Show what the board breaks
  ansible.builtin.debug:
    msg: "{{ survey.assessment.rules | selectattr('outcome', 'equalto', 'finding') }}"
"""

RETURN = r"""
assessment:
  description: What came of it.
  returned: success
  type: dict
  contains:
    status:
      description: V(drift) where a finding counts, otherwise V(compliant).
      type: str
      sample: drift
    rules:
      description: Every rule, in the order of the file; rules that the file does not have come last.
      type: list
      elements: dict
      contains:
        rule:
          description: Its id.
          type: str
          sample: environment
        outcome:
          description:
            - V(compliant), V(finding), V(exempted), V(not_applicable) where the rule's C(when) is not true, or V(not_evaluated).
          type: str
          sample: finding
        severity:
          description: V(error), V(warning) or V(info).
          type: str
          sample: error
        title:
          description: What should be, in one sentence.
          type: str
          sample: No variable chooses the backend of protobuf for all programs.
        comparison:
          description: How the board was compared. Only with V(finding) and V(exempted).
          type: str
          sample: equals
        expected:
          description: What it was compared with. Only with V(finding) and V(exempted).
          type: raw
          sample: []
        actual:
          description: What the board has. Only with V(finding) and V(exempted).
          type: raw
          sample: ["/etc/environment:1 PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=cpp"]
        reason:
          description:
            - Why the rule was not evaluated, or why it is exempted.
            - With V(finding), that the exemption has expired. Otherwise V(null).
          type: str
          sample: The exemption (Needed by the old detector) has expired on 2026-10-01.
        expires:
          description: The day from which on an exempted rule counts again. Otherwise V(null).
          type: str
          sample: "2026-12-31"
        counts:
          description: Whether the severity is more than V(info). Only with V(finding).
          type: bool
          sample: true
        remedy:
          description: What to do about a finding. V(null) otherwise, and where the rule names none.
          type: dict
          contains:
            text:
              description: In words.
              type: str
              sample: Uninstall it as the user whose home that is
            command:
              description: As a command. V(null) where there is none, or where a value in it is more than plain words to a shell.
              type: str
              sample: ansible-playbook jetfleet.protobuf.provision -i INVENTORY --limit nano-1
    board:
      description: What the board is, for a report.
      type: dict
      contains:
        model:
          description: Its model.
          type: str
          sample: NVIDIA Jetson Nano Developer Kit
        l4t:
          description: Release of NVIDIA's Linux for Tegra.
          type: str
          sample: 32.7.1
        jetpack:
          description: Release of JetPack, or that of L4T, as in C(L4T 36.9.1), where its JetPack is unknown.
          type: str
          sample: 4.6.1
        distribution:
          description: The distribution, for people.
          type: str
          sample: Ubuntu 18.04.6 LTS
        architecture:
          description: Architecture in dpkg's words.
          type: str
          sample: arm64
        python:
          description: Version of the interpreter.
          type: str
          sample: 3.6.9
        protobuf:
          description: Version of the protobuf module.
          type: str
          sample: 3.6.0
        backend:
          description: The backend that parses.
          type: str
          sample: cpp
        opencv:
          description: The verdict on OpenCV. V(null) where that was not gathered.
          type: str
          sample: independent
        abi_key:
          description: ABI key of what the collection installed. V(null) where it installed nothing.
          type: str
          sample: protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d
        load_time:
          description: The load time of a graph. V(null) where that was not gathered.
          type: dict
          contains:
            source:
              description: The workload, or the path of the graph.
              type: str
              sample: float_val
            backend:
              description: The backend that parsed it.
              type: str
              sample: cpp
            values:
              description: Number of the values in its tensors.
              type: int
              sample: 1000000
            status:
              description: What came of it, as in M(jetfleet.protobuf.protobuf_facts).
              type: str
              sample: ok
            seconds:
              description: The run in the middle.
              type: float
              sample: 0.012
            budget:
              description: O(load_time_budget), V(null) where it is 0.
              type: float
              sample: 5.0
        graphs:
          description: The model files that O(facts) names. V(null) where they were not gathered.
          type: list
          elements: dict
          contains:
            path:
              description: The file on the board.
              type: str
              sample: /opt/detector/yolov3.pb
            status:
              description: V(ok), or what is wrong with the file, as in M(jetfleet.protobuf.protobuf_facts).
              type: str
              sample: ok
            error:
              description: What is wrong and what to do, V(null) where nothing is.
              type: str
            bytes:
              description: Size of the file.
              type: int
              sample: 248000000
            nodes:
              description: Number of its nodes.
              type: int
              sample: 1500
            values:
              description: Number of values in packed repeated fields, which a slow backend is slow at.
              type: int
              sample: 62000000
            prediction:
              description: How long loading it takes, as in M(jetfleet.protobuf.protobuf_facts). V(null) where nothing can be said.
              type: dict
              sample:
                backend: cpp
                seconds: 5.1
                seconds_repacked: 0.4
                error_percent: 25
                python: {seconds: 660, seconds_repacked: 0.6, measured: true}
                cpp: {seconds: 5.1, seconds_repacked: 0.4, measured: true}
            budget:
              description: O(graph_load_time_budget), V(null) where it is 0.
              type: float
              sample: 30.0
"""
