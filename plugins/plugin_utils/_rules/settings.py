# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with the values of variables that every playbook uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.proc import is_unit_name
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.model_files import graphs_faults
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.words import shown

# Every variable that is checked, and what it is where it is not set.
SETTINGS: dict[str, Any] = {
    "jetfleet_graphs": [],
    "jetfleet_artefact_source": "controller",
    "jetfleet_artefact_url": "",
    "jetfleet_restart_units": [],
    "jetfleet_restart_seconds": 10,
    "libprotobuf_source_url": "",
    "libprotobuf_build_jobs": 0,
}
# Who downloads from an address.
_NETRC = {
    "jetfleet_artefact_url": "root's ~/.netrc on the boards",
    "libprotobuf_source_url": "your ~/.netrc on the controller",
}


class Fault(NamedTuple):
    """What is wrong in a variable, continuing the sentence 'In NAME of HOSTS, ...' without its full stop."""

    name: str
    text: str


def setting_faults(values: Mapping[str, Any]) -> list[Fault]:
    """Return all faults of the SETTINGS of one host."""
    return [
        *(Fault("jetfleet_graphs", text) for text in graphs_faults(values["jetfleet_graphs"])),
        *_mirror_faults(values),
        *_restart_faults(values["jetfleet_restart_units"], values["jetfleet_restart_seconds"]),
        *_job_faults(values["libprotobuf_build_jobs"]),
        *(Fault(name, _secret_fault(file)) for name, file in _NETRC.items() if _has_secret(values[name])),
    ]


def _mirror_faults(values: Mapping[str, Any]) -> list[Fault]:
    if values["jetfleet_artefact_source"] != "url" or values["jetfleet_artefact_url"]:
        return []
    text = "the address is empty and jetfleet_artefact_source is url: set it to the address of a copy of the artefact store"
    return [Fault("jetfleet_artefact_url", text)]


def _restart_faults(units: Any, seconds: Any) -> list[Fault]:
    found = []
    wrong = [units] if not isinstance(units, list) else [unit for unit in units if not is_unit_name(unit)]
    for unit in wrong:
        text = f"{shown(unit)} is no name of a unit: give a list of names such as detector.service"
        found.append(Fault("jetfleet_restart_units", text))
    if not re.fullmatch("[0-9]+", str(seconds)):
        text = f"{shown(seconds)} is not a whole number: give the seconds that each unit has to stay active"
        found.append(Fault("jetfleet_restart_seconds", text))
    return found


def _job_faults(jobs: Any) -> list[Fault]:
    if re.fullmatch("[0-9]+", str(jobs)):
        return []
    text = (
        f"{shown(jobs)} is not a whole number: give the most compilers that may run at once, "
        "or 0 for as many as the cores and the memory allow"
    )
    return [Fault("libprotobuf_build_jobs", text)]


def _has_secret(url: Any) -> bool:
    return re.search("//[^/]*@", str(url)) is not None


def _secret_fault(file: str) -> str:
    return (
        f"the address has a user name or password in it, which logs would show: put it into {file} "
        "and take it out of the address"
    )
