# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules in roles/drift/files/rules.yml: one thing that breaks is one finding, found by the rule that is there for it."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
import yaml
from ansible_collections.jetfleet.protobuf.plugins.modules import protobuf_facts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.assessment import assess
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import board_rules
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import (
    ABI_KEY,
    DIGEST,
    MODEL,
    MULTIARCH,
    PACKAGE,
    PLATFORM,
    PURELIB,
    PYEXT,
    RULES,
    compliant_board,
    graph,
    library,
    matching_expected,
    missing_graph,
    module_copy,
    old_process,
    prediction,
)

Facts = dict[str, Any]
PACKAGE_VERSION = f"3.21.12+jetfleet.{DIGEST}"
HOME = "/home/jetson/.local/lib/python3.9/site-packages"
OLD = "/usr/lib/python3/dist-packages"
EGG = f"{PURELIB}/protobuf-3.19.6-py3.9.egg"
OURS = "/usr/local/lib/libprotobuf.so.32"
VARIABLE = "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"
NO_INSTALLATION = {"managed": False, "abi_key": None, "executable": None, "python_version": None, "constraint": False}


@dataclass
class Damage:
    """What a board shows instead of what it should: the change of facts or wishes, and the finding."""

    rule: str
    actual: Any
    facts: dict[str, Any] = field(default_factory=dict)
    desired: dict[str, Any] = field(default_factory=dict)
    # What cannot be said as a change of single facts.
    change: Callable[[Facts], None] = lambda _facts: None


def assessment(damage: Damage) -> Any:
    """Return the assessment of the damaged board; {'module.version': '1'} changes that fact."""
    facts = compliant_board()
    for path, value in damage.facts.items():
        *way, last = path.split(".")
        place = facts
        for name in way:
            place = place[name]
        assert place[last] != value
        place[last] = value
    damage.change(facts)
    expected = matching_expected(facts, **damage.desired)
    return assess(facts, expected, board_rules(RULES, []), {}, date(2026, 11, 23), "nano-1")


def findings(damage: Damage) -> list[tuple[str, Any]]:
    rules = assessment(damage)["rules"]
    # Whatever a board shows, every shipped rule can be evaluated.
    assert [rule for rule in rules if rule["outcome"] == "not_evaluated"] == []
    return [(rule["rule"], rule["actual"]) for rule in rules if rule["outcome"] == "finding"]


def active(location: str, **changes: Any) -> list[Facts]:
    """Return the copies of a board where another copy is imported instead of ours."""
    ours = module_copy(PURELIB, version="4.21.12")
    return [module_copy(location, active=True, before_purelib=True, **changes), ours]


def lost_package(facts: Facts) -> None:
    del facts["packages"][PACKAGE]
    facts["libraries"] = [entry for entry in facts["libraries"] if entry["package"] != PACKAGE]
    facts["protoc"] = facts["protoc"][1:]
    facts["development"] = {"headers": [], "pkg_config": []}


def lost_library(facts: Facts) -> None:
    facts["packages"][PACKAGE]["missing_files"] = [OURS, f"{OURS}.0.12"]
    facts["libraries"] = [entry for entry in facts["libraries"] if entry["path"] != OURS]
    facts["protoc"][0]["version"] = None


def forgotten_library(facts: Facts) -> None:
    for entry in facts["libraries"]:
        entry["in_linker_cache"] = not entry["path"].startswith("/usr/local/")
    facts["protoc"][0]["version"] = None


def another_library(facts: Facts) -> None:
    path = "/usr/local/lib/libprotobuf.so.23"
    facts["libraries"].insert(2, library(path, None))
    facts["installation"]["handmade"] = [path]


def foreign_library(facts: Facts) -> None:
    facts["libraries"].insert(2, library("/usr/local/lib/x86_64-linux-gnu/libprotobuf.so.17", "protobuf-local"))


def first(facts: Facts, kind: str, path: str) -> None:
    facts["development"][kind].insert(0, {"path": path, "version": "3.0.0"})


def unreadable(facts: Facts) -> None:
    """What was installed is nobody's to read but root's."""
    facts["installation"]["wrong_modes"] = [{"path": OURS, "owner": "root", "group": "root", "mode": "0600"}]
    facts["libraries"] = [entry for entry in facts["libraries"] if entry["path"] != OURS]
    for entry in (facts["protoc"][0], facts["development"]["headers"][0], facts["development"]["pkg_config"][0]):
        entry["version"] = None


