# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Provide the environment that pip runs in."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import environment_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import utf8_locale


def pip_environment(scratch, uid):
    """Return environment variables for pip, without any user's configuration.

    scratch: a folder for temporary files, since old releases of pip leave what they replace in TMPDIR; uid: of the user that
    it runs as.
    """
    inherited = environment_of(uid)
    own = dict((name, value) for name, value in inherited.items() if not name.startswith(("PIP_", "PYTHON", "XDG_")))
    own.update(utf8_locale(own), HOME=scratch, TMPDIR=scratch, PYTHONNOUSERSITE="1", PIP_CONFIG_FILE=os.devnull)
    return own
