# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fleet's answers come to, from the modules' results to every report, by the code of the actions and without Ansible."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.board_result import (
    FactsAnswer,
    TransactionAnswer,
    board_result,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports import (
    drift_table,
    graph_table,
    provision_table,
    survey_table,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.drift_report import assemble
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.host_status import looked_at
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.html import html
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.junit import junit
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.fleet import Fleet
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.registered import ASSESSMENT, registered
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.waves import stop_reason
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.assessment import assess
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import board_rules, merge, read_rules
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import DESIRED, RULES, matching_expected

TEMPLATE = Path(RULES).parents[1] / "templates/drift.html.j2"
TODAY = date(2026, 11, 30)
NOW = "2026-11-30T12:00:00Z"
SHIPPED = board_rules(RULES, [])
DEFINITIONS = merge([read_rules(RULES)])
Answer = Any


def surveyed(answer: Answer) -> dict[str, Any]:
    """Return what protobuf_plan registers after a board has answered protobuf_facts."""
    found = board_result(answer, FactsAnswer)
    if found.get("failed"):
        return found
    facts = found["ansible_facts"]["jetfleet"]
    try:
        plan: Any = make_plan(facts, DESIRED, lambda _key: None, lambda _key: None)
    except ValueError as error:
        plan = {"failed": True, "msg": str(error)}
    return {**found, **plan}


def assessed(answer: Answer, host: str) -> dict[str, Any]:
    """Return what drift_assess registers after a board has answered protobuf_facts."""
    found = board_result(answer, FactsAnswer)
    if found.get("failed"):
        return found
    facts = found["ansible_facts"]["jetfleet"]
    try:
        return {"assessment": assess(facts, matching_expected(facts), SHIPPED, {}, TODAY, host)}
    except ValueError as error:
        return {"failed": True, "msg": str(error)}


def drift_lines(registered_on: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what drift says of each host on the terminal, in JSON and JUnit; the page is made, too."""
    looks = [looked_at(host, registered({ASSESSMENT: result}, ASSESSMENT)) for host, result in registered_on.items()]
    report = assemble(looks, DEFINITIONS, None, NOW, "0.1.0")
    lines = [*map("|".join, drift_table.cells(report)), *drift_table.lines(report)]
    lines += [f"{board['host']}: {json.dumps(board, allow_nan=False)}" for board in report["boards"]]
    xml, page = junit(report).decode(), html(report, TEMPLATE).decode()
    assert not set(xml + page) & {"\x1b", "\x07", "\x00", "\x9b", "\u202e"}
    lines += xml.replace("</testsuites>", "").split("<testsuite ")[1:]
    return {host: [line for line in lines if host in line] for host in registered_on}


def provision_lines(variables: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what the tables of survey and provision, the gate and the waves say of each host."""
    hosts = list(variables)
    survey = survey_table.survey_rows(variables, hosts)
    graphs = graph_table.graph_rows(variables, hosts)
    result = provision_table.report_rows(variables, hosts)
    absent = provision_table.report_rows(variables, hosts, "absent")
    rows = [*survey_table.cells(survey), *graph_table.cells(graphs)]
    rows += [*provision_table.cells(result), *provision_table.cells(absent)]
    lines = ["|".join(row) for row in rows]
    lines += [*survey_table.sentences(survey), *graph_table.sentences(graphs)]
    lines += [f"{row['board']}: {row['reason']}" for row in result if row["reason"]]
    lines += [f"{host}: pending" for host in provision_table.pending(result)]
    for row in (*survey, *graphs, *result):
        json.dumps(row, allow_nan=False)
    fleet = Fleet(variables, {"all": hosts, "boards": hosts, "builders": []})
    lines += [
        f"{host}: {name}" for name in ("boards_to_change", "boards_to_build_for") for host in getattr(fleet, name)()
    ]
    assert isinstance(stop_reason(variables, [hosts, ["next"]], ["next"], 0), str | None)
    return {host: [line for line in lines if host in line] for host in hosts}


def provisioned(answer: Answer, after: Answer) -> dict[str, Any]:
    """Return the variables of a board that has answered the survey and the transaction."""
    return {"jetfleet_plan": surveyed(answer), "jetfleet_result": board_result(after, TransactionAnswer)}