def upgraded_system(facts: Facts) -> None:
    """Debian 12: another glibc, but the same Python for the sake of the argument."""
    facts["board"] |= {"glibc": "2.36", "distribution": facts["board"]["distribution"] | {"version_id": "12"}}


def other_interpreter(facts: Facts) -> None:
    facts["installation"] |= {"executable": "/opt/python3.8/bin/python3"}
    facts["installation"]["abi_key"] = ABI_KEY.replace("cpython-39", "cpython-38")


OLDER_TENSORFLOW = {"name": "tensorflow-gpu", "version": "1.12.0", "requires_protobuf": ">=5"}
DAMAGES = [
    Damage(
        "importable",
        f"Protobuf in {PURELIB} cannot be imported (ImportError: x): install it again.",
        {
            "module.status": "import_error",
            "module.error": f"Protobuf in {PURELIB} cannot be imported (ImportError: x): install it again.",
            "module.backend": None,
            "module.version": None,
            "module.copies": [module_copy(EGG, installer="egg"), module_copy(PURELIB)],
            "module.metadata.missing_files": [f"{PURELIB}/google/protobuf/message.py"],
            "load_time.status": "no_protobuf",
            "load_time.seconds": None,
        },
    ),
    Damage(
        "importable",
        "absent",
        {
            "module.status": "absent",
            "module.version": None,
            "module.backend": None,
            "module.copies": [],
            "module.metadata.version": None,
            "load_time.status": "no_protobuf",
            "load_time.seconds": None,
        },
    ),
    Damage(
        "importable",
        "The interpreter /usr/bin/python3 does not exist.",
        {
            "python.status": "not_found",
            "python.version": None,
            "python.soabi": None,
            "python.purelib": None,
            "python.tensorflow": None,
            "module.status": "not_probed",
            "module.error": "The interpreter /usr/bin/python3 does not exist.",
            "module.backend": None,
            "module.version": None,
            "module.copies": [],
            "module.metadata.version": None,
        },
    ),
    Damage(
        "backend",
        "python",
        {
            "module.backend": "python",
            "load_time.backend": "python",
            "load_time.seconds": {"median": 120.0},
            "graphs": [graph(prediction=prediction(python=660.0, backend="python"))],
        },
    ),
    # pip install -U protobuf: another version, in upb.
    Damage(
        "backend", "upb", {"module.backend": "upb", "module.version": "5.29.6", "module.metadata.version": "5.29.6"}
    ),
    # The extension is gone, and protobuf falls back on Python.
    Damage(
        "backend", "python", {"module.backend": "python", "module.metadata.missing_files": [f"{PYEXT}/_message.so"]}
    ),
    Damage("module-version", "3.20.3", {"module.version": "3.20.3", "module.metadata.version": "3.20.3"}),
    # pip uninstall protobuf, where the distribution has one in C++ as well.
    Damage(
        "module-version",
        "3.12.4",
        {
            "module.version": "3.12.4",
            "module.metadata.version": "3.12.4",
            "module.copies": [module_copy(OLD, version="3.12.4", installer="apt", active=True)],
        },
    ),
    Damage("pip-metadata", "2.0.0", {"module.metadata.version": "2.0.0", "module.metadata.modified_files": ["/x"]}),
    Damage("pip-metadata", None, {"module.metadata.version": None}),
    Damage("module-files", ["/a/text_format.py"], {"module.metadata.modified_files": ["/a/text_format.py"]}),
    Damage(
        "module-files",
        ["/a", "/b"],
        {"module.metadata.missing_files": ["/a"], "module.metadata.modified_files": ["/b"]},
    ),
    Damage(
        "single-copy",
        [OLD, PURELIB],
        {
            "module.copies": [
                module_copy(PURELIB, version="4.21.12", active=True),
                module_copy(OLD, before_purelib=True),
            ]
        },
    ),
    # The module for all users is gone, and what came after it is imported.
    Damage(
        "single-copy",
        [OLD],
        {"module.copies": [module_copy(OLD, active=True)], "module.version": "3.19.6", "module.backend": "python"},
    ),
    # PYTHONPATH moves the distribution's folder to the front.
    Damage(
        "single-copy",
        [OLD, PURELIB],
        {
            "module.copies": active(OLD, installer="apt"),
            "module.version": "3.12.4",
            "module.metadata.version": "3.12.4",
        },
    ),
    # An egg comes first on the path, whatever is in it.
    Damage(
        "single-copy",
        [EGG, PURELIB],
        {
            "module.copies": active(EGG, installer="egg"),
            "module.version": "3.19.6",
            "module.metadata.version": "3.19.6",
            "module.backend": "python",
            "load_time.seconds": {"median": 120.0},
        },
    ),
    # What comes first is as fast, or even of the same version.
    Damage(
        "single-copy",
        [OLD, PURELIB],
        {"module.copies": active(OLD, installer="unknown"), "module.version": "3.20.3"},
    ),
    Damage(
        "single-copy",
        [OLD, PURELIB],
        {
            "module.copies": active(OLD),
            "module.metadata.modified_files": [f"{OLD}/google/protobuf/message.py"],
            "python.tensorflow": OLDER_TENSORFLOW,
        },
    ),
    Damage(
        "user-copies",
        [HOME],
        {
            "module.copies": active(HOME, level="user"),
            "module.version": "3.19.6",
            "module.metadata.version": "3.19.6",
            "module.backend": "python",
            "load_time.seconds": {"median": 120.0},
        },
    ),
    Damage(
        "user-copies",
        [HOME],
        {"module.copies": [*active(PURELIB, version="4.21.12")[:1], module_copy(HOME, level="user")]},
    ),
    Damage(
        "environment",
        [f"/etc/environment:1 {VARIABLE}=cpp", f"(process) {VARIABLE}=cpp"],
        {
            "environment": [
                {"file": "/etc/environment", "line": 1, "variable": VARIABLE, "value": "cpp"},
                {"file": "(process)", "line": None, "variable": VARIABLE, "value": "cpp"},
            ]
        },
    ),
    Damage("tensorflow", "4.21.12", {"python.tensorflow": OLDER_TENSORFLOW}),
    Damage("load-time", 5.1, {"load_time.seconds": {"min": 5.0, "median": 5.1, "runs": 3}}),
    Damage("load-time", "timed_out", {"load_time.status": "timed_out", "load_time.seconds": None}),
    Damage("graphs-readable", [missing_graph()["error"]], {"graphs": [missing_graph()]}),
    Damage("graphs-readable", [MODEL], {"graphs": [graph(status="graph_invalid", prediction=None)]}),
    Damage(
        "graph-load-time",
        [f"{MODEL} takes 31 s: rewrite it with jetfleet.protobuf.graph_repack (400 ms then)"],
        {"graphs": [graph(prediction=prediction(31.0, repacked=0.4)), graph("/opt/fast.pb")]},
    ),
    Damage(
        "graph-load-time",
        [f"{MODEL} has no prediction: look at the protobuf of the board"],
        {"graphs": [graph(prediction=None)]},
    ),
    Damage("unproven", ["No memory."], {"module.status": "unproven", "module.error": "No memory."}),
    Damage("unproven", ["Too hot."], {"opencv.verdict": "unproven", "opencv.reason": "Too hot."}),
    Damage(
        "unproven",
        ["Too busy."],
        {"load_time.status": "unproven", "load_time.error": "Too busy.", "load_time.seconds": None},
    ),
    Damage(
        "unproven",
        ["Too busy."],
        {"graphs": [graph(status="unproven", error="Too busy.", prediction=None), graph()]},
    ),
    Damage("library-package", "not installed", change=lost_package),
    Damage("library-package", "half-configured", {f"packages.{PACKAGE}.status": "half-configured"}),
    Damage("library-package", "3.6.0+jetfleet.12345678", {f"packages.{PACKAGE}.version": "3.6.0+jetfleet.12345678"}),
    Damage("library-files", [OURS, f"{OURS}.0.12"], change=lost_library),
    Damage(
        "library-files", ["/usr/local/bin/protoc"], {f"packages.{PACKAGE}.modified_files": ["/usr/local/bin/protoc"]}
    ),
    Damage("library-soname", ["/usr/local/lib/libprotobuf.so.23", OURS], change=another_library),
    Damage(
        "library-soname",
        ["/usr/local/lib/x86_64-linux-gnu/libprotobuf.so.17", OURS],
        change=foreign_library,
    ),
    Damage("linker-cache", [OURS], change=forgotten_library),
    Damage(
        "protoc",
        ["/usr/local/sbin/protoc"],
        change=lambda facts: facts["protoc"].insert(
            0, {"path": "/usr/local/sbin/protoc", "version": None, "package": None}
        ),
    ),
    # First for root only.
    Damage(
        "protoc",
        ["/usr/local/sbin/protoc"],
        change=lambda facts: facts["protoc"].insert(
            1, {"path": "/usr/local/sbin/protoc", "version": "3.0.0", "package": None}
        ),
    ),
    # Ours cannot be executed any more.
    Damage("protoc", ["/usr/bin/protoc"], change=lambda facts: facts["protoc"].pop(0)),
    Damage("protoc", [None], {"protoc": []}),
    Damage(
        "headers",
        ["/usr/local/include/x/common.h"],
        change=lambda facts: first(facts, "headers", "/usr/local/include/x/common.h"),
    ),
    Damage("pkg-config", ["/usr/local/x.pc"], change=lambda facts: first(facts, "pkg_config", "/usr/local/x.pc")),
    Damage(
        "distribution-libprotobuf",
        ["libprotobuf23"],
        {
            "installation.missing_packages": ["libprotobuf23"],
            "opencv.verdict": "conflict",
            "opencv.reason": "libopencv_dnn.so.4.5 needs libprotobuf.so.23, which the loader does not find: put it back.",
        },
    ),
    Damage(
        "handmade-files",
        ["/usr/local/lib/libprotoc.so.99"],
        {"installation.handmade": ["/usr/local/lib/libprotoc.so.99"]},
    ),
    Damage(
        "opencv",
        "conflict: cv2 loads /usr/local/lib/libprotobuf.so.9: remove it.",
        {"opencv.verdict": "conflict", "opencv.reason": "cv2 loads /usr/local/lib/libprotobuf.so.9: remove it."},
    ),
    Damage("managed", None, {f"installation.{name}": value for name, value in NO_INSTALLATION.items()}),
    Damage("managed", "/opt/python3.8/bin/python3", change=other_interpreter),
    Damage("platform", PLATFORM, change=upgraded_system),
    Damage("platform", None, {"installation.abi_key": "something"}),
    Damage(
        "artefact",
        f"protobuf-3.21.12_{PLATFORM}_00000000",
        {"installation.abi_key": f"protobuf-3.21.12_{PLATFORM}_00000000"},
    ),
    # The inventory changed its mind.
    Damage("artefact", ABI_KEY, desired={"version": "3.19.6", "source_sha256": "a" * 64}),
    Damage("artefact", ABI_KEY, desired={"linkage": "shared"}),
    Damage("artefact", ABI_KEY, desired={"version": "3.20.3"}),
    Damage(
        "clock",
        "56 years behind the controller's (it says 1970-01-01 00:03 UTC)",
        {"board.clock": 180.5, "board.clock_offset_seconds": -1796083020.0},
    ),
    Damage("transaction", True, {"installation.interrupted": True}),
    Damage(
        "file-modes",
        [f"{OURS}.0.12 jetson:root 0666"],
        {"installation.wrong_modes": [{"path": f"{OURS}.0.12", "owner": "jetson", "group": "root", "mode": "0666"}]},
    ),
    Damage("file-modes", [f"{OURS} root:root 0600"], change=unreadable),
    Damage("restart-needed", ["detector.service"], {"processes.old": [old_process(), old_process(pid=813)]}),
    Damage(
        "restart-needed",
        ["python3 try.py (pid 812, nvidia)"],
        {"processes.old": [old_process(command="python3 try.py", unit=None, cgroup="/")], "processes.complete": False},
    ),
    Damage("pip-constraint", False, {"installation.constraint": False}),
    Damage("pip-constraint", True, desired={"pip_constraint": False}),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.rule)
