# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a board's owner should know and what is not changed.

Every sentence names a cause and a remedy.
"""

from __future__ import annotations

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning import releases
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.processes import old_processes_sentence
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Assignment, Copy, Facts, Python


def notices(facts: Facts, wanted: releases.Release) -> list[str]:
    """Return what is only reported."""
    found: list[str | None] = [_environment_warning(entry) for entry in facts["environment"]]
    found += [_copy_warning(copy, facts["python"]) for copy in facts["module"]["copies"]]
    processes = facts.get("processes")
    found.append(old_processes_sentence(processes["old"]) if processes else None)
    numbers = releases.major_minor(facts["python"]["version"])
    if numbers:
        found.append(releases.python_warning(wanted, numbers))
    return [sentence for sentence in found if sentence]


def _environment_warning(entry: Assignment) -> str:
    assignment = f"{entry['variable']}={entry['value']}"
    if entry["variable"].endswith("_VERSION"):
        # ValueError at import for anything but 2, up to 3.18; newer ones do not read it.
        effect = "stops older protobuf modules from being imported unless it is 2"
    elif entry["value"] == "python":
        effect = "disables the C++ backend"
    else:
        effect = "breaks every protobuf without that backend"
    if entry["line"] is None:
        return f"{assignment} is in the environment of the user that Ansible logs in as and {effect}: remove it there."
    remedy = "remove it there, and restart what systemd runs" if "/systemd/" in entry["file"] else "remove that line"
    return f"{entry['file']} line {entry['line']} sets {assignment}, which {effect}: {remedy}."


def _copy_warning(copy: Copy, python: Python) -> str | None:
    if copy["level"] != "user":
        return None
    listed_in = copy["listed_in"]
    whose = f"who has {listed_in}" if listed_in else "whose home that is"
    return (
        f"protobuf {copy['version'] or 'of unknown version'} in {copy['location']} hides the system's from the user {whose}: "
        f"run '{python['executable']} -m pip uninstall protobuf' as that user if the fast one is wanted there."
    )
