# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rates come out of timings as they went in, and real interpreters are calibrated. benchmarks/ has the accuracy."""

from __future__ import annotations

import io
import os
import signal
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts import load_prediction
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.load_prediction import (
    KINDS,
    REFERENCE_RATIOS,
    calibrate,
    predict,
    reference_rates,
    sample_work,
    solve,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.contents import graph_contents
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import calibrate as scripts_calibrate
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import load_graph
from ansible_collections.jetfleet.protobuf.tests.support.capacities import CAPACITY
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations

BACKENDS = ("python", "cpp")
# Nanoseconds of pure Python and of C++, rounded from an x86 core.
NANOSECONDS = {
    "graphs": (500_000, 200_000),
    "bytes": (0.7, 0.8),
    "nodes": (6_800, 430),
    "fields": (1_650, 154),
    "attributes": (13_700, 250),
    "messages": (14_600, 251),
    "fixed_values": (1_650, 9.8),
    "varint_values": (1_600, 12),
    "varint_bytes": (240, 0.5),
}

Facts = dict[str, Any]


def known_rates(backend: str) -> Facts:
    seconds = {kind: 1e-9 * NANOSECONDS[kind][BACKENDS.index(backend)] for kind in KINDS}
    return {
        "seconds": seconds,
        "objects": dict.fromkeys(KINDS, 0.0) | {"attributes": 6.4},
        "baseline": 22_000,
        "thresholds": [700, 10, 10] if backend == "python" else None,
        "collection": 3e-7,
        "measured": True,
    }


def cost(rates: dict[str, float], work: dict[str, int]) -> float:
    return sum(rates[kind] * work[kind] for kind in KINDS)


def work_of(**kinds: int) -> dict[str, int]:
    return {**dict.fromkeys(KINDS, 0), **kinds}


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_solver_recovers_the_rates(backend: str) -> None:
    rates, work = known_rates(backend)["seconds"], sample_work(backend)
    assert solve({kind: (work[kind], cost(rates, work[kind])) for kind in KINDS}) == pytest.approx(rates, rel=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("wrong", KINDS)
def test_no_rate_is_negative_whatever_is_disturbed(backend: str, wrong: str) -> None:
    rates, work = known_rates(backend)["seconds"], sample_work(backend)
    costs = {kind: cost(rates, work[kind]) for kind in KINDS}
    costs[wrong] *= 0.01
    assert min(solve({kind: (work[kind], costs[kind]) for kind in KINDS}).values()) >= 0


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ["attributes", "varint_bytes", "mixed"])
def test_work_of_a_sample_is_that_of_its_graph(backend: str, name: str) -> None:
    column = BACKENDS.index(backend)
    block = scripts_calibrate.blocks(column)[name]
    graph = block * scripts_calibrate.REPEATS[name][column]
    assert sample_work(backend)[name] == graph_contents(io.BytesIO(graph))["work"] | {"graphs": 0}


def test_a_prediction_is_linear_where_the_collector_has_nothing_to_do() -> None:
    rates = known_rates("cpp")
    empty, one, two = (predict(rates, work_of(nodes=n * 7, bytes=n * 10**6, varint_values=n * 5)) for n in range(3))
    assert empty == rates["seconds"]["graphs"]
    assert two - one == pytest.approx(one - empty)
    assert one - empty == pytest.approx(7 * 430e-9 + 10**6 * 0.8e-9 + 5 * 12e-9)


def test_full_collections_come_on_top() -> None:
    rates = known_rates("python")
    work = work_of(attributes=100_000)
    without = cost(rates["seconds"], work | {"graphs": 1})
    # 640 000 objects: collections at 115 000, 208 000, 302 000, 395 000, 493 000 and 617 000 objects.
    assert predict(rates, work) == pytest.approx(without + 2_130_000 * 3e-7, rel=0.02)
    few = work_of(attributes=1000)
    assert predict(rates, few) == cost(rates["seconds"], few | {"graphs": 1})


def test_reference_rates_are_flagged_and_quicker() -> None:
    python = known_rates("python")
    reference = reference_rates(python)
    assert (reference["measured"], reference["thresholds"]) == (False, None)
    for kind in KINDS:
        assert reference["seconds"][kind] == python["seconds"][kind] / REFERENCE_RATIOS[kind]
    work = work_of(fixed_values=10**6, bytes=4 * 10**6)
    assert 50 < predict(python, work) / predict(reference, work) < 1000


@pytest.mark.parametrize(
    ("python", "release", "backend", "budget"),
    [
        # One round has all that is asked for below; the quickest one gets the time that it gets on a board.
        ("3.6", "3.6.1", "cpp", 0.0),
        ("3.9", "3.20.3", "cpp", 0.0),
        ("3.10", "4.21.12", "upb", 0.0),
        ("3.13", "7.36.2", "upb", 0.0),
        ("3.12", "3.19.6", "python", load_prediction.BUDGET),
    ],
)
def test_real_interpreters(
    installations: Installations,
    monkeypatch: pytest.MonkeyPatch,
    python: str,
    release: str,
    backend: str,
    budget: float,
) -> None:
    monkeypatch.setattr(load_prediction, "BUDGET", budget)
    executable = str(installations.virtualenv(python, f"protobuf=={release}", "six==1.16.0"))
    calibration = calibrate(executable, 300, CAPACITY)
    assert (calibration["backend"], calibration["error"]) == (backend, None)
    assert calibration["error_percent"] >= 0
    for name in {"python", "cpp", backend}:
        rates = calibration[name]
        assert set(rates["seconds"]) == set(rates["objects"]) == set(KINDS)
        assert min(rates["seconds"].values()) >= 0 < sum(rates["seconds"].values())
        assert rates["measured"] == (name in ("python", backend))
        # What pure Python makes of an attribute the collector has to look at; the others make no object of Python.
        assert (rates["objects"]["attributes"] > 3) == (name == "python")
        assert bool(rates["thresholds"]) == (rates["collection"] > 0) == (name == "python")


def test_no_protobuf(installations: Installations) -> None:
    calibration = calibrate(str(installations.virtualenv("3.9")), 60, CAPACITY)
    assert "protobuf cannot be imported by" in calibration["error"] and calibration["error"].endswith(".")
    assert calibration["backend"] is calibration["python"] is calibration["cpp"] is calibration["error_percent"] is None


def test_no_interpreter() -> None:
    assert calibrate("/nothing/python3", 60, CAPACITY)["error"] == (
        "The interpreter /nothing/python3 does not exist on this host: install it or name another executable."
    )


def test_extension_that_crashes_while_it_parses() -> None:
    def crash(*_arguments: object) -> None:
        os.kill(os.getpid(), signal.SIGSEGV)

    with pytest.raises(load_graph.Refused, match="cannot be parsed: repair that protobuf"):
        scripts_calibrate.in_fresh_process(crash, None, b"")


def test_extension_that_gets_no_memory_while_it_parses() -> None:
    def be_killed(*_arguments: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def fail(*_arguments: object) -> None:
        raise MemoryError

    for function in (be_killed, fail):
        with pytest.raises(load_graph.Refused, match="got no memory") as refused:
            scripts_calibrate.in_fresh_process(function, None, b"")
        assert refused.value.status == "unproven"


def answer_of(rounds: int, status: str = "ok") -> Facts:
    """What a child answers for pure Python at the known rates."""
    rates, work = known_rates("python"), sample_work("python")
    parses = {
        name: {
            "seconds": cost(rates["seconds"], each),
            "objects": cost(rates["objects"], each),
            "baseline": 22_000,
            "collection": 3e-7 if name == "messages" else 0.0,
        }
        for name, each in work.items()
    }
    result = {
        "backend": "python",
        "thresholds": [700, 10, 10],
        "start": parses.pop("graphs"),
        "rounds": [parses] * rounds,
    }
    return {"status": status, "result": result, "error": None if status == "ok" else "It took too long."}


@pytest.mark.parametrize(("rounds", "status"), [(1, "ok"), (3, "ok"), (1, "timed_out")])
def test_what_a_child_answers(monkeypatch: pytest.MonkeyPatch, rounds: int, status: str) -> None:
    monkeypatch.setattr(load_prediction, "run_child", lambda *_arguments: answer_of(rounds, status))
    calibration = calibrate("python3", 60, CAPACITY)
    assert (calibration["backend"], calibration["error"], calibration["error_percent"]) == ("python", None, 0.0)
    assert calibration["python"]["seconds"] == pytest.approx(known_rates("python")["seconds"], rel=1e-6)
    assert calibration["python"]["objects"]["attributes"] == pytest.approx(6.4)
    assert (calibration["python"]["baseline"], calibration["python"]["collection"]) == (22_000, 3e-7)


def test_a_child_that_ends_before_its_first_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_prediction, "run_child", lambda *_arguments: answer_of(0, "timed_out"))
    assert calibrate("python3", 60, CAPACITY)["error"] == "It took too long."


def test_rounds_are_bounded_by_the_budget() -> None:
    assert scripts_calibrate.has_time(0, 100.0, 2.0)
    assert scripts_calibrate.has_time(1, 1.0, 2.0)
    assert not scripts_calibrate.has_time(1, 1.1, 2.0)
    assert not scripts_calibrate.has_time(scripts_calibrate.ROUNDS, 0.1, 2.0)
