# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All faults in the variables of hosts, one sentence each: rules, exemptions, and the settings of every playbook.

Hosts that share their variables are checked once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.exemptions import (
    EXEMPTION_VARIABLES,
    exemption_faults,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rule_validation import layer_faults, unfinished
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import RULE_VARIABLES
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.settings import SETTINGS, Fault, setting_faults
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.words import some_hosts

# Every variable that drift checks, and what it is where it is not set. The other playbooks check SETTINGS alone.
VARIABLES: dict[str, Any] = {**dict.fromkeys((*RULE_VARIABLES, *EXEMPTION_VARIABLES), {}), **SETTINGS}


class Layer(NamedTuple):
    """What one variable holds."""

    name: str
    value: Any


def find_faults(definitions: Mapping[str, Any], rules: Sequence[Layer], exemptions: Iterable[Layer]) -> list[Fault]:
    """Return all faults of one host; definitions are the rules that those of the host are merged over."""
    found = [Fault(layer.name, text) for layer in rules for text in layer_faults(layer.value)]
    mappings = [layer.value if isinstance(layer.value, dict) else {} for layer in rules]
    whole = [{name: rule for name, rule in mapping.items() if isinstance(rule, dict)} for mapping in mappings]
    for layer, texts in zip(rules, unfinished(definitions, whole), strict=True):
        found += [Fault(layer.name, text) for text in texts]
    known = {*definitions, *(name for mapping in mappings for name in mapping)}
    found += [Fault(layer.name, text) for layer in exemptions for text in exemption_faults(layer.value, known)]
    return found


def sentences(
    definitions: Mapping[str, Any] | None, texts_of_hosts: Iterable[tuple[str, tuple[str, ...]]]
) -> list[str]:
    """Return the faults of all hosts, each with its variable, one host, and how many more hosts have it.

    Of each host, the values of VARIABLES as JSON texts, in that order; those of SETTINGS where there are no definitions.
    """
    known: dict[tuple[str, ...], list[Fault]] = {}
    hosts: dict[Fault, list[str]] = {}
    for host, texts in texts_of_hosts:
        if texts not in known:
            known[texts] = _faults_of_texts(definitions, texts)
        for fault in known[texts]:
            hosts.setdefault(fault, []).append(host)
    return [f"In {fault.name} of {some_hosts(names)}, {fault.text}." for fault, names in hosts.items()]


def _faults_of_texts(definitions: Mapping[str, Any] | None, texts: tuple[str, ...]) -> list[Fault]:
    names = SETTINGS if definitions is None else VARIABLES
    values = {name: json.loads(text) for name, text in zip(names, texts, strict=True)}
    if definitions is None:
        return setting_faults(values)
    rules = [Layer(name, values[name]) for name in RULE_VARIABLES]
    exemptions = [Layer(name, values[name]) for name in EXEMPTION_VARIABLES]
    return find_faults(definitions, rules, exemptions) + setting_faults(values)
