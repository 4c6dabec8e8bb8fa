#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: artefact_lock
short_description: Keep two runs from building the same artefact
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Takes a lock in the artefact store that belongs to one ABI key, and waits while another run has it. Every 30 s it says who
    has it.
  - The lock is held until it is released or the run of C(ansible-playbook) has ended, however it ended. A run that was killed
    leaves no lock behind.
  - Looks into the store when it has the lock, since the other run may have built what this one wanted to build.
  - Runs on the controller. No host is connected to.
extends_documentation_fragment:
  - jetfleet.protobuf.attributes.action
options:
  store:
    description: The artefact store. The lock is made in its folder C(.locks).
    type: path
    required: true
  abi_key:
    description: The ABI key, as M(jetfleet.protobuf.protobuf_plan) returns it.
    type: str
    required: true
  state:
    description:
      - V(held) waits for the lock and takes it. A run that has it already keeps it.
      - V(released) lets go of it, where this run has it.
    type: str
    choices: [held, released]
    default: held
  timeout:
    description: Seconds to wait for the lock before the task fails.
    type: int
    default: 14400
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying target.
    support: full
    details:
      - The lock is not taken in check mode.
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
seealso:
  - module: jetfleet.protobuf.artefact_store
"""

EXAMPLES = r"""
- name: Build once
  block:
    - name: Wait for whoever builds the same
      jetfleet.protobuf.artefact_lock:
        store: ~/.local/share/jetfleet/artefacts
        abi_key: protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d
      register: lock

    - name: Build and store it
      ansible.builtin.include_tasks: build_and_store.yml
      when: not lock.stored
  always:
    - name: Let others build
      jetfleet.protobuf.artefact_lock:
        store: ~/.local/share/jetfleet/artefacts
        abi_key: protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d
        state: released
"""

RETURN = r"""
stored:
  description: Whether the store holds the artefact, as far as presence and size of its files say.
  returned: success
  type: bool
  sample: false
"""
