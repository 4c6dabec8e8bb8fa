#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: artefact_store
short_description: Store build artefacts by ABI key
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Stores the packages and wheels that one builder made in a folder of the artefact store, with a manifest of their
    SHA-256 sums. The folder appears complete or not at all, even when the run is killed.
  - A wheel or a package is stored only if every binary in it is for the machine, the Python ABI and the glibc that
    O(abi_key) names, and if its tags or its architecture agree. A wheel must contain the C++ extension.
  - The manifest can be signed, and with it every file. Anyone with a copy of the store can then verify its origin.
  - Artefacts that are stored and intact are never replaced, and not inspected again. Damaged ones are replaced.
  - A lock keeps two runs from building the same artefact.
  - Runs on the host that has the store, which is usually the controller. That host needs C(dpkg-deb), or a Python with
    C(lzma), for packages that are packed with xz.
extends_documentation_fragment:
  - jetfleet.protobuf.attributes.action
options:
  store:
    description: The artefact store. It is created if it does not exist.
    type: path
    required: true
  abi_key:
    description:
      - The ABI key, as M(jetfleet.protobuf.protobuf_plan) returns it. It names the platform that O(files) are checked for.
    type: str
    required: true
  state:
    description:
      - V(present) stores O(files) unless the key is there and intact.
      - V(verified) reads every stored file of the key and fails when one differs from what was stored.
      - V(locked) waits while another run has the lock of O(abi_key), says every 30 s who has it, and takes it. A run that has it keeps it. The lock
        ends with V(unlocked) or with the run of C(ansible-playbook), however that ends. A run that was killed leaves no lock behind.
      - V(unlocked) releases the lock, where this run has it.
      - V(locked) and V(unlocked) work on the controller. No host is connected to, and in check mode nothing is locked.
    type: str
    choices: [present, verified, locked, unlocked]
    default: present
  timeout:
    description: Seconds to wait for the lock before the task fails, for O(state=locked).
    type: int
    default: 14400
  files:
    description: Packages and wheels to store. Required for O(state=present).
    type: list
    elements: dict
    suboptions:
      path:
        description: The file. It is stored under its own name.
        type: path
        required: true
      sha256:
        description: The SHA-256 that its builder reported.
        type: str
        required: true
  manifest:
    description: Further entries of the manifest, for example the inputs of the build and the compiler.
    type: dict
    default: {}
  log:
    description:
      - The log of the build. Its last 8 MB are stored as C(build.log), and the manifest has their SHA-256 under C(log).
      - A file that does not exist is no error.
    type: path
  sign_with:
    description:
      - The key that signs the manifest. With nothing, the manifest is not signed.
      - The path of a private key for O(signature=ssh), the ID or the fingerprint of a secret key for O(signature=gpg).
        A key with a passphrase needs an agent that knows it.
      - An artefact that is stored, intact and not signed is signed in place if it is exactly the one that O(files) and O(manifest)
        describe. An existing signature is kept.
    type: str
    default: ""
  signature:
    description:
      - With V(ssh), C(ssh-keygen -Y sign) writes C(manifest.json.sig) for the namespace C(jetfleet-artefact).
        It needs OpenSSH 8.2 or newer.
      - With V(gpg), C(gpg) writes C(manifest.json.asc), a detached signature as text.
    type: str
    choices: [ssh, gpg]
    default: ssh
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
"""

EXAMPLES = r"""
- name: Store what the builder made
  jetfleet.protobuf.artefact_store:
    store: ~/.local/share/jetfleet/artefacts
    abi_key: protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d
    files:
      - path: /tmp/jetfleet.x7f2/protobuf-3.6.0-cp36-cp36m-linux_aarch64.whl
        sha256: 5d3b8f0a8e1f6c7d2b9a4e5f60718293a4b5c6d7e8f90123456789abcdef0123
    manifest:
      builder: nano-1
  delegate_to: localhost

- name: Store it and sign it
  jetfleet.protobuf.artefact_store:
    store: ~/.local/share/jetfleet/artefacts
    abi_key: protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d
    files:
      - path: /tmp/jetfleet.x7f2/protobuf-3.6.0-cp36-cp36m-linux_aarch64.whl
        sha256: 5d3b8f0a8e1f6c7d2b9a4e5f60718293a4b5c6d7e8f90123456789abcdef0123
    sign_with: ~/.ssh/jetfleet_release
  delegate_to: localhost

