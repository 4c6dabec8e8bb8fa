# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module artefact_store with real files."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils import _store

RunModule = Callable[..., dict[str, Any]]
KEY = "protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu_1a2b3c4d"
SO = "google/protobuf/pyext/_message.cpython-39-aarch64-linux-gnu.so"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_files(folder: Path, content: bytes = b"\x7fELF") -> list[Path]:
    folder.mkdir()
    wheel = folder / "protobuf-3.6.0-cp39-cp39-linux_aarch64.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(SO, content)
        archive.writestr("google/protobuf/__init__.py", "")
    package = folder / "jetfleet-libprotobuf_3.6.0+jetfleet.1a2b3c4d_arm64.deb"
    package.write_bytes(b"!<arch>" + content)
    return [wheel, package]


def named(files: list[Path]) -> list[dict[str, str]]:
    return [{"path": str(path), "sha256": digest(path)} for path in files]


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return make_files(tmp_path / "built")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "some" / "store"


@pytest.fixture
def put(run_module: RunModule, store: Path) -> RunModule:
    def run(**arguments: Any) -> dict[str, Any]:
        return run_module("artefact_store", **({"store": str(store), "abi_key": KEY} | arguments))

    return run


def failure(result: dict[str, Any]) -> str:
    assert result.get("failed"), result
    message: str = result["msg"]
    assert len(message.splitlines()) == 1
    assert message.endswith(".")
    return message


def test_files_are_stored_with_a_manifest(put: RunModule, store: Path, files: list[Path]) -> None:
    result = put(files=named(files), manifest={"builder": "nano-1"})
    assert result["changed"]
    manifest = json.loads((store / KEY / "manifest.json").read_text())
    assert manifest == result["manifest"]
    assert manifest["builder"] == "nano-1"
    assert manifest["abi_key"] == KEY
    assert manifest["files"] == {p.name: {"sha256": digest(p), "bytes": p.stat().st_size} for p in files}
    assert manifest["extensions"] == {SO: hashlib.sha256(b"\x7fELF").hexdigest()}
    assert sorted(path.name for path in store.iterdir()) == [".lock", KEY]


def test_everybody_may_read_and_nobody_else_may_write(put: RunModule, store: Path, files: list[Path]) -> None:
    os.chmod(files[0], 0o600)
    old = os.umask(0o077)
    try:
        put(files=named(files))
    finally:
        os.umask(old)
    assert (store / KEY).stat().st_mode & 0o7777 == 0o755
    assert {path.stat().st_mode & 0o7777 for path in (store / KEY).iterdir()} == {0o644}


def test_the_second_time_nothing_is_touched(put: RunModule, store: Path, files: list[Path]) -> None:
    first = put(files=named(files))
    before = tree(store)
    second = put(files=named(files))
    assert not second["changed"]
    assert second["manifest"] == first["manifest"]
    assert tree(store) == before


def test_what_was_stored_first_stays(put: RunModule, store: Path, files: list[Path], tmp_path: Path) -> None:
    first = put(files=named(files))
    before = tree(store)
    second = put(files=named(make_files(tmp_path / "again", b"other")))
    assert not second["changed"]
    assert second["manifest"] == first["manifest"]
    assert "already holds other files" in second["warnings"][0]
    assert tree(store) == before


@pytest.mark.parametrize("name", ["manifest.json", "protobuf-3.6.0-cp39-cp39-linux_aarch64.whl"])
def test_what_is_damaged_is_replaced(put: RunModule, store: Path, files: list[Path], name: str) -> None:
    first = put(files=named(files))
    (store / KEY / name).write_bytes(b"{")
    second = put(files=named(files))
    assert second["changed"]
    assert second["manifest"] == first["manifest"]
    assert put(state="verified")["manifest"] == first["manifest"]
    assert sorted(path.name for path in store.iterdir()) == [".lock", KEY]


def test_check_mode_predicts_and_writes_nothing(put: RunModule, store: Path, files: list[Path]) -> None:
    predicted = put(files=named(files), _ansible_check_mode=True)
    assert predicted["changed"]
    assert not store.exists()
    assert put(files=named(files))["manifest"] == predicted["manifest"]
    assert not put(files=named(files), _ansible_check_mode=True)["changed"]


@pytest.mark.parametrize("check", [False, True])
def test_a_file_with_another_sum_is_refused_before_anything_appears(
    put: RunModule, store: Path, files: list[Path], check: bool
) -> None:
    stated = named(files)
    files[1].write_bytes(b"swapped")
    message = failure(put(files=stated, _ansible_check_mode=check))
    assert stated[1]["sha256"] in message
    assert digest(files[1]) in message
    assert "fetch it from its builder again" in message
    assert not (store / KEY).exists()
    assert [path.name for path in store.rglob("*")] == ([] if check else [".lock"])


def test_a_file_that_is_not_there_is_named(put: RunModule, files: list[Path]) -> None:
    stated = named(files)
    files[0].unlink()
    assert f"{files[0]} does not exist" in failure(put(files=stated))


def test_a_wheel_that_is_none_is_refused(put: RunModule, files: list[Path]) -> None:
    files[0].write_bytes(b"no zip")
    assert "is no wheel" in failure(put(files=named(files)))


