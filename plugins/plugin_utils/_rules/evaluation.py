# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One rule over the facts of one board and what is expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.comparisons import holds, operand_fault
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.cpu_limit import cpu_limit
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.expressions import (
    ALWAYS,
    SUBSETS,
    Expression,
    evaluate,
    is_true,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import Rule
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.words import any_of
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import Outcome

Document = Mapping[str, Any]
# For one rule of one board. The rules of the collection take less than a millisecond.
CPU_SECONDS = 1.0


class Result(NamedTuple):
    """The outcome of a rule; the reason says why it was not evaluated."""

    outcome: Outcome
    reason: str | None = None
    expected: Any = None
    actual: Any = None


class Unknown(NamedTuple):
    """In the place of a subset of the facts: why nothing can be said of it, a sentence."""

    reason: str


class _NotEvaluated(Exception):
    """Carries the sentence that says why a rule cannot be evaluated."""


def evaluate_rule(rule: Rule, document: Document) -> Result:
    """Return the result; document is the facts, and what is expected."""
    try:
        with cpu_limit(CPU_SECONDS):
            return _result(rule, document)
    except _NotEvaluated as reason:
        return Result("not_evaluated", str(reason))
    except TimeoutError:
        return Result(
            "not_evaluated",
            f"The rule takes more than {CPU_SECONDS:g} s for the facts of this board: write its expressions so that they look at less, "
            "and a regular expression so that it can match in one way only.",
        )


def _result(rule: Rule, document: Document) -> Result:
    if rule.when is not None and not is_true(_value("when", rule.when, document)):
        return Result("not_applicable")
    actual = _value("query", rule.query, document)
    expected = _expected(rule, document)
    outcome: Outcome = "compliant" if holds(rule.comparison, actual, expected) else "finding"
    return Result(outcome, expected=expected, actual=actual)


def _expected(rule: Rule, document: Document) -> Any:
    if not isinstance(rule.operand, Expression):
        return rule.operand
    value = _value(f"query in {rule.comparison}", rule.operand, document)
    fault = operand_fault(rule.comparison, value)
    if fault:
        raise _NotEvaluated(f"What {one_line(rule.operand.text)} gives {fault}.")
    return value


def _value(field: str, expression: Expression, document: Document) -> Any:
    missing = sorted({SUBSETS[name] for name in expression.roots - ALWAYS if name not in document})
    if missing:
        subset = "subset" if len(missing) == 1 else "subsets"
        raise _NotEvaluated(
            f"The {subset} {any_of(missing, 'and')} of the facts {'was' if len(missing) == 1 else 'were'} not gathered."
        )
    unknown = [document[name].reason for name in sorted(expression.roots) if isinstance(document.get(name), Unknown)]
    if unknown:
        raise _NotEvaluated(" ".join(unknown))
    try:
        return evaluate(expression, document)
    except ValueError as error:
        raise _NotEvaluated(f"The {field} of the rule {error}.") from error
