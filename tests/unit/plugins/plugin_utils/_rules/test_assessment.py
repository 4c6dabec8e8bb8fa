# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rules over one board: status, entries, exemptions, and what the board is."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.assessment import assess
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.exemptions import merge
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import make_rule
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import (
    ABI_KEY,
    MODEL,
    PLATFORM,
    compliant_board,
    matching_expected,
    missing_graph,
    proof,
)

TODAY = date(2026, 11, 23)
BACKEND: dict[str, Any] = {
    "title": "The backend is fast.",
    "query": "module.backend",
    "equals": "upb",
    "severity": "warning",
    "remedy": {"text": "{executable} of {host} has {actual}", "command": "ssh {host} echo {actual}"},
}
ALWAYS = {"rule", "outcome", "severity", "title", "reason", "expires", "remedy"}
COMPARED = {"comparison", "expected", "actual"}


def assessed(change: dict[str, Any], exemptions: dict[str, Any] | None = None, **facts: Any) -> Any:
    rules = [make_rule("backend", BACKEND | change), make_rule("fine", BACKEND | {"equals": "cpp"})]
    return assess(compliant_board() | facts, matching_expected(), rules, merge([exemptions or {}]), TODAY, "nano-1")


def entry(change: dict[str, Any], expires: str | None = None) -> dict[str, Any]:
    exemptions = {"backend": {"reason": "Not yet.", "expires": expires}} if expires else {}
    assessment = assessed(change, exemptions)
    (found,) = [rule for rule in assessment["rules"] if rule["rule"] == "backend"]
    assert assessment["status"] == ("drift" if found.get("counts") else "compliant")
    assert json.loads(json.dumps(assessment)) == assessment
    return dict(found)


def test_a_finding() -> None:
    assert entry({}) == {
        "rule": "backend",
        "outcome": "finding",
        "severity": "warning",
        "title": "The backend is fast.",
        "comparison": "equals",
        "expected": "upb",
        "actual": "cpp",
        "reason": None,
        "expires": None,
        "counts": True,
        "remedy": {"text": "/usr/bin/python3 of nano-1 has cpp", "command": "ssh nano-1 echo cpp"},
    }


def test_information_is_a_finding_that_does_not_count() -> None:
    found = entry({"severity": "info"})
    assert (found["outcome"], found["counts"]) == ("finding", False)


def test_a_finding_without_a_remedy_or_a_command() -> None:
    assert entry({"remedy": None})["remedy"] is None
    assert entry({"remedy": {"text": "Look."}})["remedy"] == {"text": "Look.", "command": None}


def test_an_exempted_rule() -> None:
    found = entry({}, "2026-11-24")
    assert found.keys() == ALWAYS | COMPARED
    assert (found["outcome"], found["reason"], found["expires"]) == ("exempted", "Not yet.", "2026-11-24")
    assert (found["expected"], found["actual"], found["remedy"]) == ("upb", "cpp", None)


def test_an_exemption_that_has_expired() -> None:
    found = entry({}, "2026-11-23")
    assert (found["outcome"], found["counts"], found["expires"]) == ("finding", True, None)
    assert found["reason"] == "The exemption (Not yet) has expired on 2026-11-23."


def test_a_finding_says_when_it_was_proven() -> None:
    proofs = {"opencv": proof(reused=True), "load_time": proof(proven="2026-12-01T02:00:00Z", reused=True)}
    sentence = "Proven on {0}, and nothing that it depends on has changed since."
    for change, day in (
        ({"query": "opencv.verdict"}, "2026-11-30"),
        ({"query": "load_time.status"}, "2026-12-01"),
        ({"query": "[load_time.status, opencv.verdict]"}, "2026-11-30"),
    ):
        assert assessed(change, proofs=proofs)["rules"][0]["reason"] == sentence.format(day)
    assert assessed({}, proofs=proofs)["rules"][0]["reason"] is None
    models = assessed({"query": "graphs[].status"}, proofs={"calibration": proof(reused=True)})["rules"][0]
    assert models["reason"] == sentence.format("2026-11-30")
    late = assessed({"query": "opencv.verdict"}, {"backend": {"reason": "No.", "expires": "2026-11-01"}}, proofs=proofs)
    assert late["rules"][0]["reason"] == (
        f"The exemption (No) has expired on 2026-11-01. {sentence.format('2026-11-30')}"
    )


