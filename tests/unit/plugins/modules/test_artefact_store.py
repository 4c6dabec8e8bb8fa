# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module artefact_store with real files."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts import store as artefacts_store
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.manifest import StoredArtefact
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.signature import signature_fault
from ansible_collections.jetfleet.protobuf.tests.support.artefacts import binary, make_artefact, wrong_artefacts
from ansible_collections.jetfleet.protobuf.tests.support.keys import (
    OLD_SSH_KEYGEN,
    allowed_signers,
    gpg_home,
    gpg_key,
    run,
    ssh_key,
)

RunModule = Callable[..., dict[str, Any]]
KEY = "protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu_1a2b3c4d"
SO = "google/protobuf/pyext/_message.cpython-39-aarch64-linux-gnu.so"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def named(files: list[Path]) -> list[dict[str, str]]:
    return [{"path": str(path), "sha256": digest(path)} for path in files]


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return make_artefact(tmp_path / "built")


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
    assert manifest["extensions"] == {SO: hashlib.sha256(binary(machine="aarch64", glibc="2.31")).hexdigest()}
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
    second = put(files=named(make_artefact(tmp_path / "again", b"other")))
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
    assert "is not a wheel" in failure(put(files=named(files)))


def test_what_boards_of_the_key_could_not_load_is_refused(put: RunModule, store: Path, tmp_path: Path) -> None:
    """Every wheel and package that is not for the key, among them what a cross build makes that has the wrong settings."""
    refused = 0
    for path, cause in wrong_artefacts(tmp_path / "wrong", "aarch64"):
        for check in (True, False):
            message = failure(put(files=named([path]), _ansible_check_mode=check))
            assert message.startswith(cause)
            assert message.endswith(
                ": delete its build folder on the builder and run the playbook jetfleet.protobuf.build."
            )
        assert [entry.name for entry in store.iterdir()] == [".lock"]
        refused += 1
    assert refused > 25


@pytest.mark.parametrize("wrong", [0, 1])
def test_one_file_that_is_wrong_keeps_the_other_out(
    put: RunModule, store: Path, files: list[Path], tmp_path: Path, wrong: int
) -> None:
    made = {path.suffix: path for path, _cause in wrong_artefacts(tmp_path / "wrong", "aarch64")}
    files[wrong] = made[files[wrong].suffix]
    failure(put(files=named(files)))
    assert not (store / KEY).exists()


