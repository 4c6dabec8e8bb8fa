# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files a plan needs, how they get to a board, and the options of the board's transaction."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from ansible.errors import AnsibleError
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import shown
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.manifest import StoredArtefact
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.signature import signature_fault
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.artefact import StoredFile
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import Action, Expected, Plan

# Below the home of the SSH user: no other user can write there or read it.
FOLDER = "~/.cache/jetfleet"
_LONGEST_PAUSE = 30.0
_SIZE = re.compile(r"[0-9]{1,18}")
_TOLD = 100

# What a board can be given, and the actions of a plan that belong to the library; all others are the module's.
PARTS = ("library", "module")
_LIBRARY = ("adopt_files", "install_library", "refresh_linker_cache")

Arguments = dict[str, Any]


@dataclass(frozen=True)
class Artefact:
    """One file of the store that a board needs."""

    # Its option of the transaction: package or wheel.
    role: str
    name: str
    version: str
    sha256: str
    local: str
    size: int

    @property
    def staged(self) -> str:
        """Return where it is put, below FOLDER."""
        return f"{self.sha256}/{self.name}"


def part_of_plan(plan: Plan, parts: Iterable[str]) -> Plan:
    """Return the plan without the actions and the expectations of a part that is left out."""
    if set(parts) == set(PARTS):
        return plan
    library = "library" in parts
    actions = [action for action in plan["actions"] if (action["action"] in _LIBRARY) == library]
    names = ("soname_major",) if library else ("python_version", "linkage")
    expected = {name: value for name, value in plan["expected"].items() if name in names}
    return {**plan, "actions": actions, "expected": cast(Expected, expected)}


def handled(plan: Plan) -> list[Action]:
    """Return the actions of a plan that one transaction carries out; apt installs the distribution's packages."""
    return [action for action in plan["actions"] if action["action"] != "install_packages"]


def needs_files(plan: Plan) -> bool:
    """Return whether something out of the store has to be installed."""
    return any(action["action"] in ("install_library", "install_module") for action in plan["actions"])


def verified_artefacts(plan: Plan, store: str, method: str, allowed_signers: str) -> list[Artefact]:
    """Return the files that the plan needs, all verified; a ValueError says what is wrong."""
    stored = StoredArtefact(store, plan["abi_key"] or "")
    files = stored.manifest()["files"]
    fault = signature_fault(stored, method, allowed_signers) if allowed_signers else None
    if fault:
        raise ValueError(fault)
    found = []
    for action in plan["actions"]:
        if action["action"] == "install_library":
            found.append(_artefact("package", ".deb", action["version"], files, stored.folder))
        elif action["action"] == "install_module":
            found.append(_artefact("wheel", ".whl", action["version"], files, stored.folder))
    stored.verify([artefact.name for artefact in found])
    _check_pinned(plan, found)
    return found


def _artefact(role: str, suffix: str, version: str, files: dict[str, StoredFile], folder: str) -> Artefact:
    names = [name for name in files if name.endswith(suffix)]
    if len(names) != 1:
        raise ValueError(
            f"The artefact in {folder} has {len(names)} {suffix} files instead of one: "
            "delete that folder and run the playbook jetfleet.protobuf.build."
        )
    name, entry = names[0], files[names[0]]
    return Artefact(role, name, version, entry["sha256"], os.path.join(folder, name), entry["bytes"])


def _check_pinned(plan: Plan, found: list[Artefact]) -> None:
    """Compare the wheel with the sum of PyPI's that the collection has: a store with another one is wrong."""
    pinned = plan["wheel"] if plan["wheel_provider"] == "pypi" else None
    for artefact in found:
        if pinned and artefact.role == "wheel" and artefact.sha256 != pinned["sha256"]:
            raise ValueError(
                f"{artefact.local} has the SHA-256 {artefact.sha256} and PyPI's wheel has {pinned['sha256']}: "
                f"delete {os.path.dirname(artefact.local)} and run the playbook jetfleet.protobuf.build."
            )


