# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets of any size for the reports of drift: what drift_assess says of boards that are, were or will be broken."""

from __future__ import annotations

import random
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.drift_report import assemble
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.host_status import Look, looked_at, skipped
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.model_files import shortened
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import graph, missing_graph, prediction

Rule = dict[str, Any]

BEFORE = "2026-11-09T02:00:00Z"
YESTERDAY = "2026-11-22T02:00:00Z"
NOW = "2026-11-23T02:00:00Z"
PROVISION = "ansible-playbook jetfleet.protobuf.provision --limit {host}"


def definition(title: str, severity: str = "error", text: str = "Provision the board again.", **others: Any) -> Rule:
    """Return a rule as rules.yml has it, as far as reports look at it."""
    remedy = {"text": text, "command": others.pop("command", PROVISION)}
    return {"title": title, "severity": severity, "remedy": remedy, **others}


DEFINITIONS: dict[str, Rule] = {
    "python-works": definition("The interpreter that programs use starts.", text="Install python3 from the distribution."),
    "module-works": definition("The protobuf module can be imported."),
    "module-backend": definition(
        "The protobuf module parses in C++.",
        description="The pure-Python backend takes minutes for a graph that the C++ one loads in seconds.",
    ),
    "module-version": definition("The protobuf module is the version that was rolled out."),
    "module-files": definition("The files of the protobuf module are as pip installed them."),
    "module-copies": definition("No second protobuf hides the installed one.", "warning", "Remove the other copy.",
                                command="ssh {host} python3 -m pip uninstall --yes protobuf"),
    "module-linkage": definition("The extension is linked as it was rolled out."),
    "library-present": definition("libprotobuf is installed."),
    "library-version": definition("libprotobuf is the version that was rolled out."),
    "library-cached": definition("The linker cache knows libprotobuf.", text="Refresh the linker cache.",
                                 command="ssh {host} sudo ldconfig"),
    "package-files": definition("No file of the package jetfleet-libprotobuf was changed or deleted."),
    "package-modes": definition("Files of the collection are root's and nobody else may write them."),
    "distribution-packages": definition("The distribution's own protobuf packages are complete.",
                                        text="Install the package again.",
                                        command="ssh {host} sudo apt-get install --reinstall libprotobuf10"),
    "environment": definition(
        "No environment variable chooses the backend for all programs.", "warning",
        "Remove the line from the file that the finding names.", command=None,
    ),
    "pip-constraint": definition("pip may not replace the module.", "warning"),
    "protoc-version": definition("protoc is the version of the library.", "warning"),
    "headers-version": definition("The headers that the compiler finds first are those of the library.", "warning"),
    "pkg-config-version": definition("pkg-config names the library that was rolled out.", "warning"),
    "opencv": definition("OpenCV and protobuf work in one process.", text="Read the guide on OpenCV.", command=None),
    "tensorflow": definition("TensorFlow's own requirement of protobuf is fulfilled.", "warning",
                             "Roll out a version that satisfies it.", command=None),
    "load-time": definition(
        "The graph loads within its budget.",
        description="Median of the parses of the graph, measured on the board.",
        text="Look for a load on the board, then provision it again.",
    ),
    "platform": definition("The artefact on the board is that of its platform."),
    "interrupted": definition("No installation was interrupted.", text="Provision the board, which finishes it."),
    "jetpack": definition("JetPack is a release that this fleet was tested with.", "info",
                          "Plan an update of {host}.", command=None),
    "disk-free": definition("At least 500 MB are free in /usr/local.", "info", "Make room in /usr/local.", command=None),
}  # fmt: skip
# What a board shows that breaks the rule: comparison, expected, actual.
BROKEN: dict[str, tuple[str, Any, Any]] = {
    "module-backend": ("equals", "cpp", "python"),
    "module-version": ("equals", "3.6.0", "3.19.6"),
    "module-copies": ("equals", [], ["/home/nvidia/.local/lib/python3.6/site-packages"]),
    "library-cached": ("equals", True, False),
    "package-modes": (
        "equals",
        [],
        [{"path": "/usr/local/lib/libprotobuf.so.16.0.0", "owner": "nvidia", "group": "nvidia", "mode": "0666"}],
    ),
    "distribution-packages": ("equals", [], ["libprotobuf10", "libprotobuf-lite10"]),
    "environment": ("equals", [], ["/etc/profile.d/protobuf.sh line 1: PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=python"]),
    "headers-version": ("equals", "3.6.0", "3.0.0"),
    "opencv": ("one_of", ["absent", "independent", "links_distribution", "embedded"], "conflict"),
    "tensorflow": ("satisfies", ">=3.6.1", "3.6.0"),
    "load-time": ("at_most", 5.0, 12.4),
    "jetpack": ("matches", r"^(4\.6|5\.)", "4.2"),
}
MODELS = [
    ("NVIDIA Jetson Nano Developer Kit", "32.7.1", "4.6.1", "Ubuntu 18.04.6 LTS", "3.6.9"),
    ("NVIDIA Jetson TX2 Developer Kit", "28.2.1", "3.3", "Ubuntu 16.04.7 LTS", "3.5.2"),
    ("NVIDIA Jetson Xavier NX Developer Kit", "35.4.1", "5.1.2", "Ubuntu 20.04.6 LTS", "3.8.10"),
]


