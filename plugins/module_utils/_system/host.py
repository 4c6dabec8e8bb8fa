# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Identify the software of this host: its distribution, its architecture, its C library."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import dpkg_architecture
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import read_lines

_CS_GNU_LIBC_VERSION = 2
# {kernel's name: Debian's name}, for hosts without dpkg.
_ARCHITECTURES = {"aarch64": "arm64", "x86_64": "amd64", "armv7l": "armhf", "i686": "i386"}


def architecture():
    """Return dpkg's name of the architecture."""
    machine = os.uname()[4]
    return dpkg_architecture() or _ARCHITECTURES.get(machine, machine)


def glibc():
    """Return the version of glibc, None where the C library is another one."""
    # By number, since Python 2.7 does not know the name; other C libraries do not know the number.
    try:
        return os.confstr(_CS_GNU_LIBC_VERSION).split()[-1]
    except (AttributeError, OSError, ValueError):
        return None


def usable_cores():
    """Return how many cores this process may use, without those that a power mode has switched off."""
    affinity = getattr(os, "sched_getaffinity", None)
    return os.sysconf("SC_NPROCESSORS_ONLN") if affinity is None else len(affinity(0))


def distribution(*paths):
    """Return id, version_id, codename and pretty_name from the first os-release file that exists."""
    lines = next((lines for lines in map(read_lines, paths) if lines), [])
    values = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    values = dict((key, value.strip().strip("\"'")) for key, value in values.items())
    # Before its first point release, Ubuntu 16.04 has its code name only in VERSION.
    in_version = re.search(r"\((\w+)[^)]*\)", values.get("VERSION", ""))
    return dict(
        id=values.get("ID"),
        version_id=values.get("VERSION_ID"),
        codename=values.get("VERSION_CODENAME") or (in_version.group(1).lower() if in_version else None),
        pretty_name=values.get("PRETTY_NAME"),
    )
