#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name.

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: protobuf_plan
short_description: Plan what has to change on a host
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Compares the facts of a board with its desired state, and returns what has to be done, in which order and why.
    Also returns why a board must not be changed, and why a host cannot compile.
  - Reads the board with M(jetfleet.protobuf.protobuf_facts) unless O(facts) are given. Everything is decided on the
    controller, and nothing is changed.
extends_documentation_fragment:
  - jetfleet.protobuf.desired
  - jetfleet.protobuf.attributes.action
options:
  facts:
    description:
      - The facts of the board, as M(jetfleet.protobuf.protobuf_facts) returns them in C(ansible_facts.jetfleet).
        The subsets V(board), V(python), V(module), V(libraries), V(packages) and V(installation) are needed.
      - Without them the board is read, with O(facts_options).
    type: dict
  facts_options:
    description: Options of M(jetfleet.protobuf.protobuf_facts), for the reading of the board.
    type: dict
    default: {}
  from_variables:
    description:
      - Options and suboptions by the names of the variables that hold their values, as the roles of the collection do.
        A variable that is not defined leaves the option to its default.
      - For fleets. It gives the same as templates at a tenth of their cost.
    type: dict
    default: {}
  store:
    description: The artefact store on the controller, which is only read.
    type: str
    default: ~/.local/share/jetfleet/artefacts
  source:
    description:
      - Where M(jetfleet.protobuf.protobuf_install) gets the artefact from. V(builder) is an HTTP server on the host that built it.
      - With V(url), a board whose clock is wrong is refused a download over TLS.
    type: str
    choices: [controller, url, builder]
    default: controller
  url:
    description: Address of the artefacts, for O(source=url).
    type: str
    default: ""
  allowed_signers:
    description:
      - File with the keys whose signature a stored artefact must have. OpenSSH's allowed signers, or a keyring with O(signature=gpg).
      - Without it, no signature is required.
    type: str
    default: ""
  signature:
    description: Kind of the signature.
    type: str
    choices: [ssh, gpg]
    default: ssh
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying target.
    support: full
    details:
      - RV(ignore:changed) is V(true) only in check mode, if the board would be changed.
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: full
seealso:
  - module: jetfleet.protobuf.protobuf_facts
  - module: jetfleet.protobuf.artefact_store
"""

EXAMPLES = r"""
- name: Read the board and plan what has to change
  jetfleet.protobuf.protobuf_plan:
    desired:
      linkage: shared
  register: plan

- name: Read the board by itself
  jetfleet.protobuf.protobuf_facts:

- name: Plan what has to change, without connecting to the board
  jetfleet.protobuf.protobuf_plan:
    facts: "{{ ansible_facts.jetfleet }}"
    store: ~/.local/share/jetfleet/artefacts
  register: plan
"""

RETURN = r"""
ansible_facts:
  description: The facts that the plan is based on, below C(jetfleet), as M(jetfleet.protobuf.protobuf_facts) returns them.
  returned: success
  type: dict
  sample: {}
abi_key:
  description: Name of the artefact for this board and all boards like it. None where the facts of the board are incomplete.
  returned: success
  type: str
  sample: protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu_1a2b3c4d
digest:
  description: First eight digits of the SHA-256 of RV(inputs) in canonical JSON.
  returned: success
  type: str
  sample: 1a2b3c4d
inputs:
  description: What the content of an artefact depends on, in addition to the platform.
  returned: success
  type: dict
  sample:
    version: 3.6.0
    source_sha256: 1532154addf85080330fdd037949d4653dfce16550df5c70ea0cd212d8aff3af
    linkage: static
    wheel: build
    cxxflags: -O2 -DNDEBUG
    recipe: 1
wheel_provider:
  description: V(build) or V(pypi).
  returned: success
  type: str
  sample: build
wheel:
  description: The wheel for this board. None where the facts of the board are incomplete or PyPI has no wheel.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the file.
      type: str
      sample: protobuf-3.20.3-cp38-cp38-manylinux2014_aarch64.whl
    sha256:
      description: Its SHA-256. None if it has not been built yet.
      type: str
      sample: f4c42102bc82a51108e449cbb32b19b180022941c727bac0cfd50170341f16ee
    requirement:
      description: The requirement to pass to pip. Only with RV(wheel_provider=pypi).
      type: str
      sample: protobuf==3.20.3
    pip_options:
      description: Options of C(pip download) that select only this wheel. Only with RV(wheel_provider=pypi).
      type: list
      elements: str
      sample: [--no-deps, "--only-binary=:all:", --require-hashes]
artefact:
  description: The manifest for RV(abi_key) in the artefact store. None where there is none, or where a file is missing.
  returned: success
  type: dict