def test_one_thing_that_breaks_is_one_finding(damage: Damage) -> None:
    assert findings(damage) == [(damage.rule, damage.actual)]
    assert assessment(damage)["status"] == ("compliant" if damage.rule in ("tensorflow", "unproven") else "drift")


def test_every_rule_has_its_damage() -> None:
    assert {rule.name for rule in board_rules(RULES, [])} == {damage.rule for damage in DAMAGES}


def test_a_board_that_is_what_it_should_be_breaks_nothing() -> None:
    found = assessment(Damage("", None))
    assert {rule["outcome"] for rule in found["rules"]} == {"compliant"}
    assert found["status"] == "compliant"


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.rule)
def test_every_finding_has_a_remedy_that_a_shell_can_read(damage: Damage) -> None:
    (remedy,) = [rule["remedy"] for rule in assessment(damage)["rules"] if rule["outcome"] == "finding"]
    assert remedy["text"]
    command = remedy["command"]
    if command is None:
        assert damage.rule in (
            "tensorflow",
            "load-time",
            "graphs-readable",
            "graph-load-time",
            "unproven",
            "restart-needed",
        ) or damage.actual == [None]
        return
    assert "nano-1" in command
    assert "\n" not in command
    subprocess.run(["bash", "-n", "-c", command], check=True)
    program, *words = shlex.split(command)
    if program == "ssh":
        subprocess.run(["sh", "-n", "-c", " ".join(words[1:])], check=True)
    else:
        assert words[:5] == ["jetfleet.protobuf.provision", "-i", "INVENTORY", "--limit", "nano-1"]


