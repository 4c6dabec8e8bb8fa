# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Have pip install a wheel into a folder that stands for /, as root below /usr and elsewhere as the owner of the folder."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import shutil
import zipfile

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.pip_environment import pip_environment
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import make_folder
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import interpreter_identity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import telling_line

_TIMEOUT = 900
# pip compiles under the names of the staged files: byte code that names the files where they will be is made anew.
_COMPILE = "import compileall, sys; compileall.compile_dir(sys.argv[1], ddir=sys.argv[2], force=True, quiet=1)"


def stage_wheel(layout, wheel, pip_install, executable, purelib, root):
    """Install a wheel, given by its path, below root, and return where purelib is there."""
    identity = interpreter_identity(executable)
    make_folder(layout.wheel, 0o755)
    readable = os.path.join(layout.wheel, os.path.basename(wheel))
    shutil.copyfile(wheel, readable)
    os.chmod(readable, 0o644)
    scratch = os.path.join(layout.wheel, "tmp")
    make_folder(scratch, 0o700)
    os.chown(scratch, *identity)
    staged = root + purelib
    environment = pip_environment(scratch, identity[0])
    _run(list(pip_install) + ["--root", root, readable], environment, identity, wheel)
    if not os.path.isfile(os.path.join(staged, "google", "protobuf", "__init__.py")):
        raise Refusal(
            "pip does not install {0} to {1}: remove the settings of pip or distutils that name another folder.".format(
                os.path.basename(wheel), purelib
            )
        )
    _run([executable, "-c", _COMPILE, staged, purelib], environment, identity, wheel)
    return staged


def wheel_bytes(wheel):
    """Return the size of the files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return sum(item.file_size for item in archive.infolist())


def _run(command, environment, identity, wheel):
    # A pip that outlives a killed run would write while the next run does.
    ended = run_process(command, _TIMEOUT, environment, identity, dies_with_parent=True)
    if ended["status"] != "ok":
        detail = telling_line(ended["stdout"] + "\n" + ended["stderr"], ended["cause"] or ended["status"])
        raise Refusal("pip could not install {0} ({1}): repair pip.".format(os.path.basename(wheel), detail))
