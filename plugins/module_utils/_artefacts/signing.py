# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sign a file beside it, with a key of OpenSSH or of GnuPG."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import telling_line

# OpenSSH signs for a purpose: a signature made for this one cannot be used for another.
NAMESPACE = "jetfleet-artefact"
SUFFIXES = dict(ssh=".sig", gpg=".asc")
_TIMEOUT = 120


class SigningError(Exception):
    """One sentence that names cause and remedy."""


class Signer:
    """A key to sign with."""

    def __init__(self, method, key):
        self._method = method
        # What runs below starts in /.
        self._key = os.path.abspath(os.path.expanduser(key)) if method == "ssh" else key
        self.suffix = SUFFIXES[method]

    def check(self):
        """Refuse a key that is not there."""
        if self._method == "ssh" and not os.path.isfile(self._key):
            raise SigningError(
                "The signing key {0} does not exist: make it with 'ssh-keygen -t ed25519 -f {0}', "
                "or correct survey_signing_key.".format(self._key)
            )

    def sign(self, path):
        """Write the signature of a file beside it; there must be none yet."""
        # Nobody sits at this process: who needs a passphrase has to get it from an agent.
        environment = dict(os.environ, LC_ALL="C.UTF-8", SSH_ASKPASS_REQUIRE="never")
        outcome = run_process(self._command(path), _TIMEOUT, environment)
        if outcome["status"] != "ok" or not os.path.exists(path + self.suffix):
            raise SigningError(self._sentence(outcome))

    def _command(self, path):
        if self._method == "ssh":
            return ["ssh-keygen", "-Y", "sign", "-f", self._key, "-n", NAMESPACE, path]
        options = ["--batch", "--pinentry-mode", "error", "--armor", "--detach-sign"]
        return ["gpg"] + options + ["--local-user", self._key, "--output", path + self.suffix, path]

    def _sentence(self, outcome):
        program = "ssh-keygen" if self._method == "ssh" else "gpg"
        said = outcome["stderr"]
        if outcome["status"] == "not_found":
            return "There is no {0} to sign artefacts with: install {1}, or empty survey_signing_key.".format(
                program, "OpenSSH 8.2 or newer" if self._method == "ssh" else "GnuPG"
            )
        if "option -- Y" in said:
            return (
                "The ssh-keygen here is older than OpenSSH 8.2 and cannot sign: "
                "install a newer one, or sign with GnuPG and set survey_signature to gpg."
            )
        if "passphrase" in said or "No pinentry" in said:
            return (
                "The signing key {0} has a passphrase and no agent that knows it: give it to {1} first, "
                "or use a key without one.".format(
                    self._key, "ssh-agent with ssh-add" if self._method == "ssh" else "gpg-agent"
                )
            )
        reason = telling_line(said, outcome["cause"] or outcome["status"])
        return "{0} cannot sign with the key {1} ({2}): correct survey_signing_key or that key.".format(
            program, self._key, reason
        )