def outcomes(damage: Damage) -> dict[str, str]:
    return {rule["rule"]: rule["outcome"] for rule in assessment(damage)["rules"]}


@pytest.mark.parametrize(("old", "outcome"), [([], "not_evaluated"), ([old_process()], "finding")])
def test_hidden_processes_are_no_compliance(old: list[Any], outcome: str) -> None:
    hint = (
        "The processes of other users are hidden from jetson: run with --become to see who still uses the old protobuf."
    )
    changes = {"processes.complete": False, "processes.hint": hint} | ({"processes.old": old} if old else {})
    damage = Damage("", None, changes)
    (rule,) = [rule for rule in assessment(damage)["rules"] if rule["rule"] == "restart-needed"]
    assert (rule["outcome"], rule["reason"]) == (outcome, None if old else hint)


def test_services_are_restarted_by_the_remedy() -> None:
    damage = Damage("", None, {"processes.old": [old_process(), old_process(unit="camera@front.service")]})
    (remedy,) = [rule["remedy"] for rule in assessment(damage)["rules"] if rule["outcome"] == "finding"]
    assert remedy["command"] == "ssh nano-1 sudo systemctl restart detector.service camera@front.service"


def test_a_board_that_was_never_provisioned_is_told_what_matters() -> None:
    fresh = Damage(
        "",
        None,
        {f"installation.{name}": value for name, value in NO_INSTALLATION.items()}
        | {
            "module.version": "3.19.6",
            "module.metadata.version": "3.19.6",
            "module.backend": "python",
            "module.copies": [module_copy(PURELIB, active=True)],
        },
        change=lost_package,
    )
    assert findings(fresh) == [("backend", "python"), ("managed", None)]


