# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the locks of a folder keep other machines out that have the same folder, by its file system."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

# Source: flock(2), nfs(5), mount.cifs(8), and mount.lustre(8).
_NEVER = ("9p", "fuse.sshfs", "fuse.rclone", "fuse.vmhgfs-fuse", "vboxsf", "virtiofs")
_NFS = ("nfs", "nfs4")
_SMB = ("cifs", "smb3")
_SMB_SINCE = (5, 5)


@dataclass(frozen=True)
class Mount:
    """A mounted file system: where, of which type, and its options."""

    point: str
    kind: str
    options: frozenset[str]


def lock_warning(folder: str) -> str | None:
    """Return a sentence where other machines do not see the locks of a folder that exists, or None."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None  # no Linux
    path = os.path.realpath(folder)
    mount = mount_of(mounts, path)
    remedy = _remedy(mount, platform.release()) if mount else None
    if mount is None or remedy is None:
        return None
    return (
        f"{path} is on {mount.kind} as it is mounted at {mount.point}, where other machines do not see the locks of this one: "
        f"let no two controllers use this artefact store at once, or {remedy}."
    )


def mount_of(mountinfo: str, path: str) -> Mount | None:
    """Return the mount of a real path out of the text of mountinfo, see proc(5)."""
    found = None
    for line in mountinfo.splitlines():
        before, separator, after = line.partition(" - ")
        if not separator or len(before.split()) < 6 or not after:
            continue
        point = _unescaped(before.split()[4])
        # What is mounted later covers what is mounted there already.
        if _is_below(path, point) and (found is None or len(point) >= len(found.point)):
            kind, _source, *options = after.split(" ")
            found = Mount(point, kind, frozenset(",".join([before.split()[5], *options]).split(",")))
    return found


def _is_below(path: str, point: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def _remedy(mount: Mount, release: str) -> str | None:
    """Return how the folder can be shared with locks, None where its locks reach other machines or nobody else has it."""
    if mount.kind in _NEVER:
        return "share it over NFS"
    if mount.kind in _NFS and mount.options & {"nolock", "local_lock=all", "local_lock=flock"}:
        return "mount it without nolock and local_lock"
    if mount.kind in _SMB and "nobrl" in mount.options:
        return "mount it without nobrl"
    if mount.kind in _SMB and tuple(map(int, re.findall(r"\d+", release)[:2])) < _SMB_SINCE:
        return "share it over NFS, or use a kernel from 5.5 on"
    if mount.kind == "lustre" and "flock" not in mount.options:
        return "mount it with flock"
    return None