def finding(rule: str, /, **changes: Any) -> Rule:
    """Return what drift_assess says of a broken rule."""
    comparison, expected, actual = BROKEN[rule]
    known = DEFINITIONS[rule]
    entry = {
        "rule": rule,
        "outcome": "finding",
        "severity": known["severity"],
        "title": known["title"],
        "comparison": comparison,
        "expected": expected,
        "actual": actual,
        "reason": None,
        "expires": None,
        "counts": known["severity"] != "info",
        "remedy": dict(known["remedy"]),
    }
    return entry | changes


def exempted(rule: str, reason: str, expires: str) -> Rule:
    """Return what drift_assess says of a broken rule with an exemption."""
    entry = finding(rule, outcome="exempted", reason=reason, expires=expires)
    return {name: value for name, value in entry.items() if name != "counts"} | {"remedy": None}


def met(rule: str, outcome: str = "compliant", reason: str | None = None) -> Rule:
    """Return what drift_assess says of any other rule."""
    known = DEFINITIONS[rule]
    return {
        "rule": rule,
        "outcome": outcome,
        "severity": known["severity"],
        "title": known["title"],
        "reason": reason,
        "expires": None,
        "remedy": None,
    }


def facts(backend: str | None = "cpp", seconds: float | None = 0.105, model: int = 0, **changes: Any) -> dict[str, Any]:
    """Return what drift_assess says of the board itself."""
    name, l4t, jetpack, distribution, python = MODELS[model]
    load_time = {
        "source": "float_val",
        "backend": backend,
        "seconds": seconds,
        "values": 1000000,
        "status": "ok",
        "budget": 5.0,
    }
    known = {
        "model": name,
        "l4t": l4t,
        "jetpack": jetpack,
        "distribution": distribution,
        "architecture": "arm64",
        "python": python,
        "protobuf": "3.6.0",
        "backend": backend,
        "opencv": "independent",
        "proven": {"opencv": "2026-11-30T02:00:00Z"},
        "abi_key": "protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m_1a2b3c4d",
        "load_time": load_time if seconds is not None else None,
        "graphs": None,
    }
    return known | changes


def models(backend: str = "cpp", factor: float = 1.0, budget: float | None = 30.0) -> list[dict[str, Any]]:
    """Return what drift_assess says of the model files of a board that is so many times slower than others."""
    small = prediction(0.9 * factor, 96.0 * factor, 0.06 * factor, backend)
    large = prediction(5.1 * factor, 660.0 * factor, 0.4 * factor, backend)
    graphs = [
        graph("/opt/detector/ssd_mobilenet.pb", prediction=small),
        graph("/opt/detector/yolov3.pb", bytes=248_000_000, nodes=1500, values=62_000_000, prediction=large),
    ]
    return [of_graph(entry, budget) for entry in graphs]


def of_graph(entry: Any, budget: float | None = 30.0) -> dict[str, Any]:
    """Return what drift_assess says of an entry of the fact graphs."""
    return {**shortened(entry), "budget": budget}


