# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""load_time_facts under real interpreters with real protobuf wheels, from 3.0 to the newest."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts import capacity, load_time
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph import graph_file, schema
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import load_graph
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import child_source
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import memory
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.memory import RESERVE
from ansible_collections.jetfleet.protobuf.tests.support.capacities import CAPACITY
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python


class Installed(NamedTuple):
    """A protobuf for a Python, and the backend that its wheel has to parse with."""

    python: str
    release: str
    backend: str

    def __str__(self) -> str:
        return f"{self.python}-{self.release}-{self.backend}"


CPP_27 = Installed("2.7", "3.0.0", "cpp")
CPP = Installed("3.6", "3.6.1", "cpp")
PURE = Installed("3.12", "3.19.6", "python")
OLD_UPB = Installed("3.10", "4.21.12", "upb")
UPB = Installed("3.11", "5.29.5", "upb")
EVERY_KIND = [
    CPP_27,
    Installed("2.7", "3.17.3", "cpp"),
    Installed("2.7", "3.17.3", "python"),
    CPP,
    PURE,
    Installed("3.9", "3.20.3", "cpp"),
    OLD_UPB,
    UPB,
    Installed("3.13", "7.36.2", "upb"),
]
# workload -> nodes, values, encodings of 5000 values
EXPECTED: dict[str, tuple[int, int, dict[str, int]]] = {
    "float_val": (1, 5000, {"float_val": 5000}),
    "half_val": (1, 5000, {"half_val": 5000}),
    "small_nodes": (100, 400, {"list": 400}),
    "tensor_content": (1, 5000, {"tensor_content": 5000}),
}
MIB = 1024 * 1024

Facts = dict[str, Any]
Prepare = Callable[[Installed], str]


@pytest.fixture(scope="session")
def prepared(installations: Installations) -> Prepare:
    """Return what installs a protobuf once and returns its interpreter."""

    def prepare(wanted: Installed) -> str:
        requirements = [f"protobuf=={wanted.release}", "six==1.16.0"]
        if wanted.python != "2.7":
            return str(installations.virtualenv(wanted.python, *requirements))
        place = installations.once(
            f"load-time-{wanted}", lambda place: install_for_python_2(installations, place, wanted)
        )
        return str(place / "python")

    return prepare


def install_for_python_2(installations: Installations, place: Path, wanted: Installed) -> None:
    """Install a wheel, the pure one where that is wanted, without the virtualenv that Python 2.7 lacks."""
    platform = "manylinux1_x86_64" if wanted.backend == "cpp" else "any"
    abi = "cp27mu" if wanted.backend == "cpp" else "none"
    only = ["--only-binary=:all:", "--no-deps", f"--platform={platform}", f"--abi={abi}", "--python-version=27"]
    site = f"--target={place}/lib/python2.7/site-packages"
    installations.pip("2.7", *only, "--implementation=cp", site, f"protobuf=={wanted.release}")
    installations.pip("2.7", "--no-deps", site, "six==1.16.0")
    user_site(place)


def user_site(place: Path) -> None:
    """Make a command that starts Python 2.7 with the user site in place, whose .pth files count too."""
    script = place / "python"
    real = need_python("2.7")
    script.write_text(f"#!/bin/sh\nPYTHONUSERBASE='{place}'\nexport PYTHONUSERBASE\nexec '{real}' \"$@\"\n")
    script.chmod(0o755)


def fake_protobuf(installations: Installations, version: str, source: str) -> str:
    """Return an interpreter whose protobuf is nothing but that source."""
    python = installations.new_virtualenv(version)
    package = installations.site_packages(python) / "google/protobuf"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(source)
    return str(python)