def url_of(base: str, key: str, artefact: Artefact) -> str:
    """Return the address of a file on a mirror that has the folders of the store."""
    return "/".join([base.rstrip("/"), quote(key, safe=""), quote(artefact.name, safe="")])


def prepare_command(artefacts: list[Artefact]) -> str:
    """Return a shell command that makes the private folders and prints their place and the size of each file there.

    What an upload that was killed has left is removed after a day.
    """
    folders = " ".join(shlex.quote(artefact.sha256) for artefact in artefacts)
    staged = " ".join(shlex.quote(artefact.staged) for artefact in artefacts)
    return (
        f"umask 077; mkdir -p {FOLDER} && cd {FOLDER} && chmod 700 . && "
        "find . -mindepth 1 -maxdepth 1 -mtime +0 -exec rm -rf {} + && "
        f"mkdir -p {folders} && chmod 700 {folders} && pwd -P && "
        f'for file in {staged}; do if test -f "$file"; then wc -c < "$file"; else echo 0; fi; done'
    )


def prepared(output: str, artefacts: list[Artefact]) -> tuple[str, list[int]]:
    """Return the place and the sizes that the command printed; a ValueError says that it printed something else."""
    # What a login prints comes before.
    place, *sizes = output.split()[-len(artefacts) - 1 :] or [""]
    if len(sizes) != len(artefacts) or not place.startswith("/") or not all(map(_SIZE.fullmatch, sizes)):
        raise ValueError(
            f"The board does not say which files are in {FOLDER} of the SSH user ({shown(output[-_TOLD:]) or 'it says nothing'}): "
            "have its login shell run commands and print nothing after them, then run again."
        )
    return place, [int(size) for size in sizes]


def upload(
    put: Callable[[str, str], Any],
    local: str,
    remote: str,
    retries: int,
    seconds: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> None:
    """Put a file there; try again after an error, with growing pauses, until retries or seconds are used up."""
    deadline = clock() + seconds
    for attempt in range(retries + 1):
        try:
            put(local, remote)
            return
        except AnsibleError:
            pause = min(2.0**attempt, _LONGEST_PAUSE)
            if attempt == retries or clock() + pause > deadline:
                raise
            sleep(pause)


def must_repeat(result: Mapping[str, object], artefacts: Iterable[Artefact]) -> bool:
    """Return whether the transaction refused a staged file, which one more upload may fix.

    It refuses before anything changes, and its sentence names the file or the sum.
    """
    if not result.get("failed") or result.get("rolled_back") or result.get("changed"):
        return False
    message = str(result.get("msg", ""))
    return any(artefact.sha256 in message or artefact.staged in message for artefact in artefacts)


def file_option(artefact: Artefact, **where: str) -> Arguments:
    """Return the option package or wheel of protobuf_transaction; where is path or url."""
    sent = {"name": artefact.name, "version": artefact.version, "sha256": artefact.sha256, "bytes": artefact.size}
    return {**sent, **where}


def transaction_arguments(plan: Plan, options: Arguments, places: dict[str, Arguments]) -> Arguments:
    """Return the options of protobuf_transaction; places says where the package and the wheel are."""
    actions = plan["actions"]
    arguments: Arguments = {
        "state": "present",
        "abi_key": plan["abi_key"],
        "pip_install": plan["pip_install"],
        "remove_copies": [action["location"] for action in actions if action["action"] == "remove_copy"],
        "unlist_copies": [
            {"location": action["location"], "listed_in": action["listed_in"]}
            for action in actions
            if action["action"] == "unlist_copy"
        ],
        "adopt_files": [path for action in actions if action["action"] == "adopt_files" for path in action["paths"]],
        "refresh_linker_cache": any(action["action"] == "refresh_linker_cache" for action in actions),
        "expected": {name: value for name, value in plan["expected"].items() if value is not None},
    }
    return {**arguments, **options, **places}
