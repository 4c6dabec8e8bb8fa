# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""To TensorFlow itself a repacked graph is the graph it was, and graph_info tells of it what TensorFlow finds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.contents import graph_contents
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.verify_tensorflow import compare_in_tensorflow

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests/unit/fixtures/graphs"
MODULES = "ansible_collections.jetfleet.protobuf.plugins.modules"
SECONDS = 300
# Nothing in these is worth rewriting.
UNCHANGED = {"convolution_tensor_content", "strings", "trt_engine"}


def run_module(name: str, **arguments: Any) -> dict[str, Any]:
    """Run a module as a process of its own, and return the result that it prints."""
    ended = subprocess.run(
        [sys.executable, "-m", f"{MODULES}.{name}"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        capture_output=True,
        text=True,
        check=False,
    )
    result: dict[str, Any] = json.loads(ended.stdout)
    assert not result.get("failed"), result
    return result


def graph_names(python: Path) -> list[str]:
    """Return the graphs that a TensorFlow can read: an old one knows no operations of a current one."""
    names = sorted(path.stem for path in FIXTURES.glob("*.bin"))
    return [name for name in names if "1.12" not in str(python) or not name.startswith("current_")]


def looked_at(python: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """Repack a copy of every graph, and return what the module and TensorFlow say of each."""
    pairs, results = [], {}
    for name in graph_names(python):
        new = folder / f"{name}.bin"
        shutil.copy(FIXTURES / new.name, new)
        results[name] = run_module("graph_repack", path=str(new), executable=str(python), backup=False, timeout=SECONDS)
        known = json.loads((FIXTURES / f"{name}.json").read_text())
        pairs.append({"old": str(FIXTURES / new.name), "new": str(new), **known})
    quiet = {"PYTHONPATH": str(ROOT / ".nox/collections"), "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    script = Path(__file__).with_name("compare_graphs.py")
    command = [str(python), "-W", "ignore", str(script)]
    ended = subprocess.run(
        command, input=json.dumps(pairs), env=os.environ | quiet, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    return {
        name: {"version": told["version"], "module": results[name], "new": folder / f"{name}.bin", **answer}
        for name, answer in zip(results, told["answers"], strict=True)
    }


@pytest.fixture(scope="module")
def looks(tensorflow: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return what looked_at() found with one TensorFlow."""
    return looked_at(tensorflow, tmp_path_factory.mktemp("graphs"))


def test_repacked_graphs_are_the_same_to_tensorflow(looks: dict[str, dict[str, Any]]) -> None:
    ran = 0
    for name, look in looks.items():
        assert look["tensors_equal"] is True, name
        assert look.get("ran_equal") in (True, None), name
        ran += look.get("ran", 0)
        assert look["module"]["changed"] is (name not in UNCHANGED), name
    # Constants of all graphs; the number keeps the comparison from becoming an empty one.
    assert ran > 200


def test_the_module_verifies_its_work_with_tensorflow(looks: dict[str, dict[str, Any]]) -> None:
    for name, look in looks.items():
        if name in UNCHANGED:
            assert look["module"]["verification"] is None, name
            assert look["new"].read_bytes() == (FIXTURES / f"{name}.bin").read_bytes(), name
            continue
        verified = look["module"]["verification"]["tensorflow"]
        assert (verified["version"], verified["status"], verified["error"]) == (look["version"], "ok", None), (
            name,
            verified,
        )
        assert verified["imported"] is verified["constants_equal"] is verified["outputs_equal"] is True, (
            name,
            verified,
        )


def test_contents_are_what_tensorflow_counts(looks: dict[str, dict[str, Any]]) -> None:
    for name, look in looks.items():
        with (FIXTURES / f"{name}.bin").open("rb") as stream:
            contents = graph_contents(stream)
        told = look["counts"]
        numbers = ("nodes", "functions", "function_nodes", "attributes", "inputs", "trt_engine_ops")
        assert {key: contents[key] for key in numbers} == {key: told[key] for key in numbers}, name
        found = {key: value for key, value in contents["encodings"].items() if key != "list"}
        assert found == told["encodings"], name
        # A current TensorFlow describes the arguments of functions in fields that TensorFlow 1.12 and graph_info skip.
        if name != "current_functions":
            assert {key: contents["work"][key] for key in told["work"]} == told["work"], name


def test_a_changed_byte_is_found(tensorflow: Path, looks: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    """The weights of a classifier's last layer, one bit different, and nothing else."""
    old, good = FIXTURES / "convolution_float_val.bin", looks["convolution_float_val"]["new"]
    data = bytearray(good.read_bytes())
    with old.open("rb") as stream:
        (heaviest,) = graph_contents(stream)["heaviest"][:1]
    weights = data.index(b"\x22", data.index(heaviest["name"].encode()))
    data[weights + 2000] ^= 1
    bad = tmp_path / "bad.pb"
    bad.write_bytes(data)
    sound = compare_in_tensorflow(str(tensorflow), SECONDS, str(old), str(good), len(data))
    assert (sound["status"], sound["constants_equal"], sound["outputs_equal"]) == ("ok", True, True), sound
    found = compare_in_tensorflow(str(tensorflow), SECONDS, str(old), str(bad), len(data))
    assert (found["status"], found["constants_equal"]) == ("mismatch", False), found
