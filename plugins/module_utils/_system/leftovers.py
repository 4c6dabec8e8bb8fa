# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Name the files that are made beside a file while it is replaced, and remove what is left of them after a kill."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import binascii
import hashlib
import os
import re
import stat
import time

from ansible.module_utils.common.text.converters import to_bytes
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os

# What is appended to the name of a backup: process and time, as Ansible's own modules do, but without the colons that
# exFAT, NTFS and SMB do not allow.
_BACKUP = re.compile(r"\.[0-9]+\.[0-9]{4}-[0-9]{2}-[0-9]{2}@[0-9]{2}-[0-9]{2}-[0-9]{2}~\Z")
_TIME = "%Y-%m-%d@%H-%M-%S"
# What is appended to the prefix of hidden names: a random number and, from the exchange on, the inode of the new file.
_HIDDEN = re.compile(r"[0-9a-f]{16}(?:-(?P<inode>[0-9]+))?\Z")


class Leftovers:
    """path: the file that is replaced; facts: its os.stat_result."""

    def __init__(self, path, facts):
        self._path = path
        self._facts = facts
        self._folder, self._base = os.path.split(path)
        # Derived from the name of the file, so that leftovers of other files are not removed.
        self._prefix = ".jetfleet-" + hashlib.sha256(to_bytes(self._base)).hexdigest()[:16] + "-"

    def hidden(self):
        """Return a random path for a new file."""
        return os.path.join(self._folder, self._prefix + to_os(binascii.hexlify(os.urandom(8)).decode("ascii")))

    def hidden_for_exchange(self, path, inode):
        """Return the path for a hidden file that is about to be exchanged: after a kill it tells whether it was."""
        return "{0}-{1}".format(path, inode)

    def backup(self):
        """Return a path for a backup that does not exist."""
        now = time.time()
        path = None
        while path is None or os.path.lexists(path):
            path = "{0}.{1}.{2}~".format(self._path, os.getpid(), time.strftime(_TIME, time.localtime(now)))
            now += 1
        return path

    def remove_all(self):
        """Remove hidden files, and backups that are only another name of the file itself."""
        for name in os.listdir(self._folder):
            path = os.path.join(self._folder, name)
            if name.startswith(self._prefix):
                self.remove(path)
            elif name.startswith(self._base) and _BACKUP.match(name[len(self._base) :]):
                facts = os.lstat(path)
                if (facts.st_dev, facts.st_ino) == (self._facts.st_dev, self._facts.st_ino):
                    os.unlink(path)

    def remove(self, path):
        """Remove a hidden file if it is ours; keep as a backup what an exchange moved to its name."""
        match = _HIDDEN.match(os.path.basename(path)[len(self._prefix) :])
        facts = os.lstat(path)
        if not match or not stat.S_ISREG(facts.st_mode) or facts.st_uid not in (os.geteuid(), self._facts.st_uid):
            return
        if match.group("inode") not in (None, str(facts.st_ino)):
            os.rename(path, self.backup())
        elif facts.st_nlink == 1:
            os.unlink(path)
