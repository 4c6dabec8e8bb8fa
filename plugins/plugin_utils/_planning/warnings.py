# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a board's owner should know although the run goes on.

Every sentence names a cause and a remedy.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning import releases
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.releases import Release


def warnings(facts: dict[str, Any], wanted: Release) -> list[str]:
    """Return what is reported and not touched."""
    found: list[str | None] = [_environment_warning(entry) for entry in facts["environment"]]
    found += [_copy_warning(copy, facts["python"]) for copy in facts["module"]["copies"]]
    numbers = releases.major_minor(facts["python"].get("version"))
    if numbers:
        found.append(releases.python_warning(wanted, numbers))
    return [sentence for sentence in found if sentence]


def _environment_warning(entry: dict[str, Any]) -> str:
    assignment = f"{entry['variable']}={entry['value']}"
    if entry["variable"].endswith("_VERSION"):
        # ValueError at import for anything but 2, up to 3.18; newer ones do not read it.
        effect = "stops older protobuf modules from being imported unless it is 2"
    elif entry["value"] == "python":
        effect = "takes the C++ backend away"
    else:
        effect = "breaks every protobuf without that backend"
    if entry["line"] is None:
        return f"{assignment} is in the environment of the user that Ansible logs in as and {effect}: remove it there."
    return f"{entry['file']} line {entry['line']} sets {assignment}, which {effect}: remove that line."


def _copy_warning(copy: dict[str, Any], python: dict[str, Any]) -> str | None:
    described = f"protobuf {copy['version'] or 'of unknown version'} in {copy['location']}"
    if copy["scope"] == "user":
        return (
            f"{described} hides the system's from the user whose home that is: run "
            f"'{python['executable']} -m pip uninstall protobuf' as that user if the fast one is wanted there."
        )
    if copy["installer"] == "unknown" and copy["active"] and copy["location"] != python.get("purelib"):
        return (
            f"{described} belongs to no installer and hides the installed one: "
            "remove it by hand or take it from the module path."
        )
    return None
