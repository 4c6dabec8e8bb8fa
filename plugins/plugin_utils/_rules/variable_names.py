# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of variables: those that the roles of this collection have, and those that look like them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.registered import SET_IN_A_RUN
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.words import some_hosts

# Every name with one wrong, missing, additional or exchanged letter is closer than this to the right one.
_SIMILARITY = 0.85
_PREFIX = "jetfleet_"
_FOREIGN = ("__", "ansible_")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def role_variables() -> set[str]:
    """Return the names of all options of all entry points of the collection's roles, and of what they set on hosts."""
    files = Path(__file__).parents[3].glob("roles/*/meta/argument_specs.yml")
    specs = [yaml.load(file.read_bytes(), _Loader)["argument_specs"] for file in files]  # noqa: S506
    options = {name for spec in specs for entry in spec.values() for name in entry.get("options", {})}
    return options | SET_IN_A_RUN


def unknown_names(names_of_hosts: Mapping[str, Iterable[str]], known: set[str]) -> list[str]:
    """Return one sentence for each variable of the hosts that is probably meant to be one of the known names."""
    hosts: dict[str, list[str]] = {}
    for host, names in names_of_hosts.items():
        for name in names:
            hosts.setdefault(name, []).append(host)
    remedies = {name: remedy(name, known) for name in sorted(hosts.keys() - known)}
    return [
        f"{name} of {some_hosts(hosts[name])} is not a variable of this collection: {text}."
        for name, text in remedies.items()
        if text
    ]


def remedy(name: str, known: Iterable[str]) -> str | None:
    """Return what to do about a name that is not known, None where it belongs to other code."""
    if name.startswith(_FOREIGN):
        return None
    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=_SIMILARITY)
    if close:
        return f"did you mean {close[0]}"
    if name.startswith(_PREFIX):
        return f"rename it, as names that begin with {_PREFIX} are reserved, or correct it ('ansible-doc -t role' shows them)"
    return None
