# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fair share of the processors for tests of guests: at the lowest priority, nothing is left on a machine that is busy.

A guest of a board gives way to every other session. In a cgroup of its own, a test process and its children get the share of a
group, in which priorities count among themselves only. Containers have such groups already.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

# Where version 1 and version 2 have the groups that share processors.
_ROOTS = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))


@contextlib.contextmanager
def own_share() -> Iterator[None]:
    """Put this process into a cgroup of its own; without root it stays where it is."""
    root = next((root for root in _ROOTS if os.access(root / "cgroup.procs", os.W_OK)), None)
    if root is None:
        yield
        return
    before = root / _group_of_this_process(root.name == "cpu") / "cgroup.procs"
    group = root / f"jetfleet-tests-{os.getpid()}"
    group.mkdir(exist_ok=True)
    try:
        (group / "cgroup.procs").write_text(str(os.getpid()))
        yield
    finally:
        with contextlib.suppress(OSError):
            before.write_text(str(os.getpid()))
            group.rmdir()  # what still runs in it keeps it


def _group_of_this_process(first_version: bool) -> str:
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _number, controllers, group = line.split(":", 2)
        if ("cpu" in controllers.split(",")) if first_version else not controllers:
            return group.strip("/")
    return ""
