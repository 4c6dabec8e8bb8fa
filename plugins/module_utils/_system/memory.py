# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much memory the board has left for a process, by the kernel and by the cgroups that this process is in."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import read_lines, read_text

MEBIBYTE = 1 << 20
# MB that are left to the programs of the board, unless the user says otherwise.
RESERVE = 128
# controller of a line in /proc/self/cgroup -> (where its groups are mounted, limit, usage, what can be reclaimed of that)
_KINDS = {
    "memory": ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    "": ("", "memory.max", "memory.current", "inactive_file"),
}


def available_memory(proc="/proc", groups="/sys/fs/cgroup"):
    """Return the bytes that a process can still get without swapping; None where the kernel does not report them."""
    free = _of_board(os.path.join(proc, "meminfo"))
    if free is None:
        return None
    return max(0, min([free] + list(_left_in_groups(os.path.join(proc, "self", "cgroup"), groups))))


def guest_memory(reserve):
    """Return the bytes that a process may take so that `reserve` MB are left; None where nothing is known."""
    free = available_memory()
    return None if free is None else max(0, free - reserve * MEBIBYTE)


def _of_board(path):
    for line in read_lines(path):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _left_in_groups(path, groups):
    """Yield the bytes that each cgroup with a limit leaves: a limit holds for all groups below."""
    for line in read_lines(path):
        _hierarchy, controllers, group = line.split(":", 2)
        for controller in controllers.split(","):
            if controller in _KINDS:
                mount, limit, usage, reclaimable = _KINDS[controller]
                for folder in _upwards(os.path.join(groups, mount), group):
                    left = _left(folder, limit, usage, reclaimable)
                    if left is not None:
                        yield left


def _upwards(mount, group):
    """Yield the folder of a group and those above. In a container only the last one, its own, may be there."""
    names = [name for name in group.split("/") if name not in ("", "..")]
    for count in range(len(names), -1, -1):
        yield os.path.join(mount, *names[:count])


def _left(folder, limit, usage, reclaimable):
    numbers = [_number(os.path.join(folder, name)) for name in (limit, usage)]
    if None in numbers:
        return None
    lines = (line.split() for line in read_lines(os.path.join(folder, "memory.stat")))
    # What has only been read from files is given up before anything is killed.
    cache = sum(int(words[1]) for words in lines if words[0] == reclaimable)
    return numbers[0] - numbers[1] + cache


def _number(path):
    text = (read_text(path) or "").strip()
    return int(text) if text.isdigit() else None  # version 2 says "max" for no limit
