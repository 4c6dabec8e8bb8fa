# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand-alone script for builders of another architecture: finds the build settings of the board's Python.

Arguments: folder of the standard library, ABI (SOABI, or the multiarch triplet for Python 2.7, which has none), folder
to copy the settings to, package that they come with.

Every Python keeps its compilers, flags and names of extensions in a module, and Debian and Ubuntu put those of all
architectures beside each other, under a name that has changed with the releases:

3.5           plat-aarch64-linux-gnu/_sysconfigdata_m.py (2.7: _sysconfigdata_nd.py)
3.6, 3.7      _sysconfigdata_m_linux_aarch64-linux-gnu.py
3.7, 3.8 on   _sysconfigdata_m_aarch64-linux-gnu.py, _sysconfigdata__aarch64-linux-gnu.py

So they are known by what is in them. Copied as _sysconfigdata, they are used by Python 2.7 and 3.5, which import that
name, and by newer ones, which are given the name.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import ast
import glob
import io
import os
import shutil
import sys

_PLACES = ("_sysconfigdata*.py", "plat-*/_sysconfigdata*.py")


def settings_in(path):
    """The settings in a file; none where it holds none, as that of 3.5 which only imports another."""
    try:
        with io.open(path, "rb") as stream:
            tree = ast.parse(stream.read())
        for node in tree.body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "build_time_vars":
                return dict(ast.literal_eval(node.value))
    except (EnvironmentError, SyntaxError, TypeError, ValueError):
        pass  # whatever this is, no Python could use it
    return {}


def abi_of(settings):
    # The debug build of 2.7 has the same triplet and other names of extensions.
    return settings.get("SOABI") or (not settings.get("Py_DEBUG") and settings.get("MULTIARCH"))


def find(folder, abi):
    """The file with the settings of an ABI, None where there is none."""
    for place in _PLACES:
        for path in sorted(glob.glob(os.path.join(folder, place))):
            if abi_of(settings_in(path)) == abi:
                return path
    return None


def main():
    folder, abi, destination, package = sys.argv[1:]
    found = find(folder, abi)
    if found is None:
        sys.exit(
            "Build settings of Python for {0} were not found below {1}: install {2} on the builder, or build on a host "
            "with the architecture of the board.".format(abi, folder, package)
        )
    if not os.path.isdir(destination):
        os.makedirs(destination)
    shutil.copyfile(found, os.path.join(destination, "_sysconfigdata.py"))
    print("Build settings of Python for {0}: {1}".format(abi, found))


if __name__ == "__main__":
    main()
