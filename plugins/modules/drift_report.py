#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: drift_report
short_description: "[INTERNAL] Report which boards have drifted"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Displays a table with one row for each host of the inventory, a line for each finding, and a sentence for the whole fleet.
  - Writes the same as JSON, as JUnit for CI servers, and as one HTML page that needs no network.
  - Compares with the JSON report of an earlier run, so that it can say since when a board is what it is, what is new and what is resolved.
  - Reads what the role P(jetfleet.protobuf.drift#role) registered on the boards. No board is connected to.
requirements:
  - tabulate (on the controller)
  - junitparser (on the controller)
extends_documentation_fragment:
  - jetfleet.protobuf.attributes.action
options:
  hosts:
    description: All hosts of the inventory. Each is in every report exactly once.
    type: list
    elements: str
    required: true
  boards:
    description: The hosts that are boards. Others are reported as V(skipped).
    type: list
    elements: str
    required: true
  looked_at:
    description: The hosts that this run looked at. Boards that are not among them are reported as V(skipped).
    type: list
    elements: str
    required: true
  rules:
    description:
      - File with the rules that the collection comes with, for what the reports say about a rule as such.
      - Rules of the boards' own variables are added to them.
    type: path
    required: true
  folder:
    description: Directory on the controller for the reports C(drift.json), C(drift.xml) and C(drift.html). It is made where it is missing.
    type: path
    required: true
  previous:
    description:
      - JSON report of an earlier run, which this run is compared with. It may be the file that is written over.
      - A file that is not there is no fault. One that is no report is refused before anything is written.
    type: path
    default: ""
  template:
    description: Jinja2 template of the HTML page.
    type: path
    required: true
  formats:
    description: Which files are written.
    type: list
    elements: str
    choices: [json, junit, html]
    default: [html, json, junit]
attributes:
  check_mode:
    description: Can run in check mode and returns the same as without.
    support: full
    details:
      - The files are written in check mode too. They are on the controller, and no board is changed either way.
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
seealso:
  - module: jetfleet.protobuf.provision_report
"""

EXAMPLES = r"""
- name: Report what has become of the fleet
  jetfleet.protobuf.drift_report:
    hosts: "{{ groups['all'] }}"
    boards: "{{ groups['boards'] }}"
    looked_at: "{{ ansible_play_hosts_all }}"
    rules: "{{ role_path }}/files/rules.yml"
    folder: reports
    previous: reports/drift.json
    template: "{{ role_path }}/templates/drift.html.j2"
  run_once: true
  register: report

- name: Fail where a board is not compliant
  ansible.builtin.fail:
    msg: "{{ report.sentence }}"
  when: not report.compliant
"""

RETURN = r"""
summary:
  description: How many hosts have which status, and how many findings there are, as C(roles/drift/files/drift-report.schema.json) describes it.
  returned: success
  type: dict
statuses:
  description: The status of each host.
  returned: success
  type: dict
  sample: {nano-1: compliant, nano-2: drift}
reasons:
  description: For each board that was looked at and is not compliant, one sentence with the reason.
  returned: success
  type: dict
files:
  description: The files that were written, by format.
  returned: success
  type: dict
  sample: {json: /srv/reports/drift.json}
compliant:
  description: Whether a board was looked at and every board that was is compliant.
  returned: success
  type: bool
sentence:
  description: One sentence about the fleet.
  returned: success
  type: str
"""
