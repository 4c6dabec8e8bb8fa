# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out before anything is written why a file cannot be replaced, and say what helps."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import fcntl
import os
import re
import struct

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import read_lines

_ST_RDONLY = 1  # sys/statvfs.h
# linux/fs.h: _IOR('f', 1, long), and {flag: (word, letter of chattr)}.
_FS_IOC_GETFLAGS = 0x80006601 | struct.calcsize("l") << 16
_FLAGS = {0x10: ("immutable", "i"), 0x20: ("append-only", "a")}
_MOUNTS = "/proc/self/mountinfo"
_REMEDIES = {
    errno.EACCES: "make its folder readable and writable for the user who runs this",
    errno.EPERM: "run this as root, or as the owner of the file and its folder",
    errno.EROFS: "remount its file system to be writable, or repack the file where it comes from",
    errno.ENOSPC: "free some space there, or inodes where df -i shows that none is left",
    errno.EDQUOT: "raise the quota there, or remove files that count towards it",
    errno.EFBIG: "raise the limit for the size of files (ulimit -f), or move it to a file system that allows larger ones",
    errno.ENAMETOOLONG: "move it to a folder with a shorter path",
    errno.EBUSY: "repack the file that is mounted there, where it comes from",
}
_LAST_REMEDY = "find in dmesg what is wrong with its file system"


def sentence(path, error):
    """Return the sentence about a file that cannot be replaced because of an EnvironmentError."""
    remedy = _REMEDIES.get(error.errno, _LAST_REMEDY)
    return "{0} cannot be replaced ({1}): {2}, then run again.".format(path, error.strerror or error, remedy)


def check_replaceable(path, backup):
    """Raise Refusal where a file would stay for a reason that can be seen; backup: the path of its backup, or None."""
    folder = os.path.dirname(path)
    if os.statvfs(folder).f_flag & _ST_RDONLY:
        raise Refusal(sentence(path, OSError(errno.EROFS, os.strerror(errno.EROFS))))
    if path in _mount_points():
        raise Refusal(sentence(path, OSError(errno.EBUSY, "it is a mount point, such as a volume of a container")))
    for place in (path, folder):
        _check_flags(place)
    if backup is not None:
        _check_length(path, backup)


def _check_flags(path):
    """The flags of chattr apply to root too."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        flags = struct.unpack("i", fcntl.ioctl(descriptor, _FS_IOC_GETFLAGS, struct.pack("l", 0))[:4])[0]
    except EnvironmentError:
        return  # a file system without such flags
    finally:
        os.close(descriptor)
    for flag, (word, letter) in sorted(_FLAGS.items()):
        if flags & flag:
            raise Refusal("{0} is {1}: run chattr -{2} on it, then run again.".format(path, word, letter))


def _check_length(path, backup):
    try:
        os.lstat(backup)
    except EnvironmentError as error:
        if error.errno == errno.ENAMETOOLONG:
            # Every file system has its own limit.
            reason = "{0} has too long a name for a backup beside it: shorten it, or keep no backup (backup: false)."
            raise Refusal(reason.format(path))


def _mount_points():
    points = (line.split(" ")[4] for line in read_lines(_MOUNTS))
    return [re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), point) for point in points]
