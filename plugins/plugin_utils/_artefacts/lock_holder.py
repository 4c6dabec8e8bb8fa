# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold the lock that is the standard input until a process has ended or the file lacks a word.

A program of its own, without anything of Ansible. Its arguments are the number and the start time of the process, and the word.
"""

from __future__ import annotations

import os
import sys
import time

_PERIOD = 0.1
_MAX_BYTES = 4096


def start_time(pid: int) -> str:
    """Return when a process was started, in the kernel's own measure; empty where it has ended or the kernel does not say."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            # The name before it may hold blanks and parentheses.
            return stream.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return ""


def runs(pid: int, started: str) -> bool:
    """Return whether the process runs, and is not another one with its number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is there and has changed its user
    return start_time(pid) == started


def hold(pid: int, started: str, word: bytes) -> None:
    """Return when the process has ended, or the word is gone."""
    while runs(pid, started) and word in os.pread(0, _MAX_BYTES, 0):
        time.sleep(_PERIOD)


if __name__ == "__main__":
    hold(int(sys.argv[1]), sys.argv[2], sys.argv[3].encode())