def test_what_was_stored_before_there_was_a_check_stays(
    put: RunModule, store: Path, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The boards check it, whoever stored it."""
    wrong = next(wrong_artefacts(tmp_path / "wrong", "aarch64")).file
    with monkeypatch.context() as before:
        before.setattr(artefacts_store, "_check_binaries", lambda *_arguments: None)
        put(files=named([wrong]))
    assert not put(files=named(files))["changed"]
    assert list(put(state="verified")["manifest"]["files"]) == [wrong.name]


@pytest.mark.parametrize(
    "key", ["../evil", "/etc", ".hidden", "a/b", "", "a\n", "protobuf-3.6.0", f"{KEY}\n", KEY.replace("arm64", "mips")]
)
@pytest.mark.parametrize("state", ["present", "verified"])
def test_a_key_cannot_lead_out_of_the_store(put: RunModule, files: list[Path], key: str, state: str) -> None:
    assert "is not an ABI key" in failure(put(abi_key=key, files=named(files), state=state))


def test_only_packages_and_wheels_are_stored(put: RunModule, tmp_path: Path) -> None:
    other = tmp_path / "manifest.json"
    other.write_text("{}")
    assert "neither a .deb nor a .whl" in failure(put(files=named([other])))
    assert "no file to store" in failure(put(files=[]))


def test_two_files_of_one_name_are_refused(put: RunModule, files: list[Path], tmp_path: Path) -> None:
    (twin,) = make_artefact(tmp_path / "again")[:1]
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


@pytest.mark.parametrize(
    "files_of_manifest", [[], {"x.whl": {}}, {"x.whl": 3}, {"../x.whl": {"sha256": "0" * 64, "bytes": 1}}]
)
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
    artefacts_store.put(store, KEY, entries, {}, True)


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
    answers.put(artefacts_store.put(store, KEY, entries, {}, True)[1])


def test_two_controllers_at_once_store_one_artefact(store: Path, tmp_path: Path, put: RunModule) -> None:
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    entries = [named(make_artefact(tmp_path / name, name.encode())) for name in ("a", "b", "c")]
    running = [context.Process(target=put_and_tell, args=(str(store), entry, answers)) for entry in entries]
    for process in running:
        process.start()
    for process in running:
        process.join()
    assert [process.exitcode for process in running] == [0, 0, 0]
    assert sorted(answers.get() for _process in running) == [False, False, True]
    assert put(state="verified")["manifest"]["abi_key"] == KEY


def test_the_folder_of_another_key_is_damaged(put: RunModule, store: Path, files: list[Path]) -> None:
    put(files=named(files))
    other = KEY.replace("debian-11", "debian-12")
    (store / KEY).rename(store / other)
    message = failure(put(state="verified", abi_key=other))
    assert f"was made for {KEY} and not for {other}" in message
    assert put(files=named(files), abi_key=other)["changed"]
    assert put(state="verified", abi_key=other)["manifest"]["abi_key"] == other


def test_the_locks_of_builds_are_nobody_elses(put: RunModule, store: Path, files: list[Path]) -> None:
    (store / ".locks").mkdir(parents=True)
    (store / ".locks" / KEY).touch()
    put(files=named(files))
    put(files=named(files))
    assert (store / ".locks" / KEY).exists()


def test_the_log_of_the_build_is_stored_and_the_manifest_has_its_sum(
    put: RunModule, store: Path, files: list[Path], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"old\n" * (3 << 20))
    predicted = put(files=named(files), log=str(log), _ansible_check_mode=True)
    made = put(files=named(files), log=str(log))
    stored = store / KEY / "build.log"
    assert stored.read_bytes() == b"old\n" * (2 << 20), "no more than that"
    assert made["manifest"]["log"] == {"name": "build.log", "sha256": digest(stored), "bytes": 8 << 20}
    assert predicted["manifest"] == made["manifest"]
    assert stored.stat().st_mode & 0o7777 == 0o644
    assert not put(files=named(files), log=str(log))["changed"]


@pytest.mark.parametrize("log", ["nothing", "folder", "pipe"])
def test_a_log_that_cannot_be_read_is_no_error(
    put: RunModule, store: Path, files: list[Path], tmp_path: Path, log: str
) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert "log" not in put(files=named(files), log=str(tmp_path / log))["manifest"]
    assert not (store / KEY / "build.log").exists()


@pytest.fixture
def gpg(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with gpg_home() as home:
        monkeypatch.setenv("GNUPGHOME", str(home))
        yield home


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_openssh_signature_is_stored_with_the_files(
    put: RunModule, store: Path, files: list[Path], tmp_path: Path
) -> None:
    key = ssh_key(tmp_path)
    assert put(files=named(files), sign_with=str(key))["changed"]
    assert signature_fault(StoredArtefact(str(store), KEY), "ssh", str(allowed_signers(key))) is None
    assert {path.stat().st_mode & 0o7777 for path in (store / KEY).iterdir()} == {0o644}
    before = tree(store)
    assert not put(files=named(files), sign_with=str(key))["changed"]
    assert tree(store) == before


def test_a_gpg_signature_is_stored_with_the_files(
    put: RunModule, store: Path, files: list[Path], tmp_path: Path, gpg: Path
) -> None:
    fingerprint = gpg_key(gpg, "release@example.com")
    assert put(files=named(files), sign_with=fingerprint, signature="gpg")["changed"]
    (tmp_path / "keys").write_bytes(run("gpg", "--export", home=gpg))
    assert signature_fault(StoredArtefact(str(store), KEY), "gpg", str(tmp_path / "keys")) is None
    assert not put(files=named(files), sign_with=fingerprint, signature="gpg")["changed"]


def test_what_is_stored_without_a_signature_is_signed_in_place(
    put: RunModule, store: Path, files: list[Path], tmp_path: Path
) -> None:
    key = ssh_key(tmp_path)
    put(files=named(files))
    before = tree(store / KEY)
    assert put(files=named(files), sign_with=str(key), _ansible_check_mode=True)["changed"]
    assert tree(store / KEY) == before
    old = os.umask(0o077)
    try:
        assert put(files=named(files), sign_with=str(key))["changed"]
    finally:
        os.umask(old)
    after = tree(store / KEY)
    assert set(after) - set(before) == {"manifest.json.sig"}
    assert {name: after[name] for name in before} == before
    assert signature_fault(StoredArtefact(str(store), KEY), "ssh", str(allowed_signers(key))) is None
    assert (store / KEY / "manifest.json.sig").stat().st_mode & 0o7777 == 0o644
    assert sorted(path.name for path in store.iterdir()) == [".lock", KEY]


@pytest.mark.parametrize("changed", [{"files": {}}, {"extensions": {}}, {"builder": "mallory"}])
def test_only_what_this_run_has_made_is_signed(
    put: RunModule, store: Path, files: list[Path], tmp_path: Path, changed: dict[str, Any]
) -> None:
    """Somebody else may have put an artefact into the store that is whole, and that nobody has signed."""
    put(files=named(files if "files" not in changed else make_artefact(tmp_path / "theirs", b"theirs")))
    path = store / KEY / "manifest.json"
    if "files" not in changed:
        path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    before = content(store / KEY)
    for check in (True, False):
        result = put(files=named(files), sign_with=str(ssh_key(tmp_path, f"key{check}")), _ansible_check_mode=check)
        assert not result["changed"]
        assert "already holds other files" in result["warnings"][0]
        assert content(store / KEY) == before


def test_what_is_signed_is_what_was_checked(
    put: RunModule, store: Path, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may write to the store changes every manifest there while the signature is made."""
    key, program = ssh_key(tmp_path), shutil.which("ssh-keygen")
    (tmp_path / "ssh-keygen").write_text(
        f'#!/bin/sh\nfor m in {store}/*/manifest.json {store}/.*/manifest.json; do echo "{{}}" > "$m"; done\nexec {program} "$@"\n'
    )
    (tmp_path / "ssh-keygen").chmod(0o755)
    with monkeypatch.context() as changed:
        changed.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        made = put(files=named(files), sign_with=str(key))["manifest"]
    signed = tmp_path / "signed"
    signed.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n")
    verify: list[str | Path] = ["ssh-keygen", "-Y", "verify", "-f", allowed_signers(key), "-I", "release@example.com"]
    verify += ["-n", "jetfleet-artefact", "-s", store / KEY / "manifest.json.sig"]
    subprocess.run(verify, input=signed.read_bytes(), check=True, capture_output=True)


def test_a_key_that_is_not_there_is_refused_in_check_mode_too(
    put: RunModule, store: Path, files: list[Path], tmp_path: Path
) -> None:
    for check in (True, False):
        message = failure(put(files=named(files), sign_with=str(tmp_path / "none"), _ansible_check_mode=check))
        assert f"The signing key {tmp_path / 'none'} does not exist: make it with" in message
        assert not store.exists()


def unsigned(put: RunModule, store: Path, files: list[Path], **arguments: str) -> str:
    """Return why nothing was signed; nothing is stored then, and what is stored unsigned stays so."""
    message = failure(put(files=named(files), **arguments))
    assert [path.name for path in store.iterdir()] == [".lock"]
    put(files=named(files))
    before = content(store / KEY)
    assert failure(put(files=named(files), **arguments)) == message
    assert content(store / KEY) == before
    assert sorted(path.name for path in store.iterdir()) == [".lock", KEY]
    return message


def test_an_ssh_key_with_a_passphrase_needs_an_agent(
    put: RunModule, store: Path, files: list[Path], tmp_path: Path
) -> None:
    key = ssh_key(tmp_path, passphrase="secret")
    message = unsigned(put, store, files, sign_with=str(key))
    assert f"The signing key {key} has a passphrase, and no agent has the key: add it to ssh-agent" in message


def test_an_agent_signs(
    put: RunModule, store: Path, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ssh_key(tmp_path, passphrase="secret")
    (tmp_path / "ask").write_text("#!/bin/sh\necho secret\n")
    (tmp_path / "ask").chmod(0o755)
    started = run("ssh-agent", "-s").decode()
    variables = dict(part.strip().split("=") for part in started.split(";") if "=" in part)
    try:
        monkeypatch.setenv("SSH_AUTH_SOCK", variables["SSH_AUTH_SOCK"])
        with monkeypatch.context() as asking:
            asking.setenv("SSH_ASKPASS", str(tmp_path / "ask"))
            asking.setenv("SSH_ASKPASS_REQUIRE", "force")
            run("ssh-add", "-q", key)
        assert put(files=named(files), sign_with=str(key))["changed"]
    finally:
        os.kill(int(variables["SSH_AGENT_PID"]), 15)
    assert signature_fault(StoredArtefact(str(store), KEY), "ssh", str(allowed_signers(key))) is None


def test_a_gpg_key_with_a_passphrase_needs_an_agent(put: RunModule, store: Path, files: list[Path], gpg: Path) -> None:
    fingerprint = gpg_key(gpg, "release@example.com", "secret")
    message = unsigned(put, store, files, sign_with=fingerprint, signature="gpg")
    assert f"The signing key {fingerprint} has a passphrase, and no agent has the key: add it to gpg-agent" in message


def test_a_gpg_key_that_is_not_there(put: RunModule, store: Path, files: list[Path], gpg: Path) -> None:
    message = unsigned(put, store, files, sign_with="nobody@example.com", signature="gpg")
    assert "gpg cannot sign with the key nobody@example.com (" in message
    assert "No secret key): correct jetfleet_signing_key" in message


def test_a_file_that_is_no_key(put: RunModule, store: Path, files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "key").write_text("x")
    message = unsigned(put, store, files, sign_with=str(tmp_path / "key"))
    assert f"ssh-keygen cannot sign with the key {tmp_path / 'key'} (" in message


def test_an_ssh_keygen_that_is_too_old(
    put: RunModule, store: Path, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ssh_key(tmp_path)
    (tmp_path / "ssh-keygen").write_text(OLD_SSH_KEYGEN)
    (tmp_path / "ssh-keygen").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert "older than OpenSSH 8.2 and cannot sign" in unsigned(put, store, files, sign_with=str(key))


@pytest.mark.parametrize(("method", "program"), [("ssh", "ssh-keygen"), ("gpg", "gpg")])
def test_a_program_that_is_missing(
    put: RunModule,
    store: Path,
    files: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    program: str,
) -> None:
    key = ssh_key(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    message = unsigned(put, store, files, sign_with=str(key), signature=method)
    assert f"There is no {program} to sign artefacts with: install" in message


def test_the_signature_is_on_the_disk_before_it_gets_its_name(
    put: RunModule, store: Path, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    fsync, rename = os.fsync, os.rename

    def seen_fsync(descriptor: int) -> None:
        events.append(os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}")))
        fsync(descriptor)

    def seen_rename(source: str, target: str) -> None:
        events.append("rename")
        rename(source, target)

    key = ssh_key(tmp_path)
    put(files=named(files))
    monkeypatch.setattr(os, "fsync", seen_fsync)
    monkeypatch.setattr(os, "rename", seen_rename)
    put(files=named(files), sign_with=str(key))
    assert events == ["manifest.json.sig", "rename", KEY]
