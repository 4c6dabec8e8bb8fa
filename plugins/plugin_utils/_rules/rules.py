# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of drift: read from the file that is shipped, merged with the user's own, compiled.

roles/drift/files/rules.yml describes what a rule consists of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules import rule_validation
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.comparisons import COMPARISONS
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.expressions import Expression, compile_expression
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import (
    SEVERITIES,
    Comparison,
    Remedy,
    Severity,
)

# The variables of a host with rules, in the order in which they are merged over the shipped ones.
RULE_VARIABLES = ("jetfleet_drift_rules", "jetfleet_drift_group_rules", "jetfleet_drift_host_rules")
Definitions = Mapping[str, dict[str, Any]]
# yaml has a C parser where it was built with libyaml, which is ten times as fast.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Rule:
    """One rule, compiled. The operand is an Expression, or the value itself."""

    name: str
    title: str
    query: Expression
    when: Expression | None
    comparison: Comparison
    operand: Any
    severity: Severity
    remedy: Remedy | None

    @property
    def roots(self) -> frozenset[str]:
        """Return the names that the rule reads at the root of a document."""
        expressions = (self.query, self.when, self.operand)
        return frozenset().union(*(found.roots for found in expressions if isinstance(found, Expression)))


def read_rules(path: str) -> Definitions:
    """Return the rules in a file; a ValueError says why it cannot be used."""
    try:
        with open(path, encoding="utf-8") as file:
            found = yaml.load(file, _Loader)  # noqa: S506
    except OSError as error:
        raise ValueError(f"The rules in {path} cannot be read ({error.strerror}): give a file that can.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(
            f"The rules in {path} are not valid YAML ({' '.join(str(error).split())}): correct them."
        ) from error
    faults = rule_validation.layer_faults(found) or rule_validation.unfinished((), [found])[0]
    if faults:
        raise ValueError(" ".join(f"In {path}, {fault}." for fault in faults))
    return dict(found)


@cache
def shipped_rules(path: str) -> tuple[Definitions, tuple[Rule, ...]]:
    """Return the rules of a file, as they are written and compiled; a ValueError says why it cannot be used."""
    definitions = read_rules(path)
    return definitions, tuple(make_rule(name, definition) for name, definition in definitions.items())


def merge(layers: Iterable[Definitions]) -> Definitions:
    """Return the rules of all layers: a later one gives whole rules, or what it changes of an earlier one."""
    merged: dict[str, dict[str, Any]] = {}
    for layer in layers:
        for name, definition in layer.items():
            kept = merged.get(name, {})
            if not definition.keys().isdisjoint(COMPARISONS):
                kept = {key: value for key, value in kept.items() if key not in COMPARISONS}
            merged[name] = kept | definition
    return merged


def make_rule(name: str, definition: Mapping[str, Any]) -> Rule:
    """Return a rule without faults, compiled."""
    (comparison,) = [name for name in COMPARISONS if name in definition]
    operand = definition[comparison]
    when, remedy = definition.get("when"), definition.get("remedy")
    return Rule(
        name=name,
        title=definition["title"],
        query=compile_expression(definition["query"]),
        when=compile_expression(when) if when is not None else None,
        comparison=comparison,
        operand=compile_expression(operand["query"]) if rule_validation.is_query(operand) else operand,
        severity=definition.get("severity", SEVERITIES[0]),
        remedy={"text": remedy["text"], "command": remedy.get("command")} if remedy else None,
    )


def board_rules(path: str, layers: list[Definitions]) -> tuple[Rule, ...]:
    """Return the rules of a board; layers are its RULE_VARIABLES, without faults."""
    definitions, compiled = shipped_rules(path)
    changed = {name for layer in layers for name in layer}
    if not changed:
        return compiled
    known = {rule.name: rule for rule in compiled}
    merged = merge([definitions, *layers])
    return tuple(make_rule(name, merged[name]) if name in changed else known[name] for name in merged)