@pytest.mark.parametrize("key", ["../evil", "/etc", ".hidden", "a/b", "", "a\n"])
@pytest.mark.parametrize("state", ["present", "verified"])
def test_a_key_cannot_lead_out_of_the_store(put: RunModule, files: list[Path], key: str, state: str) -> None:
    assert "is no ABI key" in failure(put(abi_key=key, files=named(files), state=state))


def test_only_packages_and_wheels_are_stored(put: RunModule, tmp_path: Path) -> None:
    other = tmp_path / "manifest.json"
    other.write_text("{}")
    assert "neither a .deb nor a .whl" in failure(put(files=named([other])))
    assert "no file to store" in failure(put(files=[]))


def test_two_files_of_one_name_are_refused(put: RunModule, files: list[Path], tmp_path: Path) -> None:
    (twin,) = make_files(tmp_path / "again")[:1]
    assert "Two of the files are called" in failure(put(files=named([files[0], twin])))


def test_a_store_that_cannot_be_written_is_one_sentence(put: RunModule, files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    message = failure(put(store=str(tmp_path / "file" / "store"), files=named(files)))
    assert "cannot be written" in message


def test_an_intact_key_is_verified(put: RunModule, files: list[Path]) -> None:
    stored = put(files=named(files))
    result = put(state="verified")
    assert not result["changed"]
    assert result["manifest"] == stored["manifest"]


def test_one_flipped_bit_is_found(put: RunModule, store: Path, files: list[Path]) -> None:
    put(files=named(files))
    path = store / KEY / files[1].name
    expected, content = digest(path), bytearray(path.read_bytes())
    content[3] ^= 1
    path.write_bytes(content)
    message = failure(put(state="verified"))
    for words in (str(path), expected, digest(path), f"delete {store / KEY} and run the playbook"):
        assert words in message


def test_a_missing_file_and_a_missing_key_are_found(put: RunModule, store: Path, files: list[Path]) -> None:
    assert "holds no readable manifest" in failure(put(state="verified"))
    put(files=named(files))
    (store / KEY / files[0].name).unlink()
    assert "has the SHA-256 of no file instead of" in failure(put(state="verified"))


@pytest.mark.parametrize("files_of_manifest", [[], {"x.whl": {}}, {"x.whl": 3}, {"../x.whl": {"sha256": "0"}}])
def test_a_manifest_of_another_shape_is_refused(put: RunModule, store: Path, files_of_manifest: Any) -> None:
    (store / KEY).mkdir(parents=True)
    (store / KEY / "manifest.json").write_text(json.dumps({"files": files_of_manifest}))
    assert "run the playbook jetfleet.protobuf.build" in failure(put(state="verified"))


def test_everything_is_on_the_disk_before_it_gets_its_name(
    put: RunModule, store: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    fsync, rename = os.fsync, os.rename

    def seen_fsync(descriptor: int) -> None:
        events.append(os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}")))
        fsync(descriptor)

    def seen_rename(source: str, target: str) -> None:
        events.append("rename")
        rename(source, target)

    monkeypatch.setattr(os, "fsync", seen_fsync)
    monkeypatch.setattr(os, "rename", seen_rename)
    put(files=named(files))
    at = events.index("rename")
    assert {*events[: at - 1]} == {"manifest.json", *(path.name for path in files)}
    assert events[at - 1].startswith(".staging-")
    assert events[at + 1 :] == [store.name]


def die_in(name: str, store: str, entries: list[dict[str, str]]) -> None:
    setattr(os, name, lambda *_arguments: os._exit(9))
    _store.put(store, KEY, entries, {}, True)


@pytest.mark.parametrize("name", ["rename", "fsync", "chmod"])
def test_a_killed_run_leaves_nothing_behind_after_the_next(
    put: RunModule, store: Path, files: list[Path], name: str
) -> None:
    killed = multiprocessing.get_context("fork").Process(target=die_in, args=(name, str(store), named(files)))
    killed.start()
    killed.join()
    assert killed.exitcode == 9
    assert not (store / KEY).exists()
    assert [path for path in store.iterdir() if path.name.startswith(".staging-")]
    assert put(files=named(files))["changed"]
    assert sorted(path.name for path in store.iterdir()) == [".lock", KEY]


def test_a_leftover_beside_an_intact_key_is_removed(put: RunModule, store: Path, files: list[Path]) -> None:
    """A run that was killed after it had replaced a damaged key leaves the damaged one."""
    put(files=named(files))
    (store / ".staging-x" / "replaced").mkdir(parents=True)
    assert not put(files=named(files))["changed"]
    assert sorted(path.name for path in store.iterdir()) == [".lock", KEY]


def put_and_tell(store: str, entries: list[dict[str, str]], answers: Any) -> None:
    answers.put(_store.put(store, KEY, entries, {}, True)[1])


def test_two_controllers_at_once_store_one_artefact(store: Path, tmp_path: Path, put: RunModule) -> None:
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    entries = [named(make_files(tmp_path / name, name.encode())) for name in ("a", "b", "c")]
    running = [context.Process(target=put_and_tell, args=(str(store), entry, answers)) for entry in entries]
    for process in running:
        process.start()
    for process in running:
        process.join()
    assert [process.exitcode for process in running] == [0, 0, 0]
    assert sorted(answers.get() for _process in running) == [False, False, True]
    assert put(state="verified")["manifest"]["abi_key"] == KEY