@pytest.mark.parametrize("expires", ["2026-11-23", "2026-11-24"])
@pytest.mark.parametrize(
    ("change", "outcome", "reason"),
    [
        ({"equals": "cpp"}, "compliant", None),
        ({"when": "`false`"}, "not_applicable", None),
        ({"query": "keys(module.copies)"}, "not_evaluated", "The query of the rule gives array to keys()"),
    ],
)
def test_an_exemption_changes_nothing_else(
    change: dict[str, Any], outcome: str, reason: str | None, expires: str
) -> None:
    found = entry(change, expires)
    assert found.keys() == ALWAYS
    assert (found["outcome"], found["expires"], found["remedy"]) == (outcome, None, None)
    assert (found["reason"] or "").startswith(reason or "")
    assert (found["reason"] is None) == (reason is None)


def test_rules_keep_their_order() -> None:
    assert [rule["rule"] for rule in assessed({})["rules"]] == ["backend", "fine"]


def test_the_platform_of_the_installation_is_known_to_rules() -> None:
    change = {"query": "installation.platform", "equals": {"query": "expected.platform"}}
    assert entry(change)["outcome"] == "compliant"
    assert entry(change | {"equals": "x"})["actual"] == PLATFORM


def test_what_the_board_is() -> None:
    assert assessed({})["board"] == {
        "model": None,
        "l4t": "32.7.1",
        "jetpack": "4.6.1",
        "distribution": "Debian GNU/Linux 11 (bullseye)",
        "architecture": "amd64",
        "python": "3.9.2",
        "protobuf": "4.21.12",
        "backend": "cpp",
        "opencv": "links_distribution",
        "proven": dict.fromkeys(("opencv", "load_time", "calibration"), "2026-11-30T02:00:00Z"),
        "abi_key": ABI_KEY,
        "load_time": {
            "source": "float_val",
            "backend": "cpp",
            "values": 1000000,
            "status": "ok",
            "seconds": 0.012,
            "budget": 5,
        },
        "graphs": [
            {
                "path": MODEL,
                "status": "ok",
                "error": None,
                "bytes": 25400000,
                "nodes": 400,
                "values": 4200000,
                "prediction": compliant_board()["graphs"][0]["prediction"],
                "budget": 30,
            }
        ],
    }


def test_a_budget_of_nothing_is_none() -> None:
    rules = [make_rule("backend", BACKEND)]
    expected = matching_expected() | {"load_time_budget": 0, "graph_load_time_budget": 0}
    board: Any = assess(compliant_board(), expected, rules, {}, TODAY, "nano-1")["board"]
    assert board["load_time"]["budget"] is None
    assert board["graphs"][0]["budget"] is None


def test_a_model_file_that_is_not_there_has_no_prediction() -> None:
    (graph,) = assessed({}, graphs=[missing_graph()])["board"]["graphs"]
    assert (graph["status"], graph["prediction"], graph["bytes"]) == ("graph_missing", None, None)
    assert assessed({}, graphs=[])["board"]["graphs"] == []


def test_whether_a_model_is_over_the_budget_is_known_to_rules() -> None:
    change = {"query": "graphs[].[over_budget]", "equals": [[None]]}
    assert entry(change)["outcome"] == "compliant"


def test_a_measurement_that_failed_has_no_seconds() -> None:
    failed = compliant_board()["load_time"] | {"status": "graph_missing", "seconds": None}
    load_time = assessed({}, load_time=failed)["board"]["load_time"]
    assert (load_time["status"], load_time["seconds"]) == ("graph_missing", None)


def test_facts_of_a_single_subset_are_enough() -> None:
    rules = [make_rule("backend", BACKEND)]
    assessment: Any = assess({"module": compliant_board()["module"]}, matching_expected(), rules, {}, TODAY, "nano-1")
    assert assessment["status"] == "drift"
    assert assessment["board"] == dict.fromkeys(assessment["board"]) | {"backend": "cpp", "protobuf": "4.21.12"}
    assert assessment["rules"][0]["remedy"]["text"] == "null of nano-1 has cpp"