needs_build:
  description: Whether an artefact has to be installed that is not in the artefact store.
  returned: success
  type: bool
  sample: true
actions:
  description: The actions that are needed, in this order. Empty where the board has its desired state.
  returned: success
  type: list
  elements: dict
  contains:
    action:
      description:
        - V(install_packages), V(adopt_files), V(install_library), V(refresh_linker_cache), V(install_module), V(remove_copy),
          V(unlist_copy), V(write_constraint), V(remove_constraint) or V(finish_transaction).
      type: str
      sample: install_module
    reason:
      description: The reason, in one sentence.
      type: str
      sample: The protobuf module parses with the python backend instead of cpp.
    packages:
      description: The distribution's packages. With V(install_packages).
      type: list
      elements: str
      sample: [python3-six]
    paths:
      description: The files that no package owns. With V(adopt_files).
      type: list
      elements: str
      sample: [/usr/local/lib/libprotobuf.so.16.0.0]
    package:
      description: Name of the collection's package. With V(install_library).
      type: str
      sample: jetfleet-libprotobuf
    version:
      description: Version to install, or of the copy.
      type: str
      sample: 3.6.0+jetfleet.1a2b3c4d
    soname:
      description: What the linker cache lacks. With V(refresh_linker_cache).
      type: str
      sample: libprotobuf.so.16
    location:
      description: Entry of the module path, or an egg. With V(remove_copy) and V(unlist_copy).
      type: str
      sample: /usr/local/lib/python3.6/dist-packages/protobuf-3.6.0-py3.6-linux-aarch64.egg
    installer:
      description: What installed the copy. With V(remove_copy).
      type: str
      sample: egg
    file:
      description: The copy's C(__init__.py). With V(remove_copy).
      type: str
      sample: /usr/local/lib/python3.6/dist-packages/protobuf-3.6.0-py3.6-linux-aarch64.egg/google/protobuf/__init__.py
    listed_in:
      description: What is changed so that Python no longer finds the copy, whose files stay. With V(unlist_copy).
      type: str
      sample: /usr/local/lib/python3.6/dist-packages/easy-install.pth
packages:
  description: The distribution's packages of all RV(actions).
  returned: success
  type: list
  elements: str
  sample: [python3-six]
pip_install:
  description: Command, as a list, that installs a wheel for all users without network access. The wheel's path has to be appended.
  returned: success
  type: list
  elements: str
  sample: [/usr/bin/python3, -s, -m, pip, --disable-pip-version-check, install, --no-index, --no-deps, --upgrade, --force-reinstall]
expected:
  description: What the facts of the board should show after a successful installation.
  returned: success
  type: dict
  contains:
    python_version:
      description: Version of the Python module.
      type: str
      sample: 3.6.0
    soname_major:
      description: Major number of the library. None with RV(wheel_provider=pypi).
      type: int
      sample: 16
    linkage:
      description: How the extension is linked. None with RV(wheel_provider=pypi).
      type: str
      sample: static
refusals:
  description: Why this board must not be changed, one sentence each.
  returned: success
  type: list
  elements: str
  sample: ["The architecture armhf is not supported: use a board with one of arm64, amd64."]
build_refusals:
  description: Why this host cannot compile, one sentence each. It can still use what another host compiled.
  returned: success
  type: list
  elements: str
  sample: ["800 MB are free in /home/nvidia and 1500 MB are needed to build: make room there."]
notices:
  description: What the owner of the board should know, one sentence each.
  returned: success
  type: list
  elements: str
  sample:
    - "/etc/profile.d/protobuf.sh line 1 sets PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=cpp, which breaks every protobuf without that backend: remove that line."
build:
  description: How this host would build the artefact.
  returned: success
  type: dict
  contains:
    jobs:
      description: Number of parallel compilers. One for each core, as far as the free memory suffices.
      type: int
      sample: 4
    test_jobs:
      description: Number of parallel compilers for the library's own tests, which need more memory.
      type: int
      sample: 3
    cxxflags:
      description: Flags for the library.
      type: str
      sample: -O2 -DNDEBUG
    wheel_cxxflags:
      description: Flags for the Python extension.
      type: str
      sample: -O2 -DNDEBUG -std=c++11 -fpermissive
    environment:
      description: Environment variables for C(setup.py).
      type: dict
      sample: {"SETUPTOOLS_USE_DISTUTILS": "stdlib"}
    python_version:
      description: Version of the Python module.
      type: str
      sample: 4.21.12
    soname_major:
      description: Major number of the library.
      type: int
      sample: 16
    cpu_count:
      description: Cores of the host.
      type: int
      sample: 4
"""
