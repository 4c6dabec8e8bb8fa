#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: graph_report
short_description: Show how long the model files of boards take to load
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Displays a table with one row for each model file of each board. It shows the number of values in packed repeated fields, the predicted time
    to load under the pure Python backend and under the C++ backend, the one under the backend in use now, and that after the file was
    rewritten with M(jetfleet.protobuf.graph_repack). Nothing is displayed where there is no model file.
  - A tilde stands before what is predicted with reference rates, because the board has no such backend.
  - Below it stands one sentence for each file that cannot be read.
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
seealso:
  - module: jetfleet.protobuf.protobuf_facts
  - module: jetfleet.protobuf.drift_report
"""

EXAMPLES = r"""
- name: Show how long the model files take to load
  jetfleet.protobuf.graph_report:
    hosts: "{{ groups['boards'] }}"
  run_once: true
"""

RETURN = r"""
rows:
  description: The rows, in the order of O(hosts).
  returned: success
  type: list
  elements: dict
  contains:
    board:
      description: Name in the inventory.
      type: str
      sample: nano-1
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
      description: Number of values in packed repeated fields.
      type: int
      sample: 62000000
    prediction:
      description: How long loading it takes, as in M(jetfleet.protobuf.protobuf_facts). V(null) where nothing can be said.
      type: dict
      sample:
        backend: python
        seconds: 660
        seconds_repacked: 0.6
        error_percent: 25
        python: {seconds: 660, seconds_repacked: 0.6, measured: true}
        cpp: {seconds: 5.1, seconds_repacked: 0.4, measured: false}
"""