def facts_of(executable: str, timeout: float = 60, **options: object) -> Facts:
    every = {"graph": None, "workload": "float_val", "values": 5000, "runs": 2, "budget": 20.0, "compare": False}
    facts: Facts = load_time.load_time_facts(executable, timeout, every | options, CAPACITY)
    assert set(facts) == {
        *("source", "bytes", "nodes", "values", "encodings", "backend"),
        *("seconds", "python", "ratio", "status", "error"),
    }
    return facts


def is_sentence(text: str) -> bool:
    return text.endswith(".") and "\n" not in text and "Traceback" not in text


@pytest.mark.parametrize("wanted", EVERY_KIND, ids=str)
def test_every_workload_on_every_protobuf(prepared: Prepare, wanted: Installed) -> None:
    for workload, (nodes, values, encodings) in EXPECTED.items():
        facts = facts_of(prepared(wanted), workload=workload)
        seconds = facts.pop("seconds")
        assert facts == {
            "source": workload,
            "bytes": len(load_graph.workload_bytes(workload, 5000)),
            "nodes": nodes,
            "values": values,
            "encodings": encodings,
            "backend": wanted.backend,
            "python": None,
            "ratio": None,
            "status": "ok",
            "error": None,
        }
        assert seconds["runs"] == 2
        assert 0 < seconds["min"] <= seconds["median"]


def in_child(executable: str | Path, program: str) -> str:
    """Return what a program prints that stands in the place of the child's main."""
    source = child_source(load_graph).replace('if __name__ == "__main__":\n    main()', program)
    command = [executable, "-c", source, schema.SCHEMA, schema.DATA_TYPES]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd="/").stdout.strip()


@pytest.mark.parametrize("wanted", [CPP_27, CPP, PURE, UPB], ids=str)
def test_attributes_are_a_map_and_numbers_are_packed(prepared: Prepare, wanted: Installed) -> None:
    lines = [
        "graph = graph_class(*sys.argv[1:])()",
        "node = graph.node.add()",
        "node.attr['key'].tensor.half_val.extend([1, 2, 3])",
        "print(node.attr['key'].tensor.SerializeToString() == bytes_field(13, b'\\1\\2\\3'))",
    ]
    assert in_child(prepared(wanted), "\n".join(lines)) == "True"


@pytest.mark.parametrize("workload", EXPECTED)
def test_workloads_are_the_same_bytes_on_every_python(workload: str) -> None:
    values = 2 * load_graph.TENSOR_VALUES + 5000
    program = f"import hashlib; print(hashlib.sha256(workload_bytes({workload!r}, {values})).hexdigest())"
    digests = {in_child(need_python(version), program) for version in ("2.7", "3.6", "3.13")}
    assert len(digests) == 1
    assert len(digests.pop()) == 64


def test_several_tensors_make_up_the_values(prepared: Prepare) -> None:
    facts = facts_of(prepared(UPB), values=600_000)
    assert (facts["nodes"], facts["values"]) == (3, 600_000)
    assert 4 * 600_000 < facts["bytes"] < 4 * 600_000 + 500


@pytest.mark.parametrize("wanted", [CPP_27, CPP, UPB], ids=str)
def test_comparison_with_the_pure_python_backend(prepared: Prepare, wanted: Installed) -> None:
    facts = facts_of(prepared(wanted), values=50_000, compare=True)
    assert (facts["status"], facts["error"], facts["backend"]) == ("ok", None, wanted.backend)
    assert facts["python"]["backend"] == "python"
    assert facts["ratio"] == pytest.approx(facts["python"]["seconds"]["min"] / facts["seconds"]["min"], abs=0.01)
    assert facts["ratio"] > 5


def test_pure_python_is_compared_with_itself(prepared: Prepare) -> None:
    facts = facts_of(prepared(PURE), compare=True)
    assert facts["python"] == {"backend": "python", "seconds": facts["seconds"]}
    assert facts["ratio"] == 1


