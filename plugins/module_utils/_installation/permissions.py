# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find and correct owners and modes of installed files: their owner alone writes them, every user reads them."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections
import grp
import os
import pwd
import re
import stat

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.distributions import recorded_files
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE, listed_files
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.ownership import owner_of

_WRITABLE_BY_OTHERS = 0o022
# Folders that hold files of protobuf alone; other packages have files in a folder google, too.
_OWN_FOLDER = re.compile(r"(?:(?:include/)?google/(?:protobuf|_upb)|protobuf-[^/]+\.dist-info)(?:/|\Z)")

# place: the folder that was installed to; paths: the files in it, whose folders count as far as they are ours.
Part = collections.namedtuple("Part", "place paths")


def library_part(prefix, package):
    """Return the files of our package. package: what dpkg knows of it, None where it knows nothing."""
    return Part(prefix, listed_files(PACKAGE, package["architecture"]) if package else [])


def module_part(record):
    """Return the files of the module. record: path of pip's list of them."""
    paths = [record] + [path for path, dummy in recorded_files(record) or []]
    return Part(os.path.dirname(os.path.dirname(record)), paths)


def wrong_modes(part):
    """Return path, owner, group, mode of each file and folder that belongs to another user than root or the one that
    installed it, that group or others can write, or that not every user can read."""
    return [
        dict(
            path=path,
            owner=_name(pwd.getpwuid, state.st_uid),
            group=_name(grp.getgrgid, state.st_gid),
            mode="{0:04o}".format(stat.S_IMODE(state.st_mode)),
        )
        for path, state in _wrong(part)
    ]


def set_right(part):
    """Correct them: dpkg and pip do not change a folder that exists already."""
    uid, gid = owner_of(part.place)
    # A folder comes before what is in it, so that no other user can change that meanwhile.
    for wrong in wrong_modes(part):
        descriptor = os.open(wrong["path"], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            _correct(descriptor, uid, gid)
        finally:
            os.close(descriptor)


def _correct(descriptor, uid, gid):
    state = os.fstat(descriptor)
    if uid != 0 and state.st_uid != uid:
        # The owner of the place could have put a link to a folder of the system there.
        return
    if state.st_uid != uid:
        os.fchown(descriptor, uid, gid)
    # A file of another user must not become a setuid program of root.
    kept = 0o2755 if stat.S_ISDIR(state.st_mode) else 0o755
    os.fchmod(descriptor, state.st_mode & kept | _needed(state))


def _wrong(part):
    owners = (0, owner_of(part.place)[0])
    for path in _with_folders(part):
        try:
            state = os.lstat(path)
        except EnvironmentError:
            continue
        if not stat.S_ISREG(state.st_mode) and not _is_own_folder(path, part.place, state):
            continue
        mode = state.st_mode
        if state.st_uid not in owners or mode & _WRITABLE_BY_OTHERS or ~mode & _needed(state):
            yield path, state


def _needed(state):
    return 0o555 if stat.S_ISDIR(state.st_mode) else 0o444


def _with_folders(part):
    paths = set()
    for path in part.paths:
        while path.startswith(part.place + "/") and path not in paths:
            paths.add(path)
            path = os.path.dirname(path)
    return sorted(paths)


def _is_own_folder(path, place, state):
    return stat.S_ISDIR(state.st_mode) and bool(_OWN_FOLDER.match(path[len(place) + 1 :]))


def _name(lookup, number):
    try:
        return lookup(number)[0]
    except KeyError:
        return str(number)
