# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a detached signature of bytes, with a key of OpenSSH or of GnuPG."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import io
import os
import shutil
import tempfile

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import telling_line

# OpenSSH signs for a namespace: the signature cannot be used for another purpose.
NAMESPACE = "jetfleet-artefact"
SUFFIXES = dict(ssh=".sig", gpg=".asc")
# Seconds.
_TIMEOUT = 120


class SigningError(Exception):
    """Signing failed. str() is one sentence with cause and remedy."""


class Signer:
    """Signs with a key; method: ssh or gpg."""

    def __init__(self, method, key):
        self._method = method
        # ssh-keygen runs in /.
        self._key = os.path.abspath(os.path.expanduser(key)) if method == "ssh" else key
        self.suffix = SUFFIXES[method]

    def check(self):
        """Raise SigningError where the key does not exist."""
        if self._method == "ssh" and not os.path.isfile(self._key):
            raise SigningError(
                "The signing key {0} does not exist: make it with 'ssh-keygen -t ed25519 -f {0}', "
                "or correct jetfleet_signing_key.".format(self._key)
            )

    def sign(self, content):
        """Return the signature of these bytes; raise SigningError."""
        # There is no terminal: a passphrase has to come from an agent.
        environment = dict(os.environ, LC_ALL="C.UTF-8", SSH_ASKPASS_REQUIRE="never")
        # No folder of the store: what others may write to it must not be what is signed.
        folder = tempfile.mkdtemp(prefix="jetfleet.")
        try:
            path = os.path.join(folder, "content")
            with io.open(path, "wb") as stream:
                stream.write(content)
            outcome = run_process(self._command(path), _TIMEOUT, environment)
            if outcome["status"] != "ok" or not os.path.exists(path + self.suffix):
                raise SigningError(self._sentence(outcome))
            with io.open(path + self.suffix, "rb") as stream:
                return stream.read()
        finally:
            shutil.rmtree(folder)

    def _command(self, path):
        if self._method == "ssh":
            return ["ssh-keygen", "-Y", "sign", "-f", self._key, "-n", NAMESPACE, path]
        options = ["--batch", "--pinentry-mode", "error", "--armor", "--detach-sign"]
        return ["gpg"] + options + ["--local-user", self._key, "--output", path + self.suffix, path]

    def _sentence(self, outcome):
        program = "ssh-keygen" if self._method == "ssh" else "gpg"
        stderr = outcome["stderr"]
        if outcome["status"] == "not_found":
            return "There is no {0} to sign artefacts with: install {1}, or empty jetfleet_signing_key.".format(
                program, "OpenSSH 8.2 or newer" if self._method == "ssh" else "GnuPG"
            )
        if "option -- Y" in stderr:
            return (
                "The ssh-keygen here is older than OpenSSH 8.2 and cannot sign: "
                "install a newer one, or sign with GnuPG and set jetfleet_signature to gpg."
            )
        if "passphrase" in stderr or "No pinentry" in stderr:
            return (
                "The signing key {0} has a passphrase, and no agent has the key: add it to {1} first, "
                "or use a key without one.".format(
                    self._key, "ssh-agent with ssh-add" if self._method == "ssh" else "gpg-agent"
                )
            )
        reason = telling_line(stderr, outcome["cause"] or outcome["status"])
        return "{0} cannot sign with the key {1} ({2}): correct jetfleet_signing_key or that key.".format(
            program, self._key, reason
        )
