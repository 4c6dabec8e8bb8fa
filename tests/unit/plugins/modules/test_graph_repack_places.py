# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module graph_repack on real file systems that make it hard, or impossible, to replace a file."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph import repack as graph_repack
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import replacement
from ansible_collections.jetfleet.protobuf.tests.support.mounts import mounted, mounted_ext4, run
from ansible_collections.jetfleet.protobuf.tests.support.wire_graphs import half_graphs

RunModule = Callable[..., dict[str, Any]]
Repack = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")

OLD, NEW = half_graphs(1000)
# cap_net_raw=ep as setcap writes it, and u::rw-,u:1234:r--,g::r--,m::r--,o::--- as setfacl writes it.
CAPABILITY = struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0)
ACL = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", *entry)
    for entry in [(1, 6, 0xFFFFFFFF), (2, 4, 1234), (4, 4, 0xFFFFFFFF), (16, 4, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF)]
)


@pytest.fixture
def repack(run_module: RunModule) -> Repack:
    """Return what runs the module on a graph, with an interpreter that has no TensorFlow."""

    def run(path: Path, **arguments: Any) -> dict[str, Any]:
        return run_module("graph_repack", path=str(path), executable=sys.executable, **arguments)

    return run


@pytest.fixture
def ext4(tmp_path: Path) -> Iterator[Path]:
    with mounted_ext4(tmp_path / "disk") as disk:
        folder = disk / "models"
        folder.mkdir()
        yield folder


@pytest.fixture
def graph(ext4: Path) -> Path:
    path = ext4 / "model.pb"
    path.write_bytes(OLD)
    return path


def refused(result: dict[str, Any], path: Path) -> str:
    """Return the sentence of a refusal that left the graph, alone in its folder, as it was."""
    assert result.get("failed"), result
    message: str = result["msg"]
    assert len(message.splitlines()) == 1 and message.endswith("."), message
    assert path.read_bytes() == OLD
    assert [name for name in os.listdir(path.parent) if name != path.name] == []
    return message


def replaced(result: dict[str, Any], path: Path) -> Path:
    """Return the backup of a graph that was replaced; nothing else is beside it."""
    assert not result.get("failed"), result
    backup = Path(result["backup_file"])
    assert (path.read_bytes(), backup.read_bytes()) == (NEW, OLD)
    assert sorted(os.listdir(path.parent)) == sorted([path.name, backup.name])
    return backup


@pytest.mark.parametrize(("flag", "word"), [("i", "immutable"), ("a", "append-only")])
@pytest.mark.parametrize("what", ["file", "folder"])
def test_flags_that_bind_root_too(
    repack: Repack, graph: Path, monkeypatch: pytest.MonkeyPatch, flag: str, word: str, what: str
) -> None:
    monkeypatch.setattr(graph_repack, "write_repacked", None)
    place = graph if what == "file" else graph.parent
    run("chattr", f"+{flag}", str(place))
    try:
        message = refused(repack(graph), graph)
    finally:
        run("chattr", f"-{flag}", str(place))
    assert message == f"{place} is {word}: run chattr -{flag} on it, then run again."


def test_a_read_only_file_system(repack: Repack, graph: Path, tmp_path: Path) -> None:
    words = "(Read-only file system): remount its file system to be writable, or repack the file where it comes from"
    run("mount", "-o", "remount,ro", str(graph.parent.parent))
    assert words in refused(repack(graph), graph)
    run("mount", "-o", "remount,rw", str(graph.parent.parent))
    with mounted(tmp_path / "bound", "--bind", "-o", "ro", str(graph.parent)) as bound:
        assert words in refused(repack(bound / graph.name), bound / graph.name)
    replaced(repack(graph), graph)


def test_a_file_that_is_mounted(repack: Repack, graph: Path, tmp_path: Path) -> None:
    place = tmp_path / "a container" / "model \\ 1.pb"
    place.parent.mkdir()
    with mounted(place, "--bind", str(graph)):
        message = refused(repack(place), place)
    assert "is a mount point, such as a volume of a container): repack the file that is mounted there" in message


@pytest.mark.parametrize("length", [200, 223, 228, 250, 255])
def test_a_name_that_is_long(repack: Repack, ext4: Path, length: int) -> None:
    path = ext4 / ("n" * length)
    path.write_bytes(OLD)
    result = repack(path)
    if length + len(f".{os.getpid()}.2026-01-02@03-04-05~") <= 255:
        replaced(result, path)
    else:
        remedy = "has too long a name for a backup beside it: shorten it, or keep no backup (backup: false)."
        assert remedy in refused(result, path)
        assert repack(path, backup=False)["changed"]
        assert path.read_bytes() == NEW


