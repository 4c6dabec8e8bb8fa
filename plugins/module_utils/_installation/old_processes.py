# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the processes that still use a protobuf that has been replaced: they do so until somebody restarts them.

What pure Python imports leaves nothing in /proc: such a process is not found, unless it uses TensorFlow.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.ownership import user_name
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.proc import (
    arguments_of,
    boot_id,
    executable_of,
    parse_maps,
    place_of,
    process_ids,
    read_bytes,
    read_stat,
    root_cgroup,
    uptime,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.secrets import shown_command

# What each file of ours has in its path, and what those of a package have that imports protobuf in any case.
_PART = b"proto"
_TENSORFLOW = b"/_pywrap_tensorflow"
_EXTENSION = re.compile(r"/google/(?:protobuf/.*|_upb/[^/]*)\.so\Z")
_LIBRARY = re.compile(r"/libproto(?:buf|buf-lite|c)\.so[^/]*\Z")
# Where a transaction stages the files that it then gives their own names.
_STAGED = re.compile(r".*/\.jetfleet-[0-9a-f]{16}(?=/)")


def this_moment(proc="/proc"):
    """Return when something changes, to be compared with when processes began; a board's clock can be wrong."""
    return dict(boot_id=boot_id(proc), uptime=uptime(proc))


def processes_facts(state, proc="/proc"):
    """Return the facts `processes`: those that use an old protobuf, and whether all processes could be looked at.

    state: of the layout; None where nothing is managed.
    """
    changed = _changed(state or {}, proc)
    interpreter = state and state.get("executable") and os.path.realpath(state["executable"])
    root, own = root_cgroup(proc), _own_processes(proc)
    old, hidden = [], _hides_processes(proc)
    for pid in process_ids(proc):
        stat = None if pid in own else read_stat(pid, proc)
        if stat is None or stat.is_kernel_thread:
            continue
        is_older = changed is not None and stat.began < changed
        try:
            content = read_bytes(pid, "maps", proc) or b""
        except EnvironmentError:
            # What began after the change cannot use what was there before it.
            hidden = hidden or is_older
            continue
        found = _use_of(pid, content, is_older, interpreter, proc)
        if found:
            old.append(dict(_description(pid, root, proc), **found))
    return dict(complete=not hidden, hint=_hint(proc) if hidden else None, old=old)


def _changed(state, proc):
    """Return when the module was changed last, in seconds since the start of the system; None before that start."""
    noted = state.get("module_changed") or {}
    return noted.get("uptime") if noted.get("boot_id") == boot_id(proc) else None


def _own_processes(proc):
    """Return this process and those above it."""
    found, pid = set(), os.getpid()
    while pid and pid not in found:
        found.add(pid)
        stat = read_stat(pid, proc)
        pid = stat and stat.parent
    return found


def _use_of(pid, content, is_older, interpreter, proc):
    """Return how a process uses an old protobuf, as reason and files; None where nothing shows that it does."""
    if _PART not in content and _TENSORFLOW not in content:
        return None
    mapped = parse_maps(content, _PART)
    extensions = [mapping for mapping in mapped if _EXTENSION.search(mapping.path)]
    libraries = [mapping for mapping in mapped if _LIBRARY.search(mapping.path)]
    replaced = [item for item in extensions + libraries if item.is_deleted and not _is_current(pid, item, proc)]
    if replaced:
        return dict(reason="replaced", files=sorted(set(_target(item.path) for item in replaced)))
    # With C++ inside, protobuf would show as an extension.
    is_pure = not extensions and _TENSORFLOW in content
    if is_pure and is_older and interpreter and executable_of(pid, proc) == interpreter:
        return dict(reason="older", files=[])
    return None


def _is_current(pid, mapping, proc):
    """Return whether a mapped file is what has its name now, as the process itself sees it: it can be in a container.

    While files are switched, imports get them under the names that they are staged with, which go in the end.
    Devices are not compared, as mappings show another one on overlays.
    """
    try:
        return os.stat("{0}/{1}/root{2}".format(proc, pid, _target(mapping.path))).st_ino == mapping.inode
    except (EnvironmentError, ValueError):
        return False


def _target(path):
    return _STAGED.sub("", path, count=1)


def _description(pid, root, proc):
    place = place_of(pid, proc, root)
    return dict(
        pid=pid,
        user=_user_of(pid, proc),
        command=shown_command(arguments_of(pid, proc)),
        unit=place.unit,
        user_unit=place.user_unit,
        cgroup=place.cgroup,
    )


def _user_of(pid, proc):
    try:
        return user_name(os.stat("{0}/{1}".format(proc, pid)).st_uid)
    except EnvironmentError:
        return None


def _hides_processes(proc):
    """Return whether /proc is mounted with hidepid, and this user is not one who sees all processes even so."""
    return read_stat(1, proc) is None


def _hint(proc):
    return "The processes of other users are hidden from {0}{1}: run with --become to see who still uses the old protobuf.".format(
        user_name(os.geteuid()), " (hidepid)" if _hides_processes(proc) else ""
    )