def test_a_fresh_board_without_an_interpreter_is_told_nothing_else() -> None:
    facts = {f"installation.{name}": value for name, value in NO_INSTALLATION.items()}
    nothing = {"python.status": "not_found", "python.soabi": None, "module.status": "not_probed", "module.error": "No."}
    fresh = Damage("", None, {**facts, **nothing, "module.backend": None, "module.version": None}, change=lost_package)
    assert findings(fresh) == [("importable", "No."), ("managed", None)]


@pytest.mark.parametrize("tensorflow", [None, {"name": "tensorflow", "version": "1.12.0", "requires_protobuf": None}])
def test_a_tensorflow_that_asks_for_nothing_is_content(tensorflow: Facts | None) -> None:
    assert findings(Damage("", None, {"python.tensorflow": tensorflow})) == []


def test_a_board_that_was_installed_by_hand_can_be_right_but_for_that() -> None:
    handmade = [OURS, "/usr/local/bin/protoc", "/usr/local/include/google/protobuf"]
    facts = {f"installation.{name}": value for name, value in NO_INSTALLATION.items()}
    damage = Damage(
        "", None, facts | {"installation.handmade": handmade}, change=lambda board: board["packages"].pop(PACKAGE)
    )
    assert findings(damage) == [("handmade-files", handmade), ("managed", None)]


