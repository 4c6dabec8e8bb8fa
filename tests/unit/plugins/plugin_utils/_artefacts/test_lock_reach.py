# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File systems whose locks other machines do not see, by the lines of mountinfo that the kernel writes for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts import lock_reach
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.lock_reach import mount_of

ROOT = "27 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
NFS = "36 27 0:45 / /srv rw,relatime shared:20 - {} 10.0.0.1:/srv rw,vers=4.2,rsize=1048576,hard,proto=tcp,{}\n"
SMB = "36 27 0:45 / /srv rw,relatime shared:20 - {} //nas/srv rw,vers=3.1.1,cache=strict,{}actimeo=1\n"
OTHER = "36 27 0:45 / /srv rw,nosuid,nodev,relatime shared:20 - {} source rw,{}\n"


def warning(
    monkeypatch: pytest.MonkeyPatch, folder: str, mountinfo: str, release: str = "6.1.0-18-arm64"
) -> str | None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", lambda *_arguments, **_options: mountinfo)
        patch.setattr("platform.release", lambda: release)
        return lock_reach.lock_warning(folder)


@pytest.mark.parametrize(
    ("line", "kind", "remedy"),
    [
        (NFS.format("nfs", "nolock,local_lock=all"), "nfs", "mount it without nolock and local_lock"),
        (NFS.format("nfs", "local_lock=flock"), "nfs", "mount it without nolock and local_lock"),
        (SMB.format("cifs", "nobrl,"), "cifs", "mount it without nobrl"),
        (SMB.format("smb3", "nobrl,"), "smb3", "mount it without nobrl"),
        (OTHER.format("fuse.sshfs", "user_id=0,group_id=0"), "fuse.sshfs", "share it over NFS"),
        (OTHER.format("9p", "trans=virtio,version=9p2000.L"), "9p", "share it over NFS"),
        (OTHER.format("virtiofs", ""), "virtiofs", "share it over NFS"),
        (OTHER.format("vboxsf", ""), "vboxsf", "share it over NFS"),
        (OTHER.format("lustre", "localflock"), "lustre", "mount it with flock"),
    ],
)
def test_locks_that_other_machines_do_not_see(
    monkeypatch: pytest.MonkeyPatch, line: str, kind: str, remedy: str
) -> None:
    assert warning(monkeypatch, "/srv/store", ROOT + line) == (
        f"/srv/store is on {kind} as it is mounted at /srv, where other machines do not see the locks of this one: "
        f"let no two controllers use this artefact store at once, or {remedy}."
    )
    assert warning(monkeypatch, "/home/store", ROOT + line) is None


@pytest.mark.parametrize(
    "line",
    [
        NFS.format("nfs4", "local_lock=none"),
        NFS.format("nfs", "local_lock=posix"),
        SMB.format("cifs", ""),
        OTHER.format("lustre", "flock,lazystatfs"),
        OTHER.format("ceph", ""),
        OTHER.format("overlay", "lowerdir=/a:/b,upperdir=/c,workdir=/d"),
        OTHER.format("fuseblk", "user_id=0"),
    ],
)
def test_locks_that_others_see_and_folders_that_no_other_machine_has(
    monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    assert warning(monkeypatch, "/srv/store", ROOT + line) is None


def test_old_kernels_keep_the_locks_of_smb_to_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    for release in ("4.15.0-213-generic", "5.4.0-150"):
        found = warning(monkeypatch, "/srv", ROOT + SMB.format("cifs", ""), release)
        assert found and found.endswith("or share it over NFS, or use a kernel from 5.5 on.")
    assert warning(monkeypatch, "/srv", ROOT + SMB.format("cifs", ""), "5.5.0") is None


def test_the_mount_of_a_path_is_the_last_one_above_it() -> None:
    mounts = (
        ROOT
        + r"40 27 0:50 / /srv/my\040store rw - nfs4 10.0.0.1:/x rw,local_lock=none"
        + "\n41 27 0:51 / /srv rw - tmpfs tmpfs rw\n42 27 0:52 / /srv rw - ext4 /dev/vdb rw\nnonsense\n"
    )
    for path, kind in (
        ("/srv/my store/a", "nfs4"),
        ("/srv/my", "ext4"),
        ("/srv", "ext4"),
        ("/srvx", "ext4"),
        ("/", "ext4"),
    ):
        found = mount_of(mounts, path)
        assert found and found.kind == kind
    assert mount_of("", "/") is None


def test_this_machine_says_where_a_folder_is(tmp_path: Path) -> None:
    mounts = Path("/proc/self/mountinfo").read_text()
    assert mount_of(mounts, str(tmp_path)) is not None
    assert lock_reach.lock_warning(str(tmp_path)) is None
