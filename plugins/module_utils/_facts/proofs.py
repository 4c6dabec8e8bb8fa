# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take over what an earlier look has proven, where nothing has changed that it depends on.

Nothing is kept on the board: the controller hands back what it got. What it hands back can be that of another board, or
damaged. The fingerprint shows the one, and what has not the form of the facts is not taken over either.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import time

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.fingerprint import (
    OPENCV,
    PROTOBUF,
    may_have_changed,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.proof_forms import (
    files_of,
    is_calibration,
    is_proof_of_load_time,
    is_proof_of_opencv,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os

# Fact -> what is imported, whether facts are those of a proof that may be taken over, and the files that they depend on.
_PROOFS = {
    "opencv": (PROTOBUF + OPENCV, is_proof_of_opencv, files_of),
    "load_time": (PROTOBUF, is_proof_of_load_time, lambda facts: []),
    "calibration": (PROTOBUF, is_calibration, lambda facts: []),
}


class Proofs(object):
    """The proofs of one look; facts: the fact `proofs`."""

    def __init__(self, earlier, surroundings):
        """earlier: JSON of the facts of an earlier look, or None."""
        self._earlier = _read(earlier)
        self._surroundings = surroundings
        self.facts = {}

    def proven(self, name, prove, options=(), files=()):
        """Return the facts of a name: those of an earlier look where they still hold, else those that prove() returns.

        options: what else the facts depend on, as (name, value) of each; files: the paths of what is read.
        """
        packages, is_proof, files_of = _PROOFS[name]

        def fingerprint(loaded):
            return self._surroundings.fingerprint(packages, options, list(files) + loaded)

        facts, earlier = self._handed_back(name)
        if is_proof(facts) and earlier is not None and earlier == fingerprint(files_of(facts)):
            self.facts[name] = dict(fingerprint=earlier, proven=None, reused=True)
            return facts
        # What changes from here on is not what is proven: the packages are looked at before the proof, libraries are new
        # names after it.
        fingerprint([])
        began = time.time()
        facts = prove()
        loaded = files_of(facts) if is_proof(facts) else []
        holds = is_proof(facts) and not may_have_changed(list(files) + loaded, began)
        self.facts[name] = dict(fingerprint=fingerprint(loaded) if holds else None, proven=None, reused=False)
        return facts

    def _handed_back(self, name):
        proofs = self._earlier.get("proofs")
        proof = proofs.get(name) if isinstance(proofs, dict) else None
        return self._earlier.get(name), proof.get("fingerprint") if isinstance(proof, dict) else None


def _read(earlier):
    try:
        facts = to_os(json.loads(earlier)) if earlier else {}
    except (ValueError, RuntimeError):
        # RuntimeError: nested too deep.
        return {}
    return facts if isinstance(facts, dict) else {}
