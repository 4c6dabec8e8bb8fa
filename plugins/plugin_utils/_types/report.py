# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The assessment of a board and the drift report, as the JSON schema of the report describes it."""

from __future__ import annotations

from typing import Any, Literal, TypedDict, get_args

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Prediction

Severity = Literal["error", "warning", "info"]
Comparison = Literal["equals", "one_of", "matches", "at_most", "at_least", "satisfies"]
Status = Literal["compliant", "drift", "failed", "unreachable", "host_key_mismatch", "skipped"]
Outcome = Literal["finding", "exempted", "not_evaluated", "compliant", "not_applicable"]
# The gravest first, which is that of a rule that names none.
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
# Every host has exactly one of them.
STATUSES: tuple[Status, ...] = get_args(Status)


class Limits(TypedDict):
    """What rules compare with and no plan says: seconds (0: no limit), verdicts on OpenCV, paths of model files."""

    load_time_budget: float
    graph_load_time_budget: float
    opencv_fail_on: list[str]
    graphs: list[str]


class Expectation(Limits):
    version: str
    python_version: str
    soname: str | None
    package_version: str | None
    linkage: str | None
    abi_key: str | None
    platform: str | None
    backend: Literal["cpp"]
    pip_constraint: bool


class Remedy(TypedDict):
    text: str
    command: str | None


class LoadTimeSummary(TypedDict):
    source: str | None
    backend: str | None
    seconds: float | None
    values: int | None
    status: str | None
    budget: float | None


class GraphSummary(TypedDict):
    path: str
    status: str
    error: str | None
    bytes: int | None
    nodes: int | None
    values: int | None
    prediction: Prediction | None


class JudgedGraph(GraphSummary):
    budget: float | None


class BoardSummary(TypedDict):
    model: str | None
    l4t: str | None
    jetpack: str | None
    distribution: str | None
    architecture: str | None
    python: str | None
    protobuf: str | None
    backend: str | None
    opencv: str | None
    proven: dict[str, str | None] | None
    abi_key: str | None
    load_time: LoadTimeSummary | None
    graphs: list[JudgedGraph] | None


class _RuleResult(TypedDict):
    rule: str
    severity: Severity
    title: str


class _AssessedRule(_RuleResult):
    outcome: Outcome
    reason: str | None
    expires: str | None
    remedy: Remedy | None


class AssessedRule(_AssessedRule, total=False):
    """comparison, expected and actual are those of a finding or of an exempted one; counts is that of a finding."""

    comparison: Comparison
    expected: Any
    actual: Any
    counts: bool


class Assessment(TypedDict):
    status: Literal["compliant", "drift"]
    rules: list[AssessedRule]
    board: BoardSummary


class _Compared(_RuleResult):
    expected: Any
    comparison: Comparison
    actual: Any


class Finding(_Compared):
    outcome: Literal["finding"]
    reason: str | None
    counts: bool
    remedy: Remedy | None
    first_seen: str
    new: bool


class Exempted(_Compared):
    outcome: Literal["exempted"]
    reason: str
    expires: str


class NotEvaluated(_RuleResult):
    outcome: Literal["not_evaluated"]
    reason: str


class OtherResult(_RuleResult):
    outcome: Literal["compliant", "not_applicable"]
    reason: None


RuleResult = Finding | Exempted | NotEvaluated | OtherResult


class EarlierFinding(TypedDict):
    rule: str
    first_seen: str


class BoardReport(TypedDict):
    host: str
    status: Status
    status_since: str
    reason: str | None
    board: BoardSummary | None
    rules: list[RuleResult]
    resolved: list[EarlierFinding]
    known: list[EarlierFinding]


class Row(BoardReport):
    """A board as the page of a report shows it."""

    id: str
    findings: list[Finding]
    facts: BoardSummary


class Summary(TypedDict):
    boards: int
    compliant: int
    drift: int
    failed: int
    unreachable: int
    host_key_mismatch: int
    skipped: int
    findings: int
    new: int
    resolved: int


class RuleDescription(TypedDict):
    title: str
    description: str | None
    severity: Severity
    remedy: str | None


class Report(TypedDict):
    schema_version: Literal["1.1"]
    collection_version: str
    generated: str
    previous: str | None
    summary: Summary
    rules: dict[str, RuleDescription]
    boards: list[BoardReport]


class ProvisionRow(TypedDict):
    """A board in the table at the end of provision."""

    board: str
    backend_before: str | None
    backend_after: str | None
    version_before: str | None
    version_after: str | None
    seconds_before: float | None
    seconds_after: float | None
    speed_up: float | None
    opencv: str | None
    status: str
    reason: str | None


class GraphRow(GraphSummary):
    """A model file of a board in the table of survey."""

    board: str
