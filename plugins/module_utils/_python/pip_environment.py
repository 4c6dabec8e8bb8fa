# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment in which pip runs."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import utf8_locale


def pip_environment(scratch):
    """No configuration of anybody, and nothing left behind: old releases of pip keep what they replace in TMPDIR."""
    own = dict((name, value) for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "XDG_")))
    own.update(utf8_locale(own), HOME=scratch, TMPDIR=scratch, PYTHONNOUSERSITE="1", PIP_CONFIG_FILE=os.devnull)
    return own
