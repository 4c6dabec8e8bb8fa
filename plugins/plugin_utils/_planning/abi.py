# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The identity of an artefact: the digest of its inputs and the ABI key."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts import binaries
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Facts, Python
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import Desired, Inputs

# Raise this number when a change of the roles makes other files out of the same inputs.
RECIPE_REVISION = 1

# sys.base_prefix of the Python that the distribution's packages install.
DISTRIBUTION_PREFIX = "/usr"

# The key names a folder on the controller and its parts come from boards: they must not
# lead out of the store, nor contain the separator.
_COMPONENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~-]*")
_SOABI = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


def build_inputs(desired: Desired, provider: str) -> Inputs:
    """Return everything that the content of an artefact depends on, beside the platform."""
    return {
        "version": desired["version"],
        "source_sha256": desired["source_sha256"].lower(),
        "linkage": desired["linkage"],
        "wheel": provider,
        # How the flags are spaced is of no interest to the compiler.
        "cxxflags": " ".join(desired["cxxflags"].split()),
        "recipe": RECIPE_REVISION,
    }


def digest(inputs: Mapping[str, object]) -> str:
    """Return the SHA-256 of the inputs in canonical JSON."""
    canonical = json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def package_version(version: str, short_digest: str) -> str:
    """Return the version of our Debian package."""
    return f"{version}+jetfleet.{short_digest}"


def soabi_of(python: Python) -> str | None:
    """Return the name of the interpreter's ABI; Python 2.7 has none, so one is made."""
    soabi: str | None = binaries.soabi_of(python)
    return soabi


def abi_key(facts: Facts, inputs: Inputs) -> str | None:
    """Return the ABI key of a board, or None when a part of it is unknown or unfit for a file name."""
    board = facts["board"]
    distribution = board["distribution"]
    # Debian testing has no VERSION_ID, only a code name.
    release = distribution["version_id"] or distribution["codename"]
    parts = (board["architecture"], distribution["id"], release, board["glibc"])
    soabi = soabi_of(facts["python"])
    if not all(_COMPONENT.fullmatch(str(part or "")) for part in parts) or not _SOABI.fullmatch(soabi or ""):
        return None
    architecture, identifier, release, glibc = parts
    return "_".join(
        [
            f"protobuf-{inputs['version']}",
            str(architecture),
            f"{identifier}-{release}",
            f"glibc-{glibc}",
            str(soabi),
            digest(inputs)[:8],
        ]
    )