def test_the_callers_environment_does_not_choose_the_backend(
    prepared: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION", "python")
    assert facts_of(prepared(CPP))["backend"] == "cpp"


def test_a_comparison_that_takes_too_long_keeps_the_measurement(prepared: Prepare) -> None:
    facts = facts_of(prepared(CPP), timeout=2, values=3_000_000, runs=1, compare=True)
    assert (facts["status"], facts["python"], facts["ratio"]) == ("ok", None, None)
    assert facts["seconds"]["runs"] == 1
    reason = "There is no comparison with the pure Python backend: Parsing float_val with its 12000822 bytes"
    assert facts["error"].startswith(reason)
    assert "took more than 2 s: allow more time" in facts["error"]


def test_the_budget_bounds_the_runs(prepared: Prepare) -> None:
    facts = facts_of(prepared(PURE), values=50_000, runs=10_000, budget=0.3)
    assert 1 <= facts["seconds"]["runs"] < 100
    assert facts_of(prepared(PURE), values=50_000, runs=3, budget=0.000_001)["seconds"]["runs"] == 1


def test_a_timeout_after_the_first_run_costs_only_repetitions(prepared: Prepare) -> None:
    facts = facts_of(prepared(PURE), timeout=2, runs=10_000, budget=1000.0)
    assert (facts["status"], facts["error"]) == ("ok", None)
    assert facts["seconds"]["runs"] >= 1


def test_a_timeout_in_the_first_run(prepared: Prepare) -> None:
    facts = facts_of(prepared(PURE), timeout=2, values=10_000_000)
    assert (facts["status"], facts["seconds"], facts["backend"]) == ("timed_out", None, "python")
    assert "float_val with its 40002" in facts["error"]
    assert is_sentence(facts["error"])


@pytest.mark.parametrize("wanted", [CPP_27, PURE, UPB], ids=str)
def test_a_graph_by_its_path(prepared: Prepare, wanted: Installed, tmp_path: Path) -> None:
    path = tmp_path / "graph größe 1.pb"
    path.write_bytes(load_graph.workload_bytes("half_val", 5000))
    executable = prepared(wanted)
    facts = facts_of(executable, graph=str(path))
    expected = facts_of(executable, workload="half_val")
    assert facts["source"] == str(path)
    assert {**facts, "source": None, "seconds": None} == {**expected, "source": None, "seconds": None}


def test_the_locale_does_not_matter(prepared: Prepare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    path = tmp_path / "größe.pb"
    path.write_bytes(load_graph.workload_bytes("small_nodes", 500))
    for wanted in (CPP, CPP_27):
        assert facts_of(prepared(wanted), graph=str(path))["nodes"] == 10


def test_functions_of_the_library_count(prepared: Prepare, tmp_path: Path) -> None:
    node = bytes_of(1, b"inner") + bytes_of(2, b"Const")
    library = bytes_of(1, bytes_of(3, node))
    path = tmp_path / "functions.pb"
    path.write_bytes(whole_graph() + bytes_of(2, library))
    assert facts_of(prepared(UPB), graph=str(path))["nodes"] == 101


def whole_graph() -> bytes:
    data: bytes = load_graph.workload_bytes("small_nodes", 5000)
    return data


def bytes_of(field: int, payload: bytes) -> bytes:
    data: bytes = load_graph.bytes_field(field, payload)
    return data


PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" * 20
RANDOM = bytes((index * 7919 + 13) * 104729 >> 7 & 255 for index in range(4096))
NO_GRAPHS = {
    "png": PNG,
    "text": b"This is the README of a model.\n" * 50,
    "text that begins like a node": b"\n\x04text\n" * 50,
    "pbtxt": b'node {\n  name: "x"\n  op: "Placeholder"\n}\n',
    "random": RANDOM,
    "zeros": bytes(4096),
    "a lone tag": b"\x0a",
    "a number without end": b"\x0a" + b"\xff" * 40,
    "saved model": b"\x08\x01" + bytes_of(2, whole_graph()),
    "meta graph": bytes_of(1, bytes_of(5, b"serve")) + bytes_of(2, whole_graph()),
    "versions only": bytes_of(4, b"\x08\x1b"),
    "node without operation": whole_graph() + bytes_of(1, bytes_of(1, b"nameless")),
    "node of unknown fields": bytes_of(1, bytes_of(90, b"nothing")),
    "broken inside": bytes_of(1, b"\x0a\x7fshort"),
    "name in latin-1": bytes_of(1, bytes_of(1, b"gr\xf6\xdfe") + bytes_of(2, b"Const")),
    **{f"cut off at {part}/7": whole_graph()[: len(whole_graph()) * part // 7] for part in range(1, 7)},
    "last byte missing": whole_graph()[:-1],
}


@pytest.mark.parametrize("name", NO_GRAPHS)
def test_what_is_no_graph(prepared: Prepare, tmp_path: Path, name: str) -> None:
    path = tmp_path / "file.pb"
    path.write_bytes(NO_GRAPHS[name])
    for wanted in (CPP, PURE, UPB):
        facts = facts_of(prepared(wanted), graph=str(path))
        assert (facts["status"], facts["seconds"]) == ("graph_invalid", None)
        assert facts["error"].startswith(f"{path} ")
        assert is_sentence(facts["error"])


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.pb").touch()
    (tmp_path / "loop.pb").symlink_to("loop.pb")
    (tmp_path / "dangling.pb").symlink_to("nothing")
    cases = {
        "empty.pb": ("graph_empty", "is empty: copy"),
        "loop.pb": ("graph_unreadable", "cannot be read (Too many levels of symbolic links)"),
        "dangling.pb": ("graph_missing", "does not exist on this host"),
        "absent.pb": ("graph_missing", "does not exist on this host"),
        "empty.pb/under-a-file.pb": ("graph_missing", "does not exist on this host"),
        "absent/there.pb": ("graph_missing", "does not exist on this host"),
        ".": ("graph_unreadable", "is a directory: name"),
        "/dev/zero": ("graph_unreadable", "is not a regular file"),
    }
    for name, (status, reason) in cases.items():
        path = str(tmp_path / name)
        facts = facts_of("/nonexistent/python", graph=path)
        assert facts["status"] == status
        assert facts["error"].startswith(f"{path} {reason}")
        assert is_sentence(facts["error"])


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.pb"
    path.write_bytes(whole_graph())

    def refuse(*_arguments: object) -> None:  # root, who may run this, reads everything
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(graph_file, "open", refuse, raising=False)
    facts = facts_of("/nonexistent/python", graph=str(path))
    assert facts["status"] == "graph_unreadable"
    user = pwd.getpwuid(os.getuid()).pw_name
    assert facts["error"] == f"{path} cannot be read (Permission denied): make it readable for {user}."


def test_more_than_protobuf_parses(tmp_path: Path) -> None:
    path = tmp_path / "huge.pb"
    with path.open("wb") as stream:
        stream.truncate(2**31)
    for facts in (facts_of("python", graph=str(path)), facts_of("python", values=10**9)):
        assert facts["status"] == "graph_too_large"
        assert "protobuf parses at most 2 GB" in facts["error"]
        assert is_sentence(facts["error"])


def test_more_than_memory_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "graph.pb"
    path.write_bytes(whole_graph())
    enough = (RESERVE + 32) * MIB + 2 * len(whole_graph())
    board_with(monkeypatch, enough - 1)
    facts = facts_of("/nonexistent/python", graph=str(path))
    assert (facts["status"], facts["seconds"]) == ("unproven", None)
    assert facts["error"] == (
        f"{path} was not loaded: the board has 160 MB free and the measurement needs 33, with 128 left to others: "
        "survey it while less runs on it, or lower jetfleet_memory_reserve."
    )
    board_with(monkeypatch, enough)
    assert facts_of("/nonexistent/python", graph=str(path))["status"] == "not_found"


def board_with(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    """Make a board that has that many bytes free."""
    for place in (memory, capacity):
        monkeypatch.setattr(place, "available_memory", lambda: free)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (PURE, "does not fit into what this board has free under the python backend"),
        (OLD_UPB, "does not fit into what this board has free under the upb backend"),
        (UPB, "does not fit into what this board has free under the upb backend"),
        (CPP, "got no memory (terminate called after throwing an instance of 'std::bad_alloc'"),
    ],
    ids=str,
)
def test_memory_that_ends_while_parsing(
    prepared: Prepare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: Installed, reason: str
) -> None:
    path = tmp_path / "graph.pb"
    # Two and a half bytes each in the file, four when parsed.
    path.write_bytes(load_graph.workload_bytes("half_val", 30_000_000))
    board_with(monkeypatch, (RESERVE + 33) * MIB + 2 * path.stat().st_size)
    facts = facts_of(prepared(wanted), graph=str(path))
    assert (facts["status"], facts["seconds"]) == ("unproven", None)
    assert reason in facts["error"]
    assert is_sentence(facts["error"])


def test_the_64_mb_limit_of_old_cpp(prepared: Prepare) -> None:
    facts = facts_of(prepared(CPP_27), workload="tensor_content", values=17_000_000)
    assert facts["status"] == "graph_too_large"
    assert "protobuf 3.0.0 parses at most 64 MB with C++: install 3.2.0 or newer." in facts["error"]


def test_no_protobuf(installations: Installations) -> None:
    facts = facts_of(str(installations.virtualenv("3.9")))
    assert (facts["status"], facts["backend"], facts["bytes"]) == ("no_protobuf", None, None)
    assert "(No module named 'google'): install one" in facts["error"]


def test_protobuf_too_old_for_its_python(installations: Installations) -> None:
    facts = facts_of(fake_protobuf(installations, "3.13", "import collections\ncollections.MutableMapping\n"))
    assert facts["status"] == "no_protobuf"
    assert "has no attribute 'MutableMapping'" in facts["error"]


def test_protobuf_that_crashes(installations: Installations) -> None:
    fault = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"
    facts = facts_of(fake_protobuf(installations, "3.9", fault))
    assert (facts["status"], facts["seconds"]) == ("crashed", None)
    assert is_sentence(facts["error"])


def test_protobuf_that_hangs(installations: Installations) -> None:
    facts = facts_of(fake_protobuf(installations, "3.9", "import time\ntime.sleep(60)\n"), timeout=1)
    assert facts["status"] == "timed_out"
    assert is_sentence(facts["error"])


def test_no_interpreter() -> None:
    facts = facts_of("/nonexistent/python")
    assert facts["status"] == "not_found"
    assert is_sentence(facts["error"])


@pytest.mark.parametrize(
    "options", [{"values": 0}, {"values": -1}, {"runs": 0}, {"budget": 0.0}, {"workload": "float"}], ids=str
)
def test_options_that_cannot_be(options: dict[str, Any]) -> None:
    facts = facts_of("/nonexistent/python", **options)
    assert facts["status"] == "failed"
    assert is_sentence(facts["error"])


def test_the_schema_is_tensorflows_own(fixtures: Path) -> None:
    lines = (fixtures / "graphdef/tensorflow-1.12.0.txt").read_text().splitlines()
    theirs = {tuple(line.split()) for line in lines if not line.startswith("#")}
    names = enumerate(schema.DATA_TYPES.split())
    ours: set[tuple[str, ...]] = {("DataType", "enum", name, str(number)) for number, name in names}
    message = ""
    for words in (line.split() for line in schema.SCHEMA.splitlines()):
        if words and words[0] == "message":
            message = words[1]
        elif words and words[0] != "#":
            ours.add((message, *words))
    assert ours == {field for field in theirs if not field[2].endswith("_REF")}
