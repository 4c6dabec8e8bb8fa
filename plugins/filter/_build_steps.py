# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter build_steps."""

from __future__ import annotations

DOCUMENTATION = r"""
name: _build_steps
short_description: "[INTERNAL] Compute where an artefact is built and by which steps"
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Turns the plan for a board into the steps that M(jetfleet.protobuf.build_job) runs on a builder. The roles
    P(jetfleet.protobuf.libprotobuf#role) and P(jetfleet.protobuf.python_protobuf#role) call it.
  - The folder of the library does not depend on the linkage of the Python module nor on the Python.
positional: _input, board, builder, options
options:
  _input:
    description: The plan for the board, as M(jetfleet.protobuf.protobuf_plan) returns it.
    type: dict
    required: true
  board:
    description: Facts of the board that is built for.
    type: dict
    required: true
  builder:
    description: Facts of the host that builds.
    type: dict
    required: true
  options:
    description:
      - The keys C(parent) (folder of all builds), C(executable) (the builder's Python), C(make_check), C(run_tests), C(jobs) and C(test_jobs).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the steps of a build
  ansible.builtin.debug:
    msg: "{{ jetfleet_plan | jetfleet.protobuf._build_steps(facts, facts, options) }}"
  vars:
    facts: "{{ jetfleet_plan.ansible_facts.jetfleet }}"
    options:
      parent: /home/nvidia/src
      executable: /usr/bin/python3
      make_check: false
      run_tests: false
      jobs: 4
      test_jobs: 3
"""

RETURN = r"""
_value:
  description: Folders, names and steps.
  type: dict
  contains:
    directory:
      description: The private folder of the library's build.
      type: str
      sample: /home/nvidia/src/protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_5e6f7a8b
    native_directory:
      description: Folder of the protoc that runs on the builder, null when board and builder have the same architecture.
      type: str
    own_directory:
      description: Folder of what belongs to the ABI key alone.
      type: str
    gnu_type:
      description: GNU's name of the board's architecture, with which the names of the compilers begin.
      type: str
      sample: aarch64-linux-gnu
    package:
      description: Name of the Debian package.
      type: str
      sample: jetfleet-libprotobuf
    package_version:
      description: Version of the Debian package.
      type: str
      sample: 3.6.0+jetfleet.1a2b3c4d
    artefacts:
      description: Folders that hold the package and the wheel in the end.
      type: list
      elements: str
    configure:
      description: Options of C(configure).
      type: list
      elements: str
    cross_architecture:
      description: Debian's name of the board's architecture where it is not the builder's own, empty otherwise.
      type: str
    settings_steps:
      description:
        - Steps that find the build settings of the board's Python, where it is of another architecture. Steps are as the
          O(jetfleet.protobuf.build_job#module:steps) option of M(jetfleet.protobuf.build_job) takes them.
      type: list
      elements: dict
    library_steps:
      description: Steps that configure, make and package the library.
      type: list
      elements: dict
    wheel_steps:
      description: Steps that compile the wheel in the source tree of the library.
      type: list
      elements: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._build.steps import build_steps


class FilterModule:
    """Hand the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"_build_steps": build_steps}