def test_the_name_of_a_backup_is_allowed_everywhere(repack: Repack, graph: Path) -> None:
    """On exFAT, NTFS and SMB too."""
    backup = replaced(repack(graph), graph)
    assert re.fullmatch(r"model\.pb\.[0-9]+\.[0-9]{4}-[0-9]{2}-[0-9]{2}@[0-9]{2}-[0-9]{2}-[0-9]{2}~", backup.name)


def test_a_file_system_without_room(repack: Repack, graph: Path) -> None:
    with contextlib.suppress(OSError), (graph.parent.parent / "fill").open("wb", buffering=0) as stream:
        while True:
            stream.write(bytes(1024))
    assert "MB free and 1 MB are needed: free some space" in refused(repack(graph), graph)


def test_a_file_system_without_inodes(repack: Repack, graph: Path) -> None:
    with pytest.raises(OSError) as caught:
        for number in range(1 << 16):
            (graph.parent.parent / str(number)).touch()
    assert caught.value.errno == errno.ENOSPC
    assert "free some space there, or inodes where df -i shows that none is left" in refused(repack(graph), graph)


@pytest.mark.parametrize("way", ["exchange", "rename"])
def test_attributes_that_a_file_can_have(
    repack: Repack, graph: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way == "rename":
        monkeypatch.setattr(replacement, "exchange", lambda *_paths: False)
    os.chown(graph, 1234, 4321)
    graph.chmod(0o2640)
    attributes = {
        "security.capability": CAPABILITY,
        "system.posix_acl_access": ACL,
        "trusted.origin": b"training run 7",
        "user.origin": b"training run 7",
    }
    for name, value in attributes.items():
        os.setxattr(graph, name, value)
    os.utime(graph, (1500000000, 1500000000))
    before = graph.stat()
    backup = replaced(repack(graph), graph)
    for path in (graph, backup):
        after = path.stat()
        assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, 1234, 4321)
        assert {name: os.getxattr(path, name) for name in os.listxattr(path)} == attributes
    # A tool that compares times has to see that the content is another one.
    assert backup.stat().st_mtime == 1500000000 < graph.stat().st_mtime


def test_an_access_control_list_of_the_folder_is_not_taken_over(repack: Repack, graph: Path) -> None:
    os.setxattr(graph.parent, "system.posix_acl_default", ACL)
    replaced(repack(graph), graph)
    assert os.listxattr(graph) == []


def test_a_graph_that_a_parent_link_leads_to(repack: Repack, graph: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(graph.parent)
    result = repack(tmp_path / "current" / graph.name)
    assert replaced(result, graph).parent == graph.parent
    assert (tmp_path / "current").is_symlink()


@pytest.mark.parametrize("inodes", ["on", "off"])
def test_an_overlay(repack: Repack, ext4: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inodes: str) -> None:
    """As with overlayroot: the first change of a file copies it to another file system, and changes its inode."""
    (ext4 / "model.pb").write_bytes(OLD)
    (ext4 / "other.pb").write_bytes(OLD)
    with contextlib.ExitStack() as stack:
        memory = stack.enter_context(mounted(tmp_path / "memory", "-t", "tmpfs", "none"))
        for name in ("upper", "work"):
            (memory / name).mkdir()
        layers = f"lowerdir={ext4},upperdir={memory}/upper,workdir={memory}/work,xino={inodes}"
        root = stack.enter_context(mounted(tmp_path / "root", "-t", "overlay", "-o", layers, "none"))
        other = root / "other.pb"
        real = graph_repack.verify_repacked

        def change(*wires: Any) -> Any:
            facts = other.stat()
            other.write_bytes(OLD[:-1] + b"\1")
            os.utime(other, ns=(facts.st_atime_ns, facts.st_mtime_ns))
            return real(*wires)

        with monkeypatch.context() as patch:
            patch.setattr(graph_repack, "verify_repacked", change)
            assert "was changed by another process meanwhile" in repack(other)["msg"]
        assert other.read_bytes() == OLD[:-1] + b"\1"
        other.unlink()
        replaced(repack(root / "model.pb"), root / "model.pb")


def test_what_is_no_file(repack: Repack, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    words = {
        "fifo": "is not a regular file: name a graph's file.",
        "loop": "links): name the graph's file instead of a link that leads back to itself.",
        "dangling": "does not exist on this host: copy the graph there first.",
        "n" * 256: "cannot be read (File name too long): name it by a shorter path.",
    }
    for name, expected in words.items():
        assert expected in repack(tmp_path / name)["msg"]
