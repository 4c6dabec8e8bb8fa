# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Identify the board: hardware, L4T, distribution, free memory and disk space, clock."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import pwd
import re
import tempfile
import time

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.jetpack import jetpack_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import package_version
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import read_lines, read_text
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.host import (
    architecture,
    distribution,
    glibc,
    usable_cores,
)

_L4T_LINE = re.compile(r"^# R(\d+) \(release\), REVISION: ([\d.]+),")


def board_facts():
    """Return the facts `board`."""
    system = os.uname()
    release = l4t("/etc/nv_tegra_release") or _l4t_of_package(package_version("nvidia-l4t-core"))
    home = os.path.expanduser("~")
    memory = meminfo("/proc/meminfo")
    return dict(
        model=model("/proc/device-tree"),
        soc=soc("/proc/device-tree"),
        l4t=release,
        jetpack=jetpack_of(release),
        architecture=architecture(),
        machine=system[4],
        distribution=distribution("/etc/os-release", "/usr/lib/os-release"),
        glibc=glibc(),
        kernel=system[2],
        cpu_count=usable_cores(),
        memory_mb=memory.get("MemTotal"),
        memory_available_mb=memory.get("MemAvailable"),
        disk_free_mb=dict(
            root=disk_free_mb("/"),
            usr_local=disk_free_mb("/usr/local"),
            home=disk_free_mb(home),
            tmp=disk_free_mb(tempfile.gettempdir()),
        ),
        user=_user(),
        home=home,
        is_root=os.geteuid() == 0,
        clock=round(time.time(), 3),
        # Only the controller can tell.
        clock_offset_seconds=None,
    )


def model(device_tree):
    """Return the model in a device tree, None where there is none."""
    return (read_text(os.path.join(device_tree, "model")) or "").strip("\0\n") or None


def soc(device_tree):
    """Return NVIDIA's name of the chip (tegra210), None without one. Unlike the model, it never changed between releases."""
    for entry in (read_text(os.path.join(device_tree, "compatible")) or "").split("\0"):
        match = re.match(r"nvidia,(tegra\w+)$", entry)
        if match:
            return match.group(1)
    return None


def l4t(path):
    """Return the release in a file nv_tegra_release (32.7.1), None where it names none."""
    match = _L4T_LINE.match((read_lines(path) or [""])[0])
    return ".".join(match.groups()) if match else None


def _l4t_of_package(version):
    return version.split("-")[0] if version else None


def meminfo(path):
    """Return {name: MB} of a file such as /proc/meminfo."""
    pairs = (re.match(r"(\w+):\s+(\d+) kB", line) for line in read_lines(path))
    return dict((match.group(1), int(match.group(2)) // 1024) for match in pairs if match)


def disk_free_mb(path):
    """Return the MB that users can still write below a path, None where it does not exist."""
    try:
        status = os.statvfs(path)
    except EnvironmentError:
        return None
    return status.f_bavail * status.f_frsize // (1024 * 1024)


def _user():
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
