# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures of artefacts, with real keys of OpenSSH and GnuPG."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.manifest import StoredArtefact
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.signature import signature_fault
from ansible_collections.jetfleet.protobuf.tests.support.keys import (
    OLD_SSH_KEYGEN,
    allowed_signers,
    gpg_home,
    gpg_key,
    gpg_sign,
    run,
    ssh_key,
    ssh_sign,
)

KEY = "protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu_1a2b3c4d"


def stored(folder: Path) -> StoredArtefact:
    return StoredArtefact(str(folder.parent), folder.name)


@dataclass
class Signed:
    """An artefact that the release key has signed."""

    method: str
    folder: Path
    allowed: Path
    sign_with_other: Callable[[], None]

    def fault(self, allowed: Path | None = None) -> str | None:
        return signature_fault(stored(self.folder), self.method, str(allowed or self.allowed))

    def sentence(self, allowed: Path | None = None) -> str:
        fault = self.fault(allowed)
        assert fault
        assert len(fault.splitlines()) == 1
        assert ": " in fault
        assert fault.endswith(".")
        return fault


@pytest.fixture(scope="session")
def gpg() -> Iterator[Path]:
    with gpg_home() as home:
        gpg_key(home, "release@example.com")
        gpg_key(home, "other@example.com")
        yield home


@pytest.fixture(params=["ssh", "gpg", "gpg as text"])
def signed(request: pytest.FixtureRequest, tmp_path: Path, gpg: Path) -> Signed:
    folder = tmp_path / KEY
    folder.mkdir()
    manifest = folder / "manifest.json"
    manifest.write_text('{"abi_key": "x"}\n')
    if request.param == "ssh":
        release, other = ssh_key(tmp_path, "release"), ssh_key(tmp_path, "other")
        ssh_sign(manifest, release)
        return Signed("ssh", folder, allowed_signers(release), lambda: ssh_sign(manifest, other))
    armour = ("--armor",) if request.param == "gpg as text" else ()
    allowed = tmp_path / "keys"
    allowed.write_bytes(run("gpg", "--batch", *armour, "--export", "release@example.com", home=gpg))
    gpg_sign(gpg, manifest, "release@example.com")
    return Signed("gpg", folder, allowed, lambda: gpg_sign(gpg, manifest, "other@example.com"))


def test_the_right_signature_is_no_fault(signed: Signed) -> None:
    assert signed.fault() is None


def test_a_signature_of_another_key(signed: Signed) -> None:
    signed.sign_with_other()
    sentence = signed.sentence()
    assert f"{KEY} is signed by none of the keys in {signed.allowed}" in sentence
    assert "add its signer's key to that file if you trust it" in sentence


def test_a_stripped_signature(signed: Signed) -> None:
    (signed.folder / {"ssh": "manifest.json.sig", "gpg": "manifest.json.asc"}[signed.method]).unlink()
    sentence = signed.sentence()
    assert f"The artefact {KEY} is not signed and jetfleet_allowed_signers asks for a signature: sign it" in sentence


def test_a_manifest_that_was_changed_after_it_was_signed(signed: Signed) -> None:
    (signed.folder / "manifest.json").write_text('{"abi_key": "y"}\n')
    assert f"The manifest of the artefact {KEY} is not the one that was signed" in signed.sentence()


def test_a_signature_that_is_none(signed: Signed) -> None:
    (signed.folder / {"ssh": "manifest.json.sig", "gpg": "manifest.json.asc"}[signed.method]).write_text("x\n")
    assert "is signed by none of the keys" in signed.sentence()


def test_nobody_may_sign(signed: Signed, tmp_path: Path) -> None:
    nobody = tmp_path / "nobody"
    nobody.touch()
    assert "is signed by none of the keys" in signed.sentence(nobody)


def test_the_file_of_allowed_signers_is_missing(signed: Signed, tmp_path: Path) -> None:
    sentence = signed.sentence(tmp_path / "none")
    assert (
        sentence == f"The file of allowed signers {tmp_path / 'none'} does not exist: correct jetfleet_allowed_signers."
    )


