#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: protobuf_install
short_description: Apply a plan to a board
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Verifies on the controller that the files of the artefact store are the ones that were stored, that they were made for this board, and, with
    O(allowed_signers), that a key in that file has signed them. A board that must get nothing is not connected to.
  - Brings the files to the board and installs them there in one transaction. What is there is kept first. When the board is not healthy
    afterwards, or when anything fails, everything is put back exactly as it was, which is verified by checksums.
  - A run that is killed at any moment is finished, or undone, by the next one with the same options.
  - The distribution's packages that a plan names are not installed by this. That is apt's work and comes first.
  - Needs root's rights on the board.
extends_documentation_fragment:
  - jetfleet.protobuf.attributes.action
options:
  state:
    description:
      - V(present) applies O(plan).
      - V(absent) removes what this module installed, and puts back the module and the files of C(/usr/local) that were there before it came first.
        A module that was installed by other means since stays. The packages of the distribution are not touched.
    type: str
    choices: [present, absent]
    default: present
  plan:
    description: The result of M(jetfleet.protobuf.protobuf_plan) for this board. Required for O(state=present).
    type: dict
  parts:
    description:
      - What is installed. Without V(module) the Python module is left as it is, and not judged.
      - A library with another soname replaces the old one. A module that is linked to that can be imported all the time only
        if one task installs both.
    type: list
    elements: str
    choices: [library, module]
    default: [library, module]
  store:
    description: The artefact store on the controller. It is only read. Required for O(state=present).
    type: str
  executable:
    description: The Python interpreter on the board whose protobuf module is installed.
    type: str
    default: /usr/bin/python3
  source:
    description:
      - How the files get to the board.
      - With V(controller), they are sent over the connection, into a private folder below C(~/.cache/jetfleet) of the user
        who logs in. The transaction removes them from there. A file that is there already is not sent again.
      - With V(url), the board downloads them from O(url), which may be a mirror of the store or the address of
        M(jetfleet.protobuf.artefact_server). The sums still come from the controller.
    type: str
    choices: [controller, url]
    default: controller
  url:
    description: Address of the mirror. A file is at C(URL/ABI_KEY/NAME). Required for O(source=url).
    type: str
    default: ""
  allowed_signers:
    description:
      - Who may sign artefacts. A file as C(ssh-keygen -Y verify) wants it for O(signature=ssh), a file of public keys for
        O(signature=gpg). With nothing, no signature is asked for.
      - OpenSSH 8.2 or newer has to be on the controller, or C(gpgv).
    type: str
    default: ""
  signature:
    description: What the signature was made with.
    type: str
    choices: [ssh, gpg]
    default: ssh
  earlier_folder:
    description:
      - Folder on the controller in which what the board proves after the change is kept, as in the
        O(jetfleet.protobuf.protobuf_facts#module:earlier_folder) option of M(jetfleet.protobuf.protobuf_facts).
      - Nothing is taken over from there. A changed board proves everything.
    type: str
    default: ""
  load_time_budget:
    description: Seconds that loading a graph may take afterwards. With V(0), it is not judged.
    type: float
    default: 0
  constraint:
    description: Whether pip is kept from replacing the module later, by a constraint file.
    type: bool
    default: false
  restart_units:
    description:
      - Units of systemd that are restarted in this order as soon as the new is healthy, or the old is back, if files of protobuf have changed.
      - A unit that does not stay active counts as any other failure. The board goes back to what it was, and the units that were
        restarted are restarted on that once more.
      - A unit that does not exist or is masked, and a board without systemd, are refused before anything is changed.
      - Nothing else is ever restarted.
    type: list
    elements: str
    default: []
  restart_seconds:
    description: Seconds that each of O(restart_units) has to stay active after its restart.
    type: int
    default: 10
  lock_timeout:
    description: Seconds to wait for another transaction on the board.
    type: int
    default: 60
  dpkg_lock_timeout:
    description: Seconds to wait for another process that uses dpkg.
    type: int
    default: 300
  download_timeout:
    description:
      - Seconds that the downloads may take with all their repetitions, O(source=url).
      - Seconds after which no further attempt to send a file is made, O(source=controller).
    type: int
    default: 600
  download_retries:
    description:
      - How often a download or the sending of a file is tried again.
      - Between two attempts to send a file the pause is 1 second at first and doubles, to 30 seconds at most. Within each
        attempt C(ssh) connects again up to three times.
    type: int
    default: 3
  gather_subset:
    description: The facts that are read afterwards. The default is that of M(jetfleet.protobuf.protobuf_facts).
    type: list
    elements: str
  timeout:
    description: Seconds that each child process may take that reads facts.
    type: int
    default: 60
  time_budget:
    description: Seconds after which the load time is not measured once more.
    type: float
    default: 30
  values:
    description: Number of values in the graph that is loaded to measure the load time.
    type: int
    default: 1000000
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying target.
    support: full
    details:
      - In check mode no board is connected to with O(state=present). Files that the artefact store does not hold yet are not an error then.
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
seealso:
  - module: jetfleet.protobuf.protobuf_plan
  - module: jetfleet.protobuf.artefact_store
  - module: jetfleet.protobuf.artefact_server
"""

EXAMPLES = r"""
- name: Decide what has to change
  jetfleet.protobuf.protobuf_plan:
    facts: "{{ ansible_facts.jetfleet }}"
    desired:
      version: 3.6.0
      source_sha256: 1532154addf85080330fdd037949d4653dfce16550df5c70ea0cd212d8aff3af
    store: ~/.local/share/jetfleet/artefacts
  register: plan

- name: Install, if the release team has signed the files
  jetfleet.protobuf.protobuf_install:
    plan: "{{ plan }}"
    store: ~/.local/share/jetfleet/artefacts
    allowed_signers: ~/.config/jetfleet/allowed_signers
  become: true

- name: Install files from a mirror near the boards
  jetfleet.protobuf.protobuf_install:
    plan: "{{ plan }}"
    store: ~/.local/share/jetfleet/artefacts
    source: url
    url: https://mirror.example.com/jetfleet
    load_time_budget: 2
  become: true

- name: Remove it, and put back what was there before
  jetfleet.protobuf.protobuf_install:
    state: absent
  become: true
"""

RETURN = r"""
rolled_back:
  description:
    - Whether the board was changed and went back to what it was, because it was not healthy.
    - V(false) also when something was refused before the board was connected to.
  returned: always
  type: bool
  sample: false
reason:
  description: Why it went back. None where it did not.
  returned: when the board was connected to
  type: str
  sample: The protobuf module parses with the python backend instead of cpp.
restart_needed:
  description:
    - The processes that still use a protobuf that was replaced, in the end.
    - Each is as in RV(jetfleet.protobuf.protobuf_facts#module:ansible_facts.jetfleet.processes.old).
  returned: when the board was connected to
  type: list
  elements: dict
restart_units:
  description: The units that would be restarted.
  returned: in check mode, and where there is nothing to do
  type: list
  elements: str
  sample: [detector.service]
failed_units:
  description: A sentence for each unit that did not stay active on what the board was put back to.
  returned: when the board was connected to
  type: list
  elements: str
  sample: []
msg:
  description: What is wrong, what the board is now and what to do, in one sentence.
  returned: failure
  type: str
  sample: >-
    The artefact protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d is not signed and
    jetfleet_allowed_signers asks for a signature: sign it, or empty jetfleet_allowed_signers.
ansible_facts:
  description: The facts of the board as it is now, also when it went back.
  returned: when the board was connected to
  type: dict
  contains:
    jetfleet:
      description: As M(jetfleet.protobuf.protobuf_facts) returns them.
      type: dict
"""