def assessment(*rules: Rule, board: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an assessment; rules that are not given are met."""
    given = {rule["rule"]: rule for rule in rules}
    status = "drift" if any(rule.get("counts") for rule in rules) else "compliant"
    every = [given.pop(rule) if rule in given else met(rule) for rule in DEFINITIONS]
    return {"status": status, "rules": [*every, *given.values()], "board": board or facts()}


def survey(*rules: Rule, board: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the result that drift_assess has."""
    return {"changed": False, "assessment": assessment(*rules, board=board)}


UNREACHABLE = {
    "unreachable": True,
    "msg": "Failed to connect to the host via ssh: ssh: connect to host 192.0.2.7 port 22: No route to host",
}
MISMATCH = {"unreachable": True, "msg": "Failed to connect to the host via ssh: Host key verification failed."}
FAILED = {
    "failed": True,
    "module_stderr": "/bin/sh: 1: /usr/bin/python3: not found\n",
    "msg": "The module failed to execute correctly, you probably need to set the interpreter.",
}


def a_look(host: str, number: int, chance: random.Random, repaired: bool) -> Look:
    """Return a board of a fleet in which most is well; repaired is how it is in the run after."""
    if number % 50 == 48:
        return skipped(host, [host])
    if number % 33 == 17:
        return looked_at(host, UNREACHABLE if repaired else survey(filled("load-time", host)))
    if number % 40 == 29:
        return looked_at(host, FAILED)
    if number % 60 == 35:
        return looked_at(host, MISMATCH)
    model = number % 3
    slow = number % 7 == 3 and not (repaired and number % 2)
    rules = [met("tensorflow", "not_applicable")] if model == 2 else []
    seconds = round(chance.uniform(8, 16), 1) if slow else round(chance.uniform(0.07, 0.14), 3)
    if slow:
        rules += [filled("module-backend", host), filled("module-version", host)]
        rules.append(filled("load-time", host, actual=seconds))
    if number % 11 == 5:
        rules.append(filled(("module-copies", "headers-version", "distribution-packages")[number % 3], host))
    if number % 20 == 12 and repaired:
        rules += [filled("library-cached", host), filled("environment", host)]
    if number % 9 == 4:
        rules.append(exempted("opencv", "The detector of line 3 is replaced in December.", "2026-12-15"))
    if number % 13 == 6:
        rules.append(filled("jetpack", host))
    if number % 17 == 8:
        rules.append(met("distribution-packages", "not_evaluated", "The facts do not contain packages."))
    backend = "python" if slow else "cpp"
    # Half of the fleet has model files, and one board has lost one.
    graphs = models(backend, factor=0.8 + (number % 3) / 4) if number % 2 == 0 else None
    if number % 60 == 3:
        graphs = [*models(backend), of_graph(missing_graph("/opt/detector/old.pb"))]
    board = facts(backend, seconds, model, protobuf="3.19.6" if slow else "3.6.0", graphs=graphs)
    return looked_at(host, survey(*rules, board=board))


def filled(rule: str, host: str, /, **changes: Any) -> Rule:
    """Return a finding with the placeholders of its remedy filled in."""
    entry = finding(rule, **changes)
    entry["remedy"] = {name: text and text.replace("{host}", host) for name, text in entry["remedy"].items()}
    return entry


# Every status is among the first twelve.
FIRST = (0, 10, 17, 12, 4, 35, 6, 8, 3, 29, 24, 48)


def looks(size: int, repaired: bool = True) -> list[Look]:
    """Return what a run over a fleet of that size sees."""
    chance = random.Random(size)
    kinds = ("nano", "tx2", "xavier")
    numbers = [*FIRST, *range(size)][:size]
    return [a_look(f"{kinds[kind % 3]}-{at:02}", kind, chance, repaired) for at, kind in enumerate(numbers, 1)]


def fleet_report(size: int) -> Any:
    """Return the report of the third run over such a fleet, some of which was repaired before it."""
    report: Any = None
    for generated in (BEFORE, YESTERDAY):
        report = assemble(looks(size, repaired=False), DEFINITIONS, report, generated, "0.1.0")
    return assemble(looks(size), DEFINITIONS, report, NOW, "0.1.0")