- name: Verify it before it is sent to boards
  jetfleet.protobuf.artefact_store:
    store: ~/.local/share/jetfleet/artefacts
    abi_key: protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d
    state: verified
  delegate_to: localhost

- name: Build once, however many runs need it
  block:
    - name: Wait for other runs that build the same
      jetfleet.protobuf.artefact_store:
        store: ~/.local/share/jetfleet/artefacts
        abi_key: protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d
        state: locked
      register: lock

    - name: Build and store it
      ansible.builtin.include_tasks: build_and_store.yml
      when: not lock.stored
  always:
    - name: Let other runs build
      jetfleet.protobuf.artefact_store:
        store: ~/.local/share/jetfleet/artefacts
        abi_key: protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d
        state: unlocked
"""

RETURN = r"""
manifest:
  description:
    - The manifest that the store holds for the key. In check mode, the one that it would hold.
  returned: when O(state) is V(present) or V(verified)
  type: dict
  contains:
    abi_key:
      description: The key.
      type: str
      sample: protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d
    files:
      description: C(sha256) and C(bytes) of every stored file by its name.
      type: dict
      sample:
        protobuf-3.6.0-cp36-cp36m-linux_aarch64.whl:
          sha256: 5d3b8f0a8e1f6c7d2b9a4e5f60718293a4b5c6d7e8f90123456789abcdef0123
          bytes: 1654321
    extensions:
      description: SHA-256 of every compiled part of the wheel by its path there.
      type: dict
      sample:
        google/protobuf/pyext/_message.cpython-36m-aarch64-linux-gnu.so: 7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730
    log:
      description: C(name), C(sha256) and C(bytes) of the log of the build, in the folder of the key. Where O(log) is given.
      type: dict
      sample:
        name: build.log
        sha256: 0c5d3b8f0a8e1f6c7d2b9a4e5f60718293a4b5c6d7e8f90123456789abcdef01
        bytes: 734218
stored:
  description: Whether the store holds the artefact, which the run that had the lock may have built. Judged by presence and size of the files.
  returned: when O(state) is V(locked) or V(unlocked)
  type: bool
  sample: false
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts.signing import Signer, SigningError
from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts.store import (
    StoredArtefact,
    StoreError,
    check_key,
    put,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import convert_text


def main():
    module = AnsibleModule(
        argument_spec=dict(
            store=dict(type="path", required=True),
            abi_key=dict(type="str", required=True, no_log=False),
            # The action plugin does the last two.
            state=dict(type="str", choices=["present", "verified", "locked", "unlocked"], default="present"),
            timeout=dict(type="int", default=14400),
            files=dict(
                type="list",
                elements="dict",
                options=dict(
                    path=dict(type="path", required=True),
                    sha256=dict(type="str", required=True),
                ),
            ),
            manifest=dict(type="dict", default={}),
            log=dict(type="path"),
            sign_with=dict(type="str", default=""),
            signature=dict(type="str", choices=["ssh", "gpg"], default="ssh"),
        ),
        required_if=[("state", "present", ["files"])],
        supports_check_mode=True,
    )
    convert_text(module)
    store, abi_key = module.params["store"], module.params["abi_key"]
    try:
        check_key(abi_key)
        if module.params["state"] == "verified":
            module.exit_json(changed=False, manifest=StoredArtefact(store, abi_key).verify())
        files, manifest = module.params["files"], module.params["manifest"]
        sign_with = module.params["sign_with"]
        signer = Signer(module.params["signature"], sign_with) if sign_with else None
        stored, changed, kept = put(
            store, abi_key, files, manifest, not module.check_mode, signer, module.params["log"]
        )
    except (StoreError, SigningError) as error:
        module.fail_json(msg=str(error))
    except (IOError, OSError) as error:
        module.fail_json(
            msg="The artefact store {0} cannot be written ({1}): free some space there, or make it writable.".format(
                store, error.strerror
            )
        )
    if kept:
        module.warn(
            "The artefact store already holds other files for {0} and keeps them: "
            "delete {1} first if the new ones are wanted.".format(abi_key, os.path.join(store, abi_key))
        )
    module.exit_json(changed=changed, manifest=stored)


if __name__ == "__main__":
    main()
