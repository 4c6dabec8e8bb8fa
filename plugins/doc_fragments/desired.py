# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment:
    """The option that says what a board should be."""

    DOCUMENTATION = r"""
options:
  desired:
    description: What the board should be.
    type: dict
    required: true
    suboptions:
      version:
        description: Release of protobuf, from 3.6.0 to 3.21.12. The Python module of 3.21.x is 4.21.x.
        type: str
        required: true
      source_sha256:
        description: SHA-256 of the source archive.
        type: str
        required: true
      linkage:
        description:
          - With V(static) the Python extension carries its own copy of the library.
          - With V(shared) it is linked to the library in C(/usr/local/lib). PyPI's wheels are never linked so.
        type: str
        choices: [static, shared]
        default: static
      wheel:
        description:
          - With V(pypi) the wheel is PyPI's, with V(build) it is compiled.
          - V(auto) takes PyPI's where it has one with C++ inside for this board, and compiles otherwise.
        type: str
        choices: [auto, build, pypi]
        default: auto
      cxxflags:
        description: Flags of the compiler.
        type: str
        default: -O2 -DNDEBUG
      prefix:
        description: Where the library is installed.
        type: str
        choices: [/usr/local]
        default: /usr/local
      executable:
        description: The interpreter whose protobuf module is looked after.
        type: str
        default: /usr/bin/python3
      adopt:
        description: Whether protobuf's files below C(/usr/local) that belong to no package are taken over. Without it the board is refused.
        type: bool
        default: false
      pip_constraint:
        description: Whether pip is held to the version by a constraint file.
        type: bool
        default: false
"""
