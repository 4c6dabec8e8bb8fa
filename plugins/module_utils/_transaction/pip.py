# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run pip once, as the user to whom its interpreter belongs."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import shutil

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.pip_environment import pip_environment
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import make_folder
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import interpreter_identity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import telling_line

_TIMEOUT = 900


def install_wheel(layout, wheel, pip_install):
    """Install a wheel, given by its path, with the arguments that the plan names."""
    uid, gid = interpreter_identity(pip_install[0])
    make_folder(layout.wheel, 0o755)
    readable = os.path.join(layout.wheel, os.path.basename(wheel))
    shutil.copyfile(wheel, readable)
    os.chmod(readable, 0o644)
    scratch = os.path.join(layout.wheel, "tmp")
    make_folder(scratch, 0o700)
    os.chown(scratch, uid, gid)
    # A pip that outlives a killed run would write while the next run does.
    command, environment = list(pip_install) + [readable], pip_environment(scratch, uid)
    ended = run_process(command, _TIMEOUT, environment, (uid, gid), dies_with_parent=True)
    if ended["status"] != "ok":
        detail = telling_line(ended["stdout"] + "\n" + ended["stderr"], ended["cause"] or ended["status"])
        raise Failure("pip could not install {0} ({1}): repair pip.".format(os.path.basename(wheel), detail))
