# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Act as the user to whom an interpreter belongs.

A .pth file of a virtual environment is code that runs at each start of its interpreter. Where this process is root, the
interpreter of another user is therefore started as that user, and its files are changed as that user.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import codecs
import contextlib
import grp
import os
import pwd

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.ownership import owner_of, owner_of_interpreter

# Python 2 imports this one only when it is needed first, which can be where the files of Python cannot be read.
codecs.lookup("utf-8")

_NO_GROUP = 65534
# What another user's program gets of this process's environment: what sudo lets through, and what decides which libraries
# and modules are loaded. The rest can hold root's home, its temporary folder and its passwords.
_KEPT = ("PATH", "TZ", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "PYTHONPATH", "OPENBLAS_CORETYPE")
_KEPT_PREFIX = "LC_"


def interpreter_identity(executable):
    """Return the (user id, group id) that an interpreter is started as, without starting it.

    Root starts it as the owner of its packages; any other user starts it as himself. Raise Refusal where a third user
    could change what is started.
    """
    if os.geteuid() != 0:
        return own_identity()
    uid, gid = owner_of_interpreter(executable)
    return uid, _group_of(uid, gid)


def own_identity():
    """Return the (user id, group id) that this process acts as."""
    return os.geteuid(), os.getegid()


def folder_identity(folder, interpreter):
    """Return the (user id, group id) that the files in a folder of an interpreter are changed as.

    interpreter: what it is started as. Which folders are its own is what it says: a user's can name anybody's. Root changes
    nothing in a folder of another user.
    """
    if interpreter[0] != 0:
        return tuple(interpreter)
    uid, gid = owner_of(folder)
    return uid, _group_of(uid, gid)


@contextlib.contextmanager
def acting_as(uid, gid):
    """Work on files as a user, and become again afterwards who this process was.

    Only the effective ids and the groups change, since the kernel checks files by these. The real and the saved user stay
    root: without them there would be no way back, and the user could send this process signals or attach a debugger to it,
    as to any process of his own. For the same reason no program may be started in this state: it could become root again.
    run_process() gives that up before it starts one.

    Import nothing in this state: the user need not be able to read the files of this module, nor those of its Python.
    """
    before = os.geteuid(), os.getegid(), os.getgroups()
    if uid == before[0]:
        yield
        return
    try:
        # Only root may change its groups, also where this process acts as another user already.
        os.seteuid(0)
        _set_groups(uid, gid)
        os.setegid(gid)
        os.seteuid(uid)
        yield
    finally:
        os.seteuid(0)
        os.setgroups(before[2])
        os.setegid(before[1])
        os.seteuid(before[0])


def become(uid, gid):
    """Become a user for good: real, effective and saved. For a child process that is about to start a program."""
    if (os.getuid(), os.geteuid()) == (uid, uid):
        return
    os.seteuid(0)
    _set_groups(uid, gid)
    os.setgid(gid)
    os.setuid(uid)


def environment_of(uid):
    """Return the environment for a program that is started as a user; for the user of this process its own one."""
    if uid == os.getuid():
        return dict(os.environ)
    kept = dict((name, os.environ[name]) for name in os.environ if name in _KEPT or name.startswith(_KEPT_PREFIX))
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return dict(kept, HOME="/")
    return dict(kept, HOME=entry.pw_dir, USER=entry.pw_name, LOGNAME=entry.pw_name, SHELL=entry.pw_shell or "/bin/sh")


def _group_of(uid, gid):
    """Return the group of a user's folder where he is a member of it, else his own: a folder can be of the group root."""
    if uid == 0:
        return gid
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return gid or _NO_GROUP
    try:
        is_member = entry.pw_name in grp.getgrgid(gid).gr_mem
    except KeyError:
        is_member = False
    return gid if is_member else entry.pw_gid


def _set_groups(uid, gid):
    try:
        os.initgroups(pwd.getpwuid(uid).pw_name, gid)
    except KeyError:  # a user without a name
        os.setgroups([gid])
