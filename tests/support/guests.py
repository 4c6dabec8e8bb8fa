# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boards with a kernel and a disk of their own (User Mode Linux), whose power can be cut.

What the kernel of a guest had not yet written to its disk is lost then, as it is on a board. A container that is killed
loses nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import ansible
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import ARCHITECTURE, PODMAN, ROOT
from ansible_collections.jetfleet.protobuf.tests.support.waiting import wait_for

INIT = ROOT / "tests/power/guest.py"
# Where a guest finds what the host shares with it.
SHARE = "/mnt"
_COLLECTION = "ansible_collections/jetfleet/protobuf/plugins"
_MAKE_DISK = """
apt-get update -qq
apt-get install -qq --no-install-recommends e2fsprogs >/dev/null
mke2fs -q -t ext4 -d /board /made/disk 1G
debugfs -w -R 'write /made/guest.py guest.py' /made/disk
"""
_TIMEOUT = 600


def make_disk(folder: Path) -> Path:
    """Make the image of container boards the disk of a guest, with ext4 and its settings as Debian has them."""
    image = f"localhost/jetfleet/board-base:{ARCHITECTURE}"
    shutil.copy(INIT, folder)
    mounts = ["--volume", f"{folder}:/made", "--mount", f"type=image,source={image},destination=/board"]
    subprocess.run([str(PODMAN), "run", "--rm", *mounts, image, "sh", "-ec", _MAKE_DISK], check=True)
    return folder / "disk"


class Guest:
    """One guest; it is off but while it runs commands."""

    def __init__(self, folder: Path, fresh: Path) -> None:
        self.fresh = fresh
        self.disk = folder / "disk"
        self.share = folder / "share"
        self.sockets = folder / "uml"
        package = Path(ansible.__file__).parent
        shutil.copytree(package / "module_utils", self.share / "ansible/module_utils")
        shutil.copy(package / "release.py", self.share / "ansible")
        (self.share / "ansible/__init__.py").touch()
        for name in ("modules", "module_utils"):
            shutil.copytree(ROOT / "plugins" / name, self.share / _COLLECTION / name)

    def renew(self) -> None:
        """Make the guest a board that nothing was done to yet."""
        shutil.copy(self.fresh, self.disk)

    def module(self, name: str, arguments: dict[str, Any]) -> str:
        """Return the command that runs a module of the collection; it prints the result as JSON."""
        (self.share / f"{name}.json").write_text(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}))
        return f"cd /; PYTHONPATH={SHARE} python3 -B {SHARE}/{_COLLECTION}/modules/{name}.py {SHARE}/{name}.json"

    def start(self, *commands: str) -> subprocess.Popen[str]:
        """Switch the guest on; it is off again after the commands."""
        (self.share / "commands.json").write_text(json.dumps(commands))
        for name in ("outputs.json", "started", "ended"):
            (self.share / name).unlink(missing_ok=True)
        disk = [f"ubd0={self.disk}", "root=/dev/ubda", "rw", f"SHARE={self.share}", f"uml_dir={self.sockets}"]
        init = ["mem=512M", "quiet", "con=null", "con0=null,fd:1", "init=/usr/bin/python3", "--", f"/{INIT.name}"]
        return subprocess.Popen(
            ["linux.uml", *disk, *init],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *commands: str) -> list[str]:
        """Run commands and return what each of them printed."""
        console = self.start(*commands).communicate(timeout=_TIMEOUT)[0]
        assert (self.share / "outputs.json").exists(), console
        outputs: list[str] = json.loads((self.share / "outputs.json").read_text())
        return outputs

    def run_and_cut(self, command: str, pause: float) -> bool:
        """Run a command, cut the power a while (in seconds) after it has begun, and return whether it had ended."""
        process = self.start(f"touch {SHARE}/started; {command}; touch {SHARE}/ended; sleep {_TIMEOUT}")
        wait_for((self.share / "started").exists, 60)
        time.sleep(pause)
        ended = (self.share / "ended").exists()
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return ended
