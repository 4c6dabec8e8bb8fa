# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refuses a controller that is too old, before anything else of the collection is imported there.

Ansible only warns where a collection asks for a newer core, and cannot be told of a Python. So this file is for any Python 3.
"""

from __future__ import annotations

import sys

from ansible.errors import AnsibleError
from ansible.release import __version__ as core

OLDEST_PYTHON = (3, 10)
# As requires_ansible in meta/runtime.yml.
OLDEST_CORE = (2, 15)

if sys.version_info[:2] < OLDEST_PYTHON or tuple(map(int, core.split(".")[:2])) < OLDEST_CORE:
    raise AnsibleError(
        "jetfleet.protobuf needs ansible-core 2.15 or newer with Python 3.10 or newer on the controller, and this is "
        "ansible-core {} with Python {}.{} ({}): make an environment with python3.10 -m venv or newer, install "
        "ansible-core into it, and run its ansible-playbook.".format(core, *sys.version_info[:2], sys.executable)
    )
