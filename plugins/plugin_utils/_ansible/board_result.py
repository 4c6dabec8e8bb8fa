# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The border: what a board answers, or a fact cache holds, reduced to what it may be before anything looks at it.

A board can send any JSON. Ansible itself makes variables of all its facts, and displays its warnings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypedDict

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import both_ends
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.schema import Check, Misfit, checker
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.build import Job
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Facts, OldProcess

# Characters of JSON. The facts of a board are some ten thousand.
_LARGEST = 4 * 1024 * 1024
# What any module returns.
_FLAGS = ("changed", "failed", "skipped", "unreachable")
_TEXTS = ("module_stderr", "module_stdout", "exception", "stderr", "stdout")
_ASIDES = {"warnings": str, "deprecations": dict}
_MOST_ASIDES = 20


class _JetfleetFacts(TypedDict):
    jetfleet: Facts


class FactsAnswer(TypedDict):
    """What protobuf_facts returns beside what every module does."""

    ansible_facts: _JetfleetFacts


class TransactionAnswer(TypedDict, total=False):
    """What protobuf_transaction returns; no facts where it has refused its options."""

    ansible_facts: _JetfleetFacts
    rolled_back: bool
    reason: str | None
    restart_needed: list[OldProcess]
    failed_units: list[str]


_FACTS = checker(Facts)
_CHECKS: dict[Any, Check] = {answer: checker(answer) for answer in (FactsAnswer, TransactionAnswer, Job)}


def checked_facts(facts: Any) -> Facts:
    """Return facts that the caller of an action has given, as plain data; raise ValueError for what are none."""
    try:
        checked: Facts = _FACTS(_plain(facts))
    except Misfit as misfit:
        raise ValueError(
            f"The facts are not those of jetfleet.protobuf.protobuf_facts (in the facts, {misfit}): gather them again with this "
            "release of the collection."
        ) from misfit
    return checked


def board_result(found: Mapping[str, Any], answer: type) -> dict[str, Any]:
    """Return what a module on a board has answered without all that it never does; failed where it is something else.

    answer is the type of what it adds to what every module returns.
    """
    common = _common(found)
    # A module that was cut off or refused has nothing more to say.
    ended = any(common.get(name) for name in _FLAGS[1:])
    try:
        return {**common, **_CHECKS[TransactionAnswer if ended else answer](_plain(_own(found)))}
    except Misfit as misfit:
        return {
            "failed": True,
            "changed": common["changed"],
            "msg": one_line(
                f"The board answers what no module of this collection does (in its answer, {misfit}): look at what the board runs "
                "instead, and set it up again if that is not known."
            ),
        }


def _own(found: Mapping[str, Any]) -> dict[str, Any]:
    left_out = (*_FLAGS, *_TEXTS, *_ASIDES, "msg", "rc", "invocation")
    return {name: value for name, value in found.items() if name not in left_out and not name.startswith("_ansible_")}


def _common(found: Mapping[str, Any]) -> dict[str, Any]:
    # Ansible has taken out what a module may not set of its own names.
    result = {name: value for name, value in found.items() if name.startswith("_ansible_")}
    result |= {name: bool(found[name]) for name in _FLAGS if name in found}
    result.setdefault("changed", False)
    result |= {name: _ends(found[name]) for name in _TEXTS if _may_be_shown(found.get(name), str)}
    if isinstance(found.get("msg"), str):
        result["msg"] = one_line(found["msg"])
    if isinstance(found.get("rc"), int):
        result["rc"] = found["rc"]
    for name, kind in _ASIDES.items():
        asides = found.get(name)
        kept = [_aside(aside) for aside in asides if _may_be_shown(aside, kind)] if isinstance(asides, list) else []
        if kept:
            result[name] = kept[:_MOST_ASIDES]
    return result


def _may_be_shown(value: Any, kind: type) -> bool:
    # From ansible-core 2.19 on, Ansible itself makes objects of some.
    return isinstance(value, kind) or not isinstance(value, str | int | float | list | dict | None)


def _ends(text: Any) -> Any:
    return both_ends(text) if isinstance(text, str) else text


def _aside(aside: Any) -> Any:
    if isinstance(aside, dict):
        return {name: _aside(value) for name, value in aside.items() if isinstance(value, str) or value is None}
    return one_line(aside) if isinstance(aside, str) else aside


def _plain(data: Any) -> Any:
    """Return the data without Ansible's own types, which say where a value comes from; YAML makes a date of 2026-12-31."""
    try:
        text = json.dumps(data, default=str)
    except (RecursionError, ValueError):
        raise Misfit("is nested too deep") from None
    if len(text) > _LARGEST:
        raise Misfit(f"has {len(text)} characters, which is more than {_LARGEST}")
    return json.loads(text)
