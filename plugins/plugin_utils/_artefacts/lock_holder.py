# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold the lock that is the standard input until the process that the argument names has ended.

A program of its own, without anything of Ansible.
"""

from __future__ import annotations

import os
import sys
import time

_PERIOD = 0.25


def wait_for_end(pid: int) -> None:
    """Return when the process has ended."""
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        except PermissionError:
            pass  # it is there and has changed its user
        time.sleep(_PERIOD)


if __name__ == "__main__":
    wait_for_end(int(sys.argv[1]))
