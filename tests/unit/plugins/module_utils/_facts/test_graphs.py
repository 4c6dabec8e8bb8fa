# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The graphs facts: contents of real files, with the prediction that belongs to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts import graphs
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.proof_forms import KINDS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.contents import read_contents
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import load_graph

KEYS = {"path", "status", "error", "bytes", "nodes", "values", "encodings", "repackable", "prediction"}

Facts = dict[str, Any]


def rates(nanoseconds: float, measured: bool = True) -> Facts:
    return {
        "seconds": dict.fromkeys(KINDS, nanoseconds * 1e-9),
        "objects": dict.fromkeys(KINDS, 0.0),
        "baseline": 0,
        "thresholds": None,
        "collection": 0.0,
        "measured": measured,
    }


@pytest.fixture
def calibrations() -> list[Facts]:
    """Return the calibrations that are still to be handed out: more would be an error."""
    return []


def calibration(backend: str = "cpp", **changes: Any) -> Facts:
    result = {
        "backend": backend,
        "status": "ok",
        "error": None,
        "error_percent": 4.0,
        "python": rates(1000),
        "cpp": rates(10),
    }
    return result | changes


def facts_of(calibrations: list[Facts], *paths: Path) -> list[Facts]:
    before = list(calibrations)
    facts: list[Facts]
    facts, used = graphs.graphs_facts([str(path) for path in paths], calibrations.pop)
    assert before == calibrations + ([used] if used else [])
    assert all(set(entry) == KEYS for entry in facts)
    return facts


def test_no_graph_costs_no_calibration(calibrations: list[Facts]) -> None:
    assert facts_of(calibrations) == []


def test_files_that_are_no_graphs_are_told_without_a_calibration(calibrations: list[Facts], tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.pb", tmp_path / "text.pb"
    empty.touch()
    text.write_text("node { name: 'x' }\n")
    facts = facts_of(calibrations, tmp_path / "none.pb", tmp_path, empty, text)
    assert [entry["status"] for entry in facts] == ["graph_missing", "graph_unreadable", "graph_empty", "graph_invalid"]
    for entry in facts:
        assert entry["error"].startswith(f"{entry['path']} ") and entry["error"].endswith(".")
        assert entry["prediction"] is entry["bytes"] is entry["nodes"] is entry["values"] is entry["repackable"] is None
        assert entry["encodings"] == {}
    assert facts[0]["error"] == f"{tmp_path}/none.pb does not exist on this host: copy the graph there first."


def test_one_calibration_for_all_graphs(calibrations: list[Facts], fixtures: Path, tmp_path: Path) -> None:
    calibrations.append(calibration())
    packed = fixtures / "graphs/convolution_float_val.bin"
    as_bytes = fixtures / "graphs/convolution_tensor_content.bin"
    first, missing, second = facts_of(calibrations, packed, tmp_path / "none.pb", as_bytes)
    assert (first["path"], first["status"], first["error"]) == (str(packed), "ok", None)
    assert (first["bytes"], first["values"]) == (packed.stat().st_size, 24_248)
    assert first["encodings"]["float_val"]["values"] == 24_224
    assert (missing["status"], missing["prediction"]) == ("graph_missing", None)
    assert (second["status"], second["values"]) == ("ok", 27)


def test_prediction_is_that_of_the_contents(calibrations: list[Facts], fixtures: Path) -> None:
    calibrations.append(calibration("upb", upb=rates(1), cpp=rates(10, measured=False)))
    graph = fixtures / "graphs/convolution_float_val.bin"
    prediction = facts_of(calibrations, graph)[0]["prediction"]
    contents = read_contents(str(graph))[1]
    # Each unit costs as much, and so does the graph itself.
    before, after = (1 + sum(contents[name].values()) for name in ("work", "work_repacked"))
    assert after < before - 20_000
    for predicted, nanoseconds in ((prediction, 1), (prediction["python"], 1000), (prediction["cpp"], 10)):
        assert predicted["seconds"] == pytest.approx(nanoseconds * before * 1e-9, abs=1e-6)
        assert predicted["seconds_repacked"] == pytest.approx(nanoseconds * after * 1e-9, abs=1e-6)
    assert set(prediction) == {"backend", "seconds", "seconds_repacked", "python", "cpp", "error_percent"}
    assert (prediction["backend"], prediction["error_percent"]) == ("upb", 4.0)
    assert (prediction["python"]["measured"], prediction["cpp"]["measured"]) == (True, False)


def test_backend_that_could_not_be_calibrated(calibrations: list[Facts], fixtures: Path) -> None:
    calibrations.append(calibration(python=None))
    prediction = facts_of(calibrations, fixtures / "graphs/lists.bin")[0]["prediction"]
    assert prediction["python"] is None
    assert prediction["seconds"] == prediction["cpp"]["seconds"]


def test_contents_are_told_where_protobuf_is_broken(calibrations: list[Facts], fixtures: Path) -> None:
    calibrations.append(calibration(error="Repair it."))
    graph = fixtures / "graphs/lists.bin"
    (facts,) = facts_of(calibrations, graph)
    assert (facts["status"], facts["bytes"], facts["prediction"]) == ("ok", graph.stat().st_size, None)
    assert facts["error"] == f"The load time of {graph} cannot be predicted: Repair it."


def test_a_graph_under_a_relative_path_and_a_name_that_is_not_ascii(
    calibrations: list[Facts], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calibrations.append(calibration())
    monkeypatch.chdir(tmp_path)
    Path("mod\u00e8le.pb").write_bytes(load_graph.workload_bytes("float_val", 10))
    (facts,) = facts_of(calibrations, Path("mod\u00e8le.pb"))
    assert (facts["path"], facts["status"], facts["nodes"]) == ("mod\u00e8le.pb", "ok", 1)
