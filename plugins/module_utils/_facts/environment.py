# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out where protobuf's backend variables are exported for a whole host or login."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import glob
import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import BACKEND_VARIABLES
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import read_lines
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.homes import homes

PROCESS = "(process)"
_SYSTEM_FILES = ("/etc/environment", "/etc/profile", "/etc/profile.d/*.sh", "/etc/bash.bashrc")
_LOGIN_FILES = (".profile", ".bashrc", ".bash_profile")
_ASSIGNMENT = re.compile(
    r"""(?:^|[\s;])({0})=(?:"([^"]*)"|'([^']*)'|([^\s;#&|"']*))""".format("|".join(BACKEND_VARIABLES))
)
_COMMENT = re.compile(r"(^|\s)#.*")


def environment_facts(root="/"):
    """Return the facts `environment`: file, line, variable and value of every assignment."""
    found = []
    for path in _files(root):
        for number, line in enumerate(read_lines(path), 1):
            found.extend(_assignments(path, number, line))
    for variable in BACKEND_VARIABLES:
        if variable in os.environ:
            found.append(dict(file=PROCESS, line=None, variable=variable, value=os.environ[variable]))
    return found


def _files(root):
    for pattern in _SYSTEM_FILES:
        for path in sorted(glob.glob(os.path.join(root, pattern.lstrip("/")))):
            yield path
    for home in homes():
        for name in _LOGIN_FILES:
            yield os.path.join(home, name)


def _assignments(path, number, line):
    for match in _ASSIGNMENT.finditer(_COMMENT.sub("", line)):
        in_quotes, in_single_quotes, bare = match.groups()[1:]
        yield dict(file=path, line=number, variable=match.group(1), value=in_quotes or in_single_quotes or bare or "")
