# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real systemd that runs units of tests, in namespaces of its own beside what runs this machine."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.jetfleet.protobuf.tests.support.waiting import wait_for

# All control groups of version 2, for there is one hierarchy of it on any machine; the group of the test becomes its root.
_START = """
set -e
mount --make-rprivate /
mount -t cgroup2 cgroup2 "$1/groups"
mkdir "$1/groups/$2"
echo $$ > "$1/groups/$2/cgroup.procs"
exec unshare --cgroup sh -c '
    set -e
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    mount -t tmpfs tmpfs /run
    mount --bind "$1/units" /etc/systemd/system
    exec env -i container=test PATH="$PATH" /lib/systemd/systemd --system --unit=tests.target --log-target=journal --show-status=no
' sh "$1"
"""
_REMOVE = """
mount -t cgroup2 cgroup2 "$1/groups"
find "$1/groups/$2" -depth -type d -exec rmdir {} + 2>/dev/null
test ! -e "$1/groups/$2"
"""
_TARGET = """\
[Unit]
Description=What tests start
DefaultDependencies=no
Wants=systemd-journald.service
"""
# Those that are for the whole machine: the bus, the kernel's audit, and /dev/log.
_MASKED = ("dbus.socket", "dbus.service", "systemd-journald-audit.socket", "systemd-journald-dev-log.socket")


class Systemd:
    """Its units are files in a folder."""

    def __init__(self, pid: int, units: Path) -> None:
        self.pid, self.units = pid, units
        enter = ["nsenter", f"--target={pid}", "--mount", "--pid", "--cgroup"]
        self.systemctl, self.journalctl = [*enter, "systemctl"], [*enter, "journalctl"]
        # The folder by which programs know that systemd runs.
        self.booted = f"/proc/{pid}/root/run/systemd/system"

    def run(self, *arguments: str) -> str:
        """Return what systemctl prints, whether it succeeds or not."""
        return subprocess.run([*self.systemctl, *arguments], capture_output=True, text=True, check=False).stdout.strip()

    def add(self, name: str, text: str) -> None:
        """Add a unit, or replace it."""
        (self.units / name).write_text(f"[Unit]\nDefaultDependencies=no\n{text}")
        self.run("daemon-reload")


@contextlib.contextmanager
def running_systemd() -> Iterator[Systemd]:
    """Run a systemd; all that it has started ends with it."""
    with tempfile.TemporaryDirectory(prefix="jetfleet-units-") as folder:
        place = Path(folder)
        units = place / "units"
        for name in ("units", "groups"):
            (place / name).mkdir()
        (units / "tests.target").write_text(_TARGET)
        for name in _MASKED:
            (units / name).symlink_to("/dev/null")
        # The group has the name of the folder.
        names = ("sh", folder, place.name)
        namespaces = ["--pid", "--mount", "--ipc", "--uts", "--mount-proc", "--fork", "--kill-child"]
        command = ["unshare", *namespaces, "sh", "-c", _START, *names]
        with subprocess.Popen(command) as process:
            try:
                wait_for(lambda: _child(process.pid) is not None)
                systemd = Systemd(int(_child(process.pid) or 0), units)
                wait_for(lambda: systemd.run("is-system-running") in ("running", "degraded"))
                yield systemd
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait()
                remove = ["unshare", "--mount", "sh", "-c", _REMOVE, *names]
                # The kernel takes its time to end what was in the group.
                wait_for(lambda: subprocess.run(remove, check=False).returncode == 0)


def _child(pid: int) -> int | None:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else None
