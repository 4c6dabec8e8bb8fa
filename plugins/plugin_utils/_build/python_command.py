# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The builder's Python, isolated from everything else that is installed beside it.

Without -S, Python would run every .pth file, sitecustomize and usercustomize that it finds,
and setuptools before 31 fails because of the .pth file that pip's protobuf has. So it gets the one folder that it needs.
Python 2.7 has -S too, but loses its effect when setuptools imports site: there only the start is kept clean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.abi import DISTRIBUTION_PREFIX
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.releases import major_minor
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Python

# The variables that Python, distutils and setuptools read. A login of the builder's user may set them, so the names are
# only known there.
_CLEANED = (
    "for name in $(env | sed -En 's/^((_?PYTHON|SETUPTOOLS_|DIST_|DISTUTILS_)[A-Za-z0-9_]*)=.*/\\1/p'); do "
    'unset "$name"; done; exec env "$@"'
)


class BuildPython:
    """The interpreter that runs setup.py, and where it finds setuptools and wheel."""

    def __init__(self, facts: Python, executable: str) -> None:
        """Take the builder's fact python and the path of its managed interpreter."""
        major, minor = major_minor(facts["version"]) or (3, 0)
        base = facts["base_prefix"]
        self.version = f"{major}.{minor}"
        self.stdlib = f"{base}/lib/python{self.version}"
        # Only the site module, which -S leaves out, makes old virtual environments whole. What is compiled is the same.
        self.executable = f"{base}/bin/python{self.version}" if facts["virtualenv"] else executable
        # build_deps installs the distribution's setuptools and wheel.
        packages = "/usr/lib/python3/dist-packages" if major == 3 else f"{self.stdlib}/dist-packages"
        self.packages = packages if base == DISTRIBUTION_PREFIX else facts["purelib"] or ""

    def run(self, arguments: Sequence[str], variables: Mapping[str, str], path: Sequence[str] = ()) -> list[str]:
        """Return the command that runs a script with these variables, and modules of path before all others."""
        # The standard library before setuptools, as always: its folder may hold an enum or a typing of PyPI, too.
        modules = ":".join([*path, self.stdlib, self.packages])
        own = {**variables, "PYTHONNOUSERSITE": "1", "PYTHONPATH": modules}
        assignments = [f"{name}={value}" for name, value in sorted(own.items())]
        return ["sh", "-ec", _CLEANED, "env", *assignments, self.executable, "-S", *arguments]
