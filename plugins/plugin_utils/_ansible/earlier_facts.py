# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What earlier looks at a board have proven: kept on the controller, handed to the next look.

It is a cache: without it, and with one that is damaged or of another board, everything is proven anew. The controller dates
proofs and decides which are too old, because a board may think that it is 1970.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import quote

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.action_module import plain
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.atomic_file import write_whole
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.schema import Misfit, checker
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import (
    Calibration,
    LoadTime,
    OpenCV,
    Proofs,
)

# The default of the option earlier_days.
DAYS = 30
# Bytes. What is kept of a board are some ten thousand.
_LARGEST = 4 * 1024 * 1024
# What depends on more than files: temperature, power mode, what else the board does.
_AGEING = ("load_time", "calibration")
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class _Kept(TypedDict, total=False):
    """The facts that are kept: those that take seconds to prove."""

    proofs: Proofs
    opencv: OpenCV
    load_time: LoadTime
    calibration: Calibration | None


_CHECK = checker(_Kept)


class EarlierFacts:
    """What is handed to one look at a board, and what becomes of its answer.

    options are those of protobuf_facts; self.options those that the module gets.
    """

    def __init__(self, options: Mapping[str, Any], host: str, now: datetime | None = None) -> None:
        self._now = now or datetime.now(timezone.utc)
        self._warnings: list[str] = []
        folder = options.get("earlier_folder") or ""
        # A name of the inventory may hold any character.
        self._path = Path(folder).expanduser() / f"{quote(host, safe='')}.json" if folder else None
        self._kept = self._read() if self._path else {}
        given = options.get("earlier_facts")
        handed = self._checked(given, "The earlier facts that were given are not") if given else self._kept
        self._handed = _usable(handed, _days(options), self._now)
        self.options = {name: value for name, value in options.items() if name != "earlier_facts"}
        if self._handed:
            # Text, because the module does not log this option: Ansible censors each text in such a value wherever it occurs.
            self.options["earlier_facts"] = json.dumps(self._handed)

    def received(self, result: dict[str, Any]) -> dict[str, Any]:
        """Return the result of a module, of board_result(), with the times of its proofs; keep them."""
        facts = (result.get("ansible_facts") or {}).get("jetfleet") or {}
        if "proofs" in facts:
            facts = {**facts, "proofs": {name: self._dated(name, proof) for name, proof in facts["proofs"].items()}}
            result = {**result, "ansible_facts": {**result["ansible_facts"], "jetfleet": facts}}
            self._keep(facts)
        if self._warnings:
            result = {**result, "warnings": [*result.get("warnings", []), *self._warnings]}
        return result

    def _dated(self, name: str, proof: dict[str, Any]) -> dict[str, Any]:
        # A board cannot take over what it was not handed.
        if proof["reused"] and name in self._handed:
            return {**proof, "proven": self._handed["proofs"][name]["proven"]}
        return {**proof, "proven": self._now.strftime(_TIME), "reused": False}

    def _keep(self, facts: dict[str, Any]) -> None:
        """Keep what was proven now beside what was not looked at; what could not be proven is forgotten."""
        if self._path is None:
            return
        # Whether one look took it over means nothing to the next one.
        proofs = {name: {**proof, "reused": False} for name, proof in facts["proofs"].items()}
        old = self._kept.get("proofs", {})
        kept_proofs = {name: proof for name, proof in {**old, **proofs}.items() if proof["fingerprint"]}
        kept = {
            "proofs": kept_proofs,
            **{name: (facts if name in proofs else self._kept)[name] for name in kept_proofs},
        }
        if kept == self._kept:
            return
        try:
            write_whole(self._path, json.dumps(kept).encode())
        except OSError as error:
            self._warn(
                f"What is proven now cannot be kept in {self._path} ({error.strerror}): make that folder writable, or set "
                "jetfleet_earlier_facts to an empty text."
            )

    def _read(self) -> dict[str, Any]:
        try:
            with open(str(self._path), "rb") as stream:
                content = stream.read(_LARGEST + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._warn(
                f"{self._path} cannot be read ({error.strerror}), so everything is proven anew: make it readable."
            )
            return {}
        return self._checked(content[:_LARGEST], f"{self._path} does not hold")

    def _checked(self, facts: Any, complaint: str) -> dict[str, Any]:
        """Return the facts that can be handed to a board; {} with a warning where there is anything else."""
        try:
            found = json.loads(facts) if isinstance(facts, str | bytes) else plain(facts)
            checked: dict[str, Any] = _CHECK(found)
            return {"proofs": {}, **checked}
        except Misfit as misfit:
            cause = str(misfit)
        except (ValueError, TypeError, RecursionError):
            cause = "it is not JSON"
        self._warn(f"{complaint} what an earlier look has proven ({cause}), so everything is proven anew.")
        return {}

    def _warn(self, sentence: str) -> None:
        self._warnings.append(one_line(sentence))


def _usable(facts: dict[str, Any], days: int, now: datetime) -> dict[str, Any]:
    """Return the facts whose proof is whole and not too old."""
    proofs = {
        name: proof
        for name, proof in facts.get("proofs", {}).items()
        if facts.get(name) and proof["fingerprint"] and _holds(proof["proven"], days if name in _AGEING else None, now)
    }
    return {"proofs": proofs, **{name: facts[name] for name in proofs}} if proofs else {}


def _holds(proven: str | None, days: int | None, now: datetime) -> bool:
    try:
        age = now - datetime.strptime(proven or "", _TIME).replace(tzinfo=timezone.utc)
    except ValueError:
        return False
    # A proof out of the future was dated by a wrong clock.
    return timedelta(0) <= age and (days is None or age < timedelta(days=days))


def _days(options: Mapping[str, Any]) -> int:
    try:
        # More than this many are for ever.
        return min(int(options.get("earlier_days", DAYS)), 1_000_000)
    except (TypeError, ValueError):
        return 0  # the module refuses what is no number