def test_a_board_with_pypis_wheel_needs_no_library() -> None:
    pypi = {"version": "3.20.3"}
    key = matching_expected(**pypi)["abi_key"]
    facts = {
        "installation.abi_key": key,
        "installation.python_version": "3.20.3",
        "module.version": "3.20.3",
        "module.metadata.version": "3.20.3",
    }
    right = Damage("", None, facts, pypi, lost_package)
    assert findings(right) == []
    of_library = (
        "library-package",
        "library-files",
        "library-soname",
        "linker-cache",
        "protoc",
        "headers",
        "pkg-config",
    )
    assert {outcomes(right)[rule] for rule in of_library} == {"not_applicable"}


def test_what_make_install_left_is_found_where_no_library_is_ours() -> None:
    facts = {"installation.handmade": ["/usr/local/lib/libprotobuf.so.16"]}

    def lost(board: Facts) -> None:
        lost_package(board)
        board["libraries"].append(library("/usr/local/lib/libprotobuf.so.16", None))

    assert [rule for rule, _actual in findings(Damage("", None, facts, change=lost))] == [
        "library-package",
        "handmade-files",
    ]


def test_the_load_time_is_not_judged_without_a_budget() -> None:
    facts = compliant_board()
    del facts["load_time"], facts["opencv"]
    judged = assess(
        facts, matching_expected() | {"load_time_budget": 0}, board_rules(RULES, []), {}, date(2026, 1, 1), "x"
    )
    by_outcome = {rule["rule"]: (rule["outcome"], rule["reason"]) for rule in judged["rules"]}
    assert by_outcome["load-time"] == ("not_applicable", None)
    assert by_outcome["opencv"] == ("not_evaluated", "The subset opencv of the facts was not gathered.")


@pytest.mark.parametrize(
    ("wishes", "gathered", "outcomes"),
    [
        ({"graphs": []}, [], ("not_applicable", "not_applicable")),
        # Whoever asks for no model files need not gather them.
        ({"graphs": []}, None, ("not_applicable", "not_applicable")),
        ({"graph_load_time_budget": 0}, [graph(prediction=prediction(31.0))], ("compliant", "not_applicable")),
        ({}, None, ("not_evaluated", "not_evaluated")),
        ({}, [graph(prediction=prediction(30.0))], ("compliant", "compliant")),
    ],
)
def test_model_files_are_judged_where_there_are_any_and_a_budget(
    wishes: Facts, gathered: list[Facts] | None, outcomes: tuple[str, str]
) -> None:
    facts = compliant_board()
    del facts["graphs"]
    if gathered is not None:
        facts["graphs"] = gathered
    judged = assess(facts, matching_expected() | wishes, board_rules(RULES, []), {}, date(2026, 1, 1), "x")
    by_rule = {rule["rule"]: rule["outcome"] for rule in judged["rules"]}
    assert (by_rule["graphs-readable"], by_rule["graph-load-time"]) == outcomes


@pytest.mark.parametrize("accepted", [[], ["embedded"]])
def test_only_the_verdicts_that_are_named_are_findings(accepted: list[str]) -> None:
    facts = compliant_board()
    facts["opencv"]["verdict"] = "conflict"
    expected = matching_expected() | {"opencv_fail_on": accepted}
    judged = assess(facts, expected, board_rules(RULES, []), {}, date(2026, 1, 1), "x")
    assert judged["status"] == "compliant"


def test_every_rule_says_what_should_be() -> None:
    for rule in board_rules(RULES, []):
        assert rule.title.endswith(".")
        assert rule.remedy
        # A report puts the command, or its own full stop, behind it.
        assert not (rule.remedy["text"] or "").endswith((".", ":"))


def differences(facts: Any, documented: dict[str, Any], path: str = "") -> list[str]:
    """Return where facts and their documentation do not have the same names."""
    if isinstance(facts, list):
        return [found for item in facts for found in differences(item, documented, path)]
    contains = documented.get("contains")
    if not isinstance(facts, dict) or contains is None:
        return []
    wrong = [f"{path}.{name}" for name in facts.keys() ^ contains.keys()]
    return wrong + [
        found
        for name in facts.keys() & contains.keys()
        for found in differences(facts[name], contains[name], f"{path}.{name}")
    ]


def test_the_board_of_these_tests_has_the_shape_that_the_facts_module_documents() -> None:
    documented = yaml.safe_load(protobuf_facts.RETURN)["ansible_facts"]["contains"]["jetfleet"]
    assert differences(compliant_board(), documented) == []
    assert MULTIARCH in compliant_board()["libraries"][0]["path"]