def test_the_home_directory_may_be_written_as_a_tilde(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(signed.allowed.parent))
    assert signed.fault(Path("~") / signed.allowed.name) is None


def test_a_program_that_is_missing(signed: Signed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    program = {"ssh": "ssh-keygen", "gpg": "gpgv"}[signed.method]
    assert f"The controller has no {program}, which checks" in signed.sentence()


def test_the_allowed_keys_are_the_only_ones(signed: Signed, gpg: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the user of the controller trusts for other purposes is of no account here."""
    run("gpg", "--batch", "--yes", "--export", "--output", gpg / "trustedkeys.kbx", home=gpg)
    monkeypatch.setenv("GNUPGHOME", str(gpg))
    signed.sign_with_other()
    assert "is signed by none of the keys" in signed.sentence()


def make_ssh(folder: Path, namespace: str, allowed_for: str) -> tuple[Path, Path]:
    artefact = folder / KEY
    artefact.mkdir()
    (artefact / "manifest.json").write_text("{}\n")
    key = ssh_key(folder)
    ssh_sign(artefact / "manifest.json", key, namespace)
    return artefact, allowed_signers(key, allowed_for)


@pytest.mark.parametrize(
    ("namespace", "allowed_for"), [("git", "jetfleet-artefact"), ("git", "git"), ("jetfleet-artefact", "git")]
)
def test_a_signature_for_another_purpose(tmp_path: Path, namespace: str, allowed_for: str) -> None:
    folder, allowed = make_ssh(tmp_path, namespace, allowed_for)
    fault = signature_fault(stored(folder), "ssh", str(allowed))
    assert fault
    assert f"The signature of the artefact {KEY} is not one for jetfleet-artefact" in fault
    assert f"sign it again with -n jetfleet-artefact, and allow that namespace in {allowed}." in fault


def test_one_key_of_two_principals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, allowed = make_ssh(tmp_path, "jetfleet-artefact", "jetfleet-artefact")
    principals = "a@example.com,b@example.com"
    allowed.write_text(f"{principals} {(tmp_path / 'key.pub').read_text()}")
    assert signature_fault(stored(folder), "ssh", str(allowed)) is None
    # OpenSSH 9 prints one line for each, OpenSSH 8.2 prints them as they stand in the file.
    real = run("sh", "-c", "command -v ssh-keygen").decode().strip()
    old = f'#!/bin/sh\ntest "$2" = find-principals && exec echo {principals}\nexec {real} "$@"\n'
    (tmp_path / "ssh-keygen").write_text(old)
    (tmp_path / "ssh-keygen").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert signature_fault(stored(folder), "ssh", str(allowed)) is None


def test_an_old_openssh_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, allowed = make_ssh(tmp_path, "jetfleet-artefact", "jetfleet-artefact")
    (tmp_path / "ssh-keygen").write_text(OLD_SSH_KEYGEN)
    (tmp_path / "ssh-keygen").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    fault = signature_fault(stored(folder), "ssh", str(allowed))
    assert fault
    assert "older than OpenSSH 8.2 and cannot check signatures: install a newer one, or sign with GnuPG" in fault


def test_a_key_that_has_expired_is_not_good(tmp_path: Path, gpg: Path) -> None:
    folder = tmp_path / KEY
    folder.mkdir()
    (folder / "manifest.json").write_text("{}\n")
    # Made, valid for a day, and used long ago. The time stands still (!), or a slow gpg signs before it made the key.
    past = ("gpg", "--batch", "--quiet", "--faked-system-time", "20200101T000000!")
    run(*past, "--passphrase", "", "--quick-gen-key", "old@example.com", "ed25519", "sign", "1d", home=gpg)
    run(*past, "--armor", "--detach-sign", "--local-user", "old@example.com", folder / "manifest.json", home=gpg)
    keys = tmp_path / "keys"
    keys.write_bytes(run("gpg", "--batch", "--export", "old@example.com", home=gpg))
    fault = signature_fault(stored(folder), "gpg", str(keys))
    assert fault
    assert "is signed by none of the keys" in fault
