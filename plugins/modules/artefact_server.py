#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: artefact_server
short_description: "[INTERNAL] Serve build artefacts from a builder to boards"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Starts a small HTTP server on a builder, for boards that reach the builder better than the controller.
  - It serves the named files read-only and nothing else, below a random path. It runs on when the module has returned,
    as the user who started it, and ends by itself.
  - HTTP does not say whether a file is genuine. Boards learn the SHA-256 of each file over SSH, and refuse any other.
  - A range of a file can be asked for, so an interrupted download can be resumed.
options:
  state:
    description:
      - With V(started), one more server is started. Every server has its own O(token).
      - With V(stopped), the server of O(token) is stopped, if it still runs.
    type: str
    choices: [started, stopped]
    default: started
  files:
    description: Paths of the files. Each is served under its own name. Required for O(state=started).
    type: list
    elements: path
  abi_key:
    description: The ABI key that the files were built for. It is the last folder of the address. Required for O(state=started).
    type: str
  address:
    description: The address to listen on. The default is every IPv4 address of the builder, V(::) is every address.
    type: str
    default: 0.0.0.0
  port:
    description: The port to listen on. With V(0), the kernel chooses one that is free.
    type: int
    default: 0
  lifetime:
    description: Seconds after which the server ends, whatever happens.
    type: int
    default: 3600
  token:
    description: What RV(token) was when the server was started. Required for O(state=stopped).
    type: str
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
seealso:
  - module: jetfleet.protobuf.protobuf_install
"""

EXAMPLES = r"""
- name: Serve what was built
  jetfleet.protobuf.artefact_server:
    files:
      - /home/nvidia/.cache/jetfleet/build/artefacts/jetfleet-libprotobuf_3.6.0+jetfleet.1a2b3c4d_arm64.deb
      - /home/nvidia/.cache/jetfleet/build/wheel/protobuf-3.6.0-cp36-cp36m-linux_aarch64.whl
    abi_key: protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d
    lifetime: 1800
  register: server

- name: Show where boards find it
  ansible.builtin.debug:
    msg: "http://{{ ansible_host }}:{{ server.port }}/{{ server.token }}"

- name: Stop serving
  jetfleet.protobuf.artefact_server:
    state: stopped
    token: "{{ server.token }}"
"""

RETURN = r"""
port:
  description: The port that the server listens on. V(0) in check mode with O(port=0).
  returned: O(state=started)
  type: int
  sample: 41237
token:
  description:
    - The random part of the address. A file is at C(http://ADDRESS:PORT/TOKEN/ABI_KEY/NAME).
    - Empty in check mode.
  returned: O(state=started)
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts.file_server import (
    ServerError,
    is_running,
    start,
    stop,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import convert_text


def run(module):
    parameters = module.params
    if parameters["state"] == "stopped":
        token = parameters["token"]
        return dict(changed=is_running(token) if module.check_mode else stop(token))
    if parameters["lifetime"] <= 0:
        raise ServerError("lifetime is {0}: give a number of seconds greater than 0.".format(parameters["lifetime"]))
    if module.check_mode:
        return dict(changed=True, port=parameters["port"], token="")
    names = ("files", "abi_key", "address", "port", "lifetime")
    port, token = start(*[parameters[name] for name in names])
    return dict(changed=True, port=port, token=token)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            state=dict(type="str", choices=["started", "stopped"], default="started"),
            files=dict(type="list", elements="path"),
            abi_key=dict(type="str", no_log=False),
            address=dict(type="str", default="0.0.0.0"),
            port=dict(type="int", default=0),
            lifetime=dict(type="int", default=3600),
            # Part of an address, and no secret that anything depends on.
            token=dict(type="str", no_log=False),
        ),
        required_if=[("state", "started", ["files", "abi_key"]), ("state", "stopped", ["token"])],
        supports_check_mode=True,
    )
    convert_text(module)
    try:
        module.exit_json(**run(module))
    except ServerError as error:
        module.fail_json(msg=str(error))
    except EnvironmentError as error:
        module.fail_json(
            msg="The server of artefacts cannot be started ({0}): make room and write access in the home directory.".format(
                error.strerror
            )
        )


if __name__ == "__main__":
    main()
