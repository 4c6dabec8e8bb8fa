# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real keys of OpenSSH and GnuPG, and signatures made with them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

NAMESPACE = "jetfleet-artefact"
# What a ssh-keygen says that is too old to sign.
OLD_SSH_KEYGEN = "#!/bin/sh\necho 'unknown option -- Y' >&2\necho 'usage: ssh-keygen [-q]' >&2\nexit 1\n"


def run(*command: str | Path, home: Path | None = None) -> bytes:
    """Run a command that has to succeed and return what it prints."""
    environment = {**os.environ, "GNUPGHOME": str(home)} if home else dict(os.environ)
    return subprocess.run(command, check=True, capture_output=True, env=environment, timeout=60).stdout


def ssh_key(folder: Path, name: str = "key", passphrase: str = "") -> Path:
    """Make a key pair and return its private half."""
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", folder / name)
    return folder / name


def allowed_signers(key: Path, namespace: str = NAMESPACE) -> Path:
    """Write the file that allows a key to sign for a namespace."""
    allowed = key.with_name(f"{key.name}.allowed")
    allowed.write_text(f'release@example.com namespaces="{namespace}" {key.with_suffix(".pub").read_text()}')
    return allowed


def ssh_sign(path: Path, key: Path, namespace: str = NAMESPACE) -> None:
    """Sign a file, in place of the signature that is there."""
    path.with_name(f"{path.name}.sig").unlink(missing_ok=True)
    run("ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", namespace, path)


@contextlib.contextmanager
def gpg_home() -> Iterator[Path]:
    """Give a home of GnuPG with a short path, because it holds a socket, and leave no agent behind."""
    with tempfile.TemporaryDirectory(prefix="gpg.", ignore_cleanup_errors=True) as name:
        home = Path(name)
        try:
            yield home
        finally:
            run("gpgconf", "--kill", "gpg-agent", home=home)


def gpg_key(home: Path, user: str, passphrase: str = "") -> str:
    """Make a key that can sign and return its fingerprint; no agent knows its passphrase afterwards."""
    batch = ("gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", passphrase)
    run(*batch, "--quick-gen-key", user, "ed25519", "sign", "never", home=home)
    run("gpgconf", "--kill", "gpg-agent", home=home)
    listed = run("gpg", "--batch", "--with-colons", "--list-keys", user, home=home).decode()
    return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))


def gpg_sign(home: Path, path: Path, key: str) -> None:
    """Sign a file, in place of the signature that is there."""
    path.with_name(f"{path.name}.asc").unlink(missing_ok=True)
    run("gpg", "--batch", "--quiet", "--armor", "--detach-sign", "--local-user", key, path, home=home)
