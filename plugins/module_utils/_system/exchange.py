# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exchange two names in one step, so that each refers to a complete file at every instant."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import os
import struct

try:
    import ctypes
except ImportError:  # a Python that was compiled without libffi
    ctypes = None
from ansible.module_utils.common.text.converters import to_bytes

_RENAME_EXCHANGE = 2  # linux/fs.h
_AT_FDCWD = -100  # fcntl.h
# Numbers of renameat2, for which the C library has a function since glibc 2.28 only, by machine and bits: asm/unistd.h.
# The programs of a 64-bit kernel can be 32-bit ones, with the numbers of those.
_SYSCALLS = {
    ("x86_64", 64): 316,
    ("x86_64", 32): 353,
    ("i686", 32): 353,
    ("aarch64", 64): 276,
    ("aarch64", 32): 382,
    ("armv8l", 32): 382,
    ("armv7l", 32): 382,
}
# A kernel before 3.15, and a file system that cannot.
_UNSUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)


def exchange(first, second):
    """Exchange two existing paths of one file system; return False where the kernel or the file system cannot."""
    number = _SYSCALLS.get((os.uname()[4], 8 * struct.calcsize("P")))
    if ctypes is None or number is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    paths = [ctypes.c_char_p(to_bytes(path, errors="surrogate_or_strict")) for path in (first, second)]
    place = ctypes.c_int(_AT_FDCWD)
    if libc.syscall(ctypes.c_long(number), place, paths[0], place, paths[1], ctypes.c_uint(_RENAME_EXCHANGE)) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), first)
