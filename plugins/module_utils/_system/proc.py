# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel tells of the processes that run, below /proc.

A process can end at any moment, and what is read of it then is None.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections
import errno
import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import read_text

_KERNEL_THREAD = 0x00200000
# The permissions of a mapping, its offset and its device stand before inode and path.
# Not raw: ruff format makes rb of br, which Python 2 does not know.
_MAPPING = re.compile(b"^[0-9a-f]+-[0-9a-f]+ [^ \\n]+ [^ \\n]+ [^ \\n]+ +([0-9]+) +(/.*)$", re.MULTILINE)
_DELETED = " (deleted)"
# The hierarchies that systemd itself uses: that of version 1, and version 2.
_GROUP = re.compile(r"\d+:(name=systemd|):(/.*)\Z")
_UNIT = re.compile(r"[^/]+\.(?:service|socket|mount|swap|scope)\Z")
_USER_MANAGER = re.compile(r"user@\d+\.service\Z")

_UNIT_NAME = re.compile(r"[A-Za-z0-9_:\\][\w:.\\@-]{0,250}\.(?:service|socket|target|timer|path|mount)\Z")

# parent: its process id; began: seconds between the start of the system and its own.
Stat = collections.namedtuple("Stat", "parent is_kernel_thread began")
Mapping = collections.namedtuple("Mapping", "path inode is_deleted")
# unit: of the system's manager; user_unit: of a user's; cgroup: the path of the control group.
Place = collections.namedtuple("Place", "unit user_unit cgroup")


def is_unit_name(name):
    """Return whether a name can be that of a unit that systemctl restarts, and of one alone."""
    return isinstance(name, type("")) and bool(_UNIT_NAME.match(name))


def process_ids(proc="/proc"):
    """Return the ids of all processes that can be seen, in their order."""
    return sorted(int(name) for name in os.listdir(proc) if name.isdigit())


def read_stat(pid, proc="/proc"):
    """Return the Stat of a process, None where it cannot be read."""
    return parse_stat(read_text("{0}/{1}/stat".format(proc, pid)) or "")


def parse_stat(text):
    """Return the Stat that a line tells: the name, which comes first, can hold blanks, brackets and line feeds."""
    fields = text.rpartition(")")[2].split()
    try:
        began = float(fields[19]) / os.sysconf("SC_CLK_TCK")
        return Stat(int(fields[1]), bool(int(fields[6]) & _KERNEL_THREAD), began)
    except (IndexError, ValueError):
        return None


def read_bytes(pid, name, proc="/proc"):
    """Return the bytes of a file of a process; None for one that has ended; an EnvironmentError where that is forbidden."""
    try:
        with open("{0}/{1}/{2}".format(proc, pid, name), "rb") as stream:
            return stream.read()
    except EnvironmentError as error:
        if error.errno in (errno.ENOENT, errno.ESRCH):
            return None
        raise


def parse_maps(content, part):
    """Return the Mappings of files whose path contains some bytes, each file once."""
    found = []
    for inode, path in _MAPPING.findall(content):
        if part in path:
            name = _text(path).replace("\\012", "\n")
            deleted = name.endswith(_DELETED)
            found.append(Mapping(name[: -len(_DELETED)] if deleted else name, int(inode), deleted))
    return sorted(set(found))


def arguments_of(pid, proc="/proc"):
    """Return the arguments of a process; [] where they cannot be read, and for one without any."""
    try:
        content = read_bytes(pid, "cmdline", proc) or b""
    except EnvironmentError:
        return []
    return [_text(part) for part in content.rstrip(b"\0").split(b"\0")] if content else []


def executable_of(pid, proc="/proc"):
    """Return the path of the program of a process, None where it cannot be read."""
    try:
        return os.readlink("{0}/{1}/exe".format(proc, pid))
    except EnvironmentError:
        return None


def place_of(pid, proc="/proc", root="/"):
    """Return the Place of a process. root: the control group of the first process."""
    return parse_cgroup(read_text("{0}/{1}/cgroup".format(proc, pid)) or "", root)


def root_cgroup(proc="/proc"):
    """Return the control group below which the units of the system are: a container's own in a container."""
    group = place_of(1, proc).cgroup or "/"
    return group[: -len("init.scope")] if group.endswith("/init.scope") else "/"


def parse_cgroup(text, root="/"):
    """Return the Place that /proc/PID/cgroup tells, of version 1, version 2 or both."""
    found = dict(match.groups() for match in map(_GROUP.match, text.splitlines()) if match)
    groups = [found[name] for name in ("name=systemd", "") if name in found]
    for group in groups:
        unit, user_unit = _units(group, root)
        if unit:
            return Place(unit, user_unit, group)
    return Place(None, None, next((group for group in groups if group != "/"), groups[0] if groups else None))


def _units(group, root):
    """Return (unit of the system, unit of a user): what comes first behind slices. Behind other groups a container begins."""
    if not (group + "/").startswith(root):
        return None, None
    steps = [step for step in group[len(root) :].split("/") if not step.endswith(".slice")]
    if not steps or not _UNIT.match(steps[0]):
        return None, None
    is_user = _USER_MANAGER.match(steps[0]) and len(steps) > 1 and _UNIT.match(steps[1])
    return steps[0], steps[1] if is_user else None


def boot_id(proc="/proc"):
    """Return what no other start of the system has, None where it cannot be read."""
    return (read_text(proc + "/sys/kernel/random/boot_id") or "").strip() or None


def uptime(proc="/proc"):
    """Return the seconds since the start of the system, None where they cannot be read."""
    try:
        return float((read_text(proc + "/uptime") or "").split()[0])
    except (IndexError, ValueError):
        return None


def _text(content):
    return content if str is bytes else os.fsdecode(content)  # novm
