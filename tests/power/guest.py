# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first process of a guest: mounts what a board has mounted, runs commands, and switches the guest off.

The folder of the host that the guest shares holds commands.json, shell commands. outputs.json, what each of them
printed, is written when all have ended.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import traceback
from pathlib import Path

SHARE = Path("/mnt")
# reboot(2): LINUX_REBOOT_CMD_POWER_OFF.
POWER_OFF = 0x4321FEDC
_LIBC = ctypes.CDLL(None, use_errno=True)


def mount(kind: str, place: str, data: str = "") -> None:
    """Mount a file system without a device. The image of the boards has no program for it."""
    if _LIBC.mount(b"none", place.encode(), kind.encode(), 0, data.encode()):
        raise OSError(ctypes.get_errno(), f"{kind} cannot be mounted", place)


def run(command: str) -> str:
    """Return what a command prints, whether it succeeds or not; its errors go to the console."""
    return subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, text=True, check=False).stdout


def main() -> None:
    """Do everything but to switch off."""
    os.environ.update(
        PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME="/root", LC_ALL="C.UTF-8"
    )
    for kind, place in (("proc", "/proc"), ("sysfs", "/sys"), ("tmpfs", "/run"), ("tmpfs", "/tmp")):
        mount(kind, place)
    # The kernel hands on what it does not know of its command line.
    mount("hostfs", str(SHARE), os.environ["SHARE"])
    outputs = [run(command) for command in json.loads((SHARE / "commands.json").read_text())]
    (SHARE / "outputs.json").write_text(json.dumps(outputs))


try:
    main()
except Exception:
    traceback.print_exc()
os.sync()
_LIBC.reboot(POWER_OFF)
