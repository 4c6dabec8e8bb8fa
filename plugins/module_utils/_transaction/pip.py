# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run pip once, as root for folders below /usr and as the owner of any other folder that it writes to."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import shutil
import sys

from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.permissions import owner_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.pip_environment import pip_environment
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import run_as_owner
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import child_source
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import make_folder
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import telling_line

_TIMEOUT = 900


def install_wheel(layout, wheel, pip_install, purelib):
    """Install a wheel, given by its path, with the arguments that the plan names."""
    uid, gid = owner_of(purelib)
    make_folder(layout.wheel, 0o755)
    readable = os.path.join(layout.wheel, os.path.basename(wheel))
    shutil.copyfile(wheel, readable)
    os.chmod(readable, 0o644)
    scratch = os.path.join(layout.wheel, "tmp")
    make_folder(scratch, 0o700)
    os.chown(scratch, uid, gid)
    source = child_source(run_as_owner)
    become = [sys.executable, "-c", source, str(os.getpid()), str(uid), str(gid)]
    ended = run_process(become + list(pip_install) + [readable], _TIMEOUT, pip_environment(scratch))
    if ended["status"] != "ok":
        detail = telling_line(ended["stdout"] + "\n" + ended["stderr"], ended["cause"] or ended["status"])
        raise Failure("pip could not install {0} ({1}): repair pip.".format(os.path.basename(wheel), detail))
