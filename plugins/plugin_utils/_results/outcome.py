# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a board in this run, out of the results that were registered on it.

Ansible's own failed and unreachable hosts are not asked: a run that
loses all hosts of a wave ends there without a word, so the roles keep every host and note what happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.failures import failure_sentence
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.registered import (
    FAILURE,
    GATE,
    PLAN,
    RESULT,
    registered,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Facts

WELL = ("changed", "unchanged", "removed")
Outcome = tuple[str, str | None]


def outcome(variables: Mapping[str, Any], state: str = "present") -> Outcome:
    """Return the status of a board and, unless all is well, the reason in one line; state is the desired one.

    The statuses: changed, unchanged, removed, refused, failed, rolled_back, unreachable, held_back.
    """
    status, reason = _outcome(variables, state)
    return status, one_line(reason) if reason else None


def _outcome(variables: Mapping[str, Any], state: str) -> Outcome:
    gate = registered(variables, GATE)
    if gate.get("stopped"):
        return "held_back", gate.get("reason")
    plan, after, failure = (registered(variables, name) for name in (PLAN, RESULT, FAILURE))
    if after.get("rolled_back"):
        return "rolled_back", failure_sentence(after)
    for result in (plan, after, gate):
        if result.get("unreachable"):
            return "unreachable", failure_sentence(result)
        if result.get("failed"):
            return "failed", failure_sentence(result)
    if not facts_of(plan):
        return "unreachable", failure_sentence(failure) if failure else "No facts came from the board."
    if state == "absent" and not failure:
        return _absence(plan, after)
    if plan.get("refusals") and state == "present":
        return "refused", " ".join(plan["refusals"])
    if failure:
        return "failed", failure_sentence(failure)
    return _good_outcome(plan, after)


def _absence(before: Mapping[str, Any], after: Mapping[str, Any]) -> Outcome:
    facts = facts_of(after) or facts_of(before)
    if "installation" not in facts:
        return _lacking("installation")
    managed = facts["installation"]["managed"]
    if not facts_of(after):
        return ("removed" if managed else "unchanged"), None
    # In check mode it is still there, and would be changed.
    if managed and not after.get("changed"):
        return "failed", "The board still has files of the collection: look for its failed task above."
    return "removed", None


def _good_outcome(plan: Mapping[str, Any], after: Mapping[str, Any]) -> Outcome:
    if "actions" not in plan:
        return "failed", "The board was surveyed but not planned: look for its failed task above."
    # In check mode the plan is all there is: nothing was installed, nothing is measured again.
    if not plan["actions"] or plan.get("changed"):
        return ("changed" if plan["actions"] else "unchanged"), None
    if not facts_of(after):
        return "failed", "The work on the board did not come to its end: look for its failed task above."
    if "module" not in facts_of(after):
        return _lacking("module")
    module, wanted = facts_of(after)["module"], plan["expected"]["python_version"]
    if module["backend"] != "cpp" or module["version"] != wanted:
        found = f"protobuf {module['version']} with the backend {module['backend']}"
        return "failed", f"The board has {found} instead of {wanted} with cpp: look for its failed task above."
    return "changed", None


def _lacking(subset: str) -> Outcome:
    return "failed", f"The facts of the board lack {subset}: gather that subset, too, then run again."


def facts_of(result: Any) -> Facts:
    """Return the facts in a result of protobuf_facts or protobuf_install."""
    facts: Facts | None = ((result or {}).get("ansible_facts") or {}).get("jetfleet")
    return facts if isinstance(facts, dict) else {}
