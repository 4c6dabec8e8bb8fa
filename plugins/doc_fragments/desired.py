# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment:
    """The option with the desired state of a board."""

    DOCUMENTATION = r"""
options:
  desired:
    description: The desired state of the board.
    type: dict
    suboptions:
      version:
        description: Release of protobuf, from 3.6.0 to 3.21.12. The Python module of 3.21.x is 4.21.x.
        type: str
        default: 3.6.0
      source_sha256:
        description: SHA-256 of the source archive. The default is that of C(protobuf-all-3.6.0.tar.gz).
        type: str
        default: 1532154addf85080330fdd037949d4653dfce16550df5c70ea0cd212d8aff3af
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
      executable:
        description: The interpreter whose protobuf module is managed.
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
