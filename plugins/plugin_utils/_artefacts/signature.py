# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an allowed signer has signed the manifest of an artefact. The manifest holds the sums of all files."""

from __future__ import annotations

import base64
import os
import subprocess
import tempfile

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import read_bounded
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import telling_line
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.manifest import StoredArtefact

# OpenSSH signs for a purpose: a signature that was made for another one is not valid here.
NAMESPACE = "jetfleet-artefact"
# The command that signs, and the end of the name of the signature.
_COMMANDS = {
    "ssh": (f"ssh-keygen -Y sign -f KEY -n {NAMESPACE}", ".sig"),
    "gpg": ("gpg --armor --detach-sign --local-user KEY", ".asc"),
}
_MAX_SIGNATURE = 1 << 16
_ARMOUR = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"


def signature_fault(artefact: StoredArtefact, method: str, allowed_signers: str) -> str | None:
    """Return what is wrong with the signature of the manifest that was read, or None.

    For `ssh`, allowed_signers is a file as ssh-keygen(1) describes it; for `gpg`, a keyring or what `gpg --export` writes.
    """
    allowed = os.path.abspath(os.path.expanduser(allowed_signers))
    if not os.path.isfile(allowed):
        return f"The file of allowed signers {allowed} does not exist: correct jetfleet_allowed_signers."
    command, suffix = _COMMANDS[method]
    signature = read_bounded(os.path.join(artefact.folder, f"manifest.json{suffix}"), _MAX_SIGNATURE)
    if signature is None:
        return _unsigned(artefact.folder, command)
    try:
        with tempfile.TemporaryDirectory(prefix="jetfleet.") as private:
            # A copy: what is in the store may change between two commands that read it.
            copy = os.path.join(private, "signature")
            _write(copy, signature)
            find_fault = _ssh_fault if method == "ssh" else _gpg_fault
            return find_fault(artefact, copy, allowed)
    except FileNotFoundError as error:
        return (
            f"The controller has no {error.filename}, which checks the signatures of artefacts: "
            f"install {'OpenSSH 8.2 or newer' if method == 'ssh' else 'GnuPG'} there."
        )


def _run(command: list[str], content: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command, input=content, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )


def _reason(ended: subprocess.CompletedProcess[bytes]) -> str:
    reason: str = telling_line(ended.stderr, "it gave no reason")
    return reason


def _unsigned(folder: str, command: str) -> str:
    return (
        f"The artefact {os.path.basename(folder)} is not signed and jetfleet_allowed_signers asks for a signature: "
        f"sign it with '{command} {os.path.join(folder, 'manifest.json')}', or empty jetfleet_allowed_signers."
    )


def _changed(folder: str, reason: str) -> str:
    return (
        f"The manifest of the artefact {os.path.basename(folder)} is not the one that was signed ({reason}): "
        f"delete {folder} and run the playbook jetfleet.protobuf.build."
    )


def _stranger(folder: str, allowed: str, reason: str) -> str:
    return (
        f"The artefact {os.path.basename(folder)} is signed by none of the keys in {allowed} ({reason}): "
        "sign it with one of them, or add its signer's key to that file if you trust it."
    )


def _ssh_fault(artefact: StoredArtefact, signature: str, allowed: str) -> str | None:
    found = _run(["ssh-keygen", "-Y", "find-principals", "-s", signature, "-f", allowed])
    if b"option -- Y" in found.stderr or b"nsupported operation" in found.stderr:
        return (
            "The ssh-keygen on the controller is older than OpenSSH 8.2 and cannot check signatures: "
            "install a newer one, or sign with GnuPG and set jetfleet_signature to gpg."
        )
    if found.returncode != 0:
        return _stranger(artefact.folder, allowed, _reason(found))
    # One line for each principal; older releases print them as they stand in the file, with commas.
    principal = found.stdout.decode("utf-8", "replace").splitlines()[0].split(",")[0]
    command = ["ssh-keygen", "-Y", "verify", "-f", allowed, "-I", principal, "-n", NAMESPACE, "-s", signature]
    verified = _run(command, artefact.content)
    if verified.returncode == 0:
        return None
    if b"namespace" in verified.stderr:
        return (
            f"The signature of the artefact {artefact.key} is not one for {NAMESPACE} "
            f"({_reason(verified)}): sign it again with -n {NAMESPACE}, and allow that namespace in {allowed}."
        )
    return _changed(artefact.folder, _reason(verified))


def _gpg_fault(artefact: StoredArtefact, signature: str, allowed: str) -> str | None:
    ring = os.path.join(os.path.dirname(signature), "keyring")
    with open(allowed, "rb") as keys:
        _write(ring, _dearmoured(keys.read()))
    verified = _run(["gpgv", "--status-fd", "1", "--keyring", ring, signature, "-"], artefact.content)
    status = [line.split()[1] for line in verified.stdout.decode("utf-8", "replace").splitlines() if " " in line]
    # gpgv accepts keys that have expired or were revoked, but then its status is not GOODSIG.
    if verified.returncode == 0 and "GOODSIG" in status and not {"BADSIG", "ERRSIG"} & {*status}:
        return None
    if "BADSIG" in status:
        return _changed(artefact.folder, _reason(verified))
    return _stranger(artefact.folder, allowed, _reason(verified))


def _write(path: str, content: bytes) -> None:
    with open(path, "wb") as stream:
        stream.write(content)


def _dearmoured(keys: bytes) -> bytes:
    """Return a keyring, also from the text that `gpg --armor --export` writes: gpgv reads no text."""
    if not keys.lstrip().startswith(_ARMOUR):
        return keys
    text = keys.replace(b"\r", b"")
    blocks = [block.partition(b"\n\n")[2] for block in text.split(_ARMOUR)[1:]]
    # Base64, then a checksum that begins with "=", then the end of the block.
    return b"".join(base64.b64decode(block.partition(b"\n=")[0].partition(b"\n-----")[0]) for block in blocks)
