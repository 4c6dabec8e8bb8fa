# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which orders are tried, and whose fault a failure is; no process is started here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts import opencv_imports, opencv_verdict
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import telling_line

Answer = dict[str, Any]
Run = Callable[[tuple[str, ...]], Answer]


def answer(order: Iterable[str], **changes: Any) -> Answer:
    """What run_child gives when all went well."""
    result: dict[str, Any] = {
        "step": "shutting down",
        "works": dict.fromkeys(order, True),
        "errors": {},
        "mapped": [],
        "mapped_by": {},
        "backend": "cpp" if "protobuf" in order else None,
    }
    return {"status": "ok", "exit_code": 0, "signal": None, "result": result, "error": None, "stderr": "", **changes}


def failing(fails: Callable[[tuple[str, ...]], bool], **changes: Any) -> tuple[Run, list[tuple[str, ...]]]:
    """A run in which those orders crash that `fails` names, and the list of what was run."""
    tried: list[tuple[str, ...]] = []

    def run(order: tuple[str, ...]) -> Answer:
        tried.append(order)
        if not fails(order):
            return answer(order)
        return answer(order, **{"status": "crashed", "exit_code": None, "signal": 11, "error": "crashed.", **changes})

    return run, tried


def verdict(outcomes: list[dict[str, Any]], **changes: Any) -> tuple[str, str]:
    facts = {
        "found": True,
        "version": "3.3.1",
        "bindings": [{"file": "/d/cv2.so", "version": "3.3.1"}],
        "libraries": [],
        "links": [],
        "embedded": [],
        "build_information": None,
        "import_test": {"backend": "cpp", "orders": []},
    }
    packages = {"/usr/lib/libopencv_dnn.so.3.3": "libopencv"}
    judged: tuple[str, str] = opencv_verdict.judge({**facts, **changes}, outcomes, ["/d/cv2.so"], packages, None)
    assert judged[1].endswith(".")
    assert ". " not in judged[1]
    return judged


def test_two_modules_cost_two_processes() -> None:
    run, tried = failing(lambda order: False)
    outcomes = opencv_imports.import_in_every_order(run, ["cv2", "protobuf"])
    assert tried == [("cv2", "protobuf"), ("protobuf", "cv2")]
    assert [outcome["status"] for outcome in outcomes] == ["ok", "ok"]
    assert verdict(outcomes) == (
        "independent",
        "cv2 3.3.1 uses no protobuf library and works with the C++ protobuf in every import order.",
    )


def test_tensorflow_makes_it_six() -> None:
    run, tried = failing(lambda order: False)
    opencv_imports.import_in_every_order(run, ["cv2", "protobuf", "tensorflow"])
    assert len(set(tried)) == len(tried) == 6


def test_memory_that_ends_proves_nothing_and_ends_the_test() -> None:
    error = "The process under python3 got no memory (MemoryError): survey the board while less runs on it."
    run, tried = failing(lambda order: order == ("protobuf", "cv2"), status="unproven", signal=None, error=error)
    outcomes = opencv_imports.import_in_every_order(run, ["cv2", "protobuf"])
    assert [outcome["status"] for outcome in outcomes] == ["ok", "unproven"]
    # No control is tried: it would cost a board that has nothing left, and prove nothing either.
    assert tried == [("cv2", "protobuf"), ("protobuf", "cv2")]
    word, reason = verdict(outcomes, embedded=["/d/cv2.so"])
    assert word == "unproven"
    assert "inconclusive because protobuf with cv2 fails: The process under python3 got no memory" in reason


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("ImportError: libcv.so: failed to map segment from shared object: Cannot allocate memory", "unproven"),
        ("MemoryError: no message", "unproven"),
        ("ImportError: libgomp.so.1: cannot allocate memory in static TLS block", "conflict"),
    ],
)
def test_an_import_that_gets_no_memory_is_no_conflict(message: str, word: str) -> None:
    def run(order: tuple[str, ...]) -> dict[str, Any]:
        found = answer(order)
        if order[0] == "protobuf" and "cv2" in order:
            found["result"] = {**found["result"], "errors": {"cv2": message}}
        return found

    assert verdict(opencv_imports.import_in_every_order(run, ["cv2", "protobuf"]))[0] == word


def test_a_board_without_capacity_imports_nothing() -> None:
    found = {
        "found": True,
        "version": "4.1.1",
        "bindings": [{"file": "/d/cv2.so", "version": "4.1.1"}],
        "libraries": [],
        "links": [],
        "embedded": ["/d/cv2.so"],
        "build_information": None,
        "import_test": {"backend": None, "orders": []},
    }
    shortage = "the board has 210 MB free and the import needs 760, with 128 left to others: survey it later."
    assert opencv_verdict.judge(found, [], ["/d/cv2.so"], {}, shortage) == (
        "unproven",
        "cv2 4.1.1 contains its own protobuf, and no import was tried: the board has 210 MB free and the import needs 760, "
        "with 128 left to others: survey it later.",
    )


def test_one_order_that_crashes_is_a_conflict() -> None:
    run, tried = failing(lambda order: order == ("protobuf", "cv2"))
    outcomes = opencv_imports.import_in_every_order(run, ["cv2", "protobuf"])
    assert tried[2:] == [("cv2",), ("protobuf",)]
    word, reason = verdict(outcomes, embedded=["/d/cv2.so"])
    assert word == "conflict"
    assert "Importing protobuf, then cv2 in one process fails, although it works without cv2" in reason
    assert "ended by signal 11 while shutting down" in reason


def test_protobuf_that_fails_alone_is_no_conflict() -> None:
    run, _tried = failing(lambda order: "protobuf" in order)
    word, reason = verdict(opencv_imports.import_in_every_order(run, ["cv2", "protobuf"]), embedded=["/d/cv2.so"])
    assert word == "unproven"
    assert "the import test is inconclusive because protobuf fails on its own" in reason


def test_cv2_that_fails_alone_is_no_conflict() -> None:
    run, _tried = failing(lambda order: "cv2" in order, stderr="Illegal instruction\n")
    word, reason = verdict(opencv_imports.import_in_every_order(run, ["cv2", "protobuf"]))
    assert word == "unproven"
    assert "cv2 fails on its own" in reason
    assert "(Illegal instruction): set OPENBLAS_CORETYPE to ARMV8, or install a NumPy" in reason


def test_cv2_that_fails_alone_because_of_a_libprotobuf_is_a_conflict() -> None:
    fatal = "[libprotobuf FATAL x.cc:67] This program requires version 3.6.1 of the Protocol Buffer runtime library.\n"
    run, _tried = failing(lambda order: "cv2" in order, stderr=fatal)
    word, reason = verdict(opencv_imports.import_in_every_order(run, ["cv2", "protobuf"]))
    assert word == "conflict"
    assert "This program requires version 3.6.1" in reason


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("glibc-2.23-libprotobuf", "conflict"),
        ("glibc-2.23-other-library", "unproven"),
        ("glibc-2.27-tcache", "unproven"),
    ],
)
def test_the_backtrace_shows_whether_a_crash_of_cv2_is_protobufs(fixtures: Path, output: str, word: str) -> None:
    stderr = (fixtures / f"tool_outputs/{output}.txt").read_text()
    run, _tried = failing(lambda order: "cv2" in order, signal=6, stderr=stderr)
    judged, reason = verdict(opencv_imports.import_in_every_order(run, ["cv2", "protobuf"]), embedded=["/d/cv2.so"])
    assert judged == word
    assert "was ended by signal 6 while shutting down (" in reason
    assert ("in libprotobuf.so.9, libmirprotobuf.so.3)" in reason) == (word == "conflict")
    assert telling_line(stderr) in reason


def test_a_crash_in_the_functions_of_protobuf_is_protobufs() -> None:
    stderr = (
        "*** Error in `python3': double free or corruption (out): 0x00007f6f2c036910 ***\n======= Backtrace: =========\n"
        "/usr/lib/libopencv_dnn.so.3.3(_ZN6google8protobuf23ShutdownProtobufLibraryEv+0x8b)[0x7f8b21daab3b]\n"
    )
    run, _tried = failing(lambda order: "cv2" in order, signal=6, stderr=stderr)
    word, reason = verdict(opencv_imports.import_in_every_order(run, ["cv2"]))
    assert word == "conflict"
    assert "*** in google::protobuf)" in reason


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (
            "ImportError: libGL.so.1: cannot open shared object file: No such file",
            "install the package that has libGL.so.1.",
        ),
        ("ModuleNotFoundError: No module named 'numpy'", "install numpy for this interpreter."),
        ("RuntimeError: anything else", "repair that first."),
    ],
)
def test_cv2_that_cannot_be_imported_proves_nothing(error: str, remedy: str) -> None:
    run, _tried = failing(lambda order: "cv2" in order, status="failed", exit_code=1, stderr=error)
    word, reason = verdict(opencv_imports.import_in_every_order(run, ["cv2", "protobuf"]), embedded=["/d/cv2.so"])
    assert word == "unproven"
    assert reason.startswith(
        "cv2 3.3.1 contains its own protobuf, and the import test is inconclusive because cv2 fails"
    )
    assert reason.endswith(f": {remedy}")


@pytest.mark.parametrize("names", [["cv2", "protobuf"], ["cv2", "protobuf", "tensorflow"]])
def test_a_combination_that_only_ran_out_of_time_proves_nothing(names: list[str]) -> None:
    late = {"status": "timed_out", "exit_code": None, "error": "killed."}
    run, _tried = failing(lambda order: order == tuple(names), **late)
    word, reason = verdict(opencv_imports.import_in_every_order(run, names))
    assert word == "unproven"
    assert "did not end in time" in reason
    assert reason.endswith(": allow more time, or survey the board while it is idle.")


def test_the_remedy_of_a_conflict_is_an_order_that_works() -> None:
    tls = "ImportError: cannot allocate memory in static TLS block"
    run, _tried = failing(lambda order: order == ("protobuf", "cv2"), status="failed", exit_code=1, stderr=tls)
    word, reason = verdict(opencv_imports.import_in_every_order(run, ["cv2", "protobuf"]))
    assert word == "conflict"
    assert reason.endswith("; import cv2, then protobuf in the program.")


@pytest.mark.parametrize(
    ("mapped", "remedy"),
    [
        (["/usr/local/lib/libprotobuf.so.16"], "link the protobuf module statically"),
        ([], "use another OpenCV, as the protobuf module loads no libprotobuf of its own"),
    ],
)
def test_the_remedy_of_a_conflict_fits_the_linkage(mapped: list[str], remedy: str) -> None:
    run, _tried = failing(lambda order: len(order) == 2)

    def mapping(order: tuple[str, ...]) -> Answer:
        found = run(order)
        found["result"]["mapped_by"] = {"protobuf": mapped} if "protobuf" in order else {}
        return found

    word, reason = verdict(opencv_imports.import_in_every_order(mapping, ["cv2", "protobuf"]))
    assert word == "conflict"
    assert f"; {remedy}" in reason


def test_tensorflow_that_breaks_protobuf_does_not_hide_how_cv2_does() -> None:
    run, tried = failing(lambda order: {"tensorflow", "protobuf"} <= set(order))
    outcomes = opencv_imports.import_in_every_order(run, ["cv2", "protobuf", "tensorflow"])
    assert ("cv2", "protobuf") in tried
    assert ("protobuf", "cv2") in tried
    assert len(set(tried)) == len(tried)
    word, reason = verdict(outcomes)
    assert word == "independent"
    assert "works with the C++ protobuf in every import order; but protobuf with tensorflow fails" in reason


def test_conflict_of_cv2_shows_through_a_broken_tensorflow() -> None:
    run, _tried = failing(lambda order: "tensorflow" in order or order == ("cv2", "protobuf"))
    word, reason = verdict(opencv_imports.import_in_every_order(run, ["cv2", "protobuf", "tensorflow"]))
    assert word == "conflict"
    assert "Importing cv2, then protobuf" in reason


def test_cv2_that_fails_with_tensorflow_only_is_a_conflict() -> None:
    run, _tried = failing(lambda order: {"cv2", "tensorflow"} <= set(order))
    assert verdict(opencv_imports.import_in_every_order(run, ["cv2", "protobuf", "tensorflow"]))[0] == "conflict"


def test_a_wrong_result_is_a_failure() -> None:
    wrong = answer(("cv2", "protobuf"))
    wrong["result"]["works"]["dnn"] = False
    outcome = opencv_imports.outcome_of(("cv2", "protobuf"), wrong)
    assert (outcome["status"], outcome["exit_code"]) == ("failed", 0)
    assert outcome["error"] == "dnn gave a wrong result."
    assert outcome["works"] == {"cv2": True, "protobuf": True, "dnn": False, "tensorflow": None}


def test_an_opencv_without_dnn_is_not() -> None:
    without = answer(("cv2",))
    without["result"]["works"]["dnn"] = None
    assert opencv_imports.outcome_of(("cv2",), without)["status"] == "ok"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (
            {"stderr": "[libprotobuf ERROR a.cc:57] File already exists in database: caffe.proto\n"},
            "File already exists",
        ),
        ({"status": "timed_out", "exit_code": None}, "did not end in time while shutting down"),
        (
            {"status": "failed", "exit_code": 3, "stderr": "x\nlast words\n"},
            "exit code 3 while shutting down (last words)",
        ),
        ({"status": "not_found", "result": None, "error": "There is no python."}, "There is no python."),
        ({"status": "crashed", "signal": 4, "result": None, "error": "Ended by SIGILL."}, "Ended by SIGILL."),
    ],
)
def test_error_says_what_happened(changes: dict[str, Any], error: str) -> None:
    outcome = opencv_imports.outcome_of(("cv2", "protobuf"), answer(("cv2", "protobuf"), **changes))
    assert outcome["status"] == changes.get("status", "failed")
    assert error in outcome["error"]


def link(library: str, via: list[str], package: str | None = "libprotobuf10") -> dict[str, Any]:
    return {"binary": "/d/cv2.so", "via": via, "library": library, "package": package}


def good() -> list[dict[str, Any]]:
    outcomes: list[dict[str, Any]] = opencv_imports.import_in_every_order(answer, ["cv2", "protobuf"])
    return outcomes


DNN = "/usr/lib/libopencv_dnn.so.3.3"


def test_shortest_chain_is_named() -> None:
    chains = [link("/l/libprotobuf.so.10", [DNN, "/l/libx.so"]), link("/l/libprotobuf.so.10", [DNN])]
    word, reason = verdict(good(), links=chains)
    assert word == "links_distribution"
    assert (
        "cv2 3.3.1 uses /l/libprotobuf.so.10 (package libprotobuf10) through libopencv_dnn.so.3.3 and works" in reason
    )


def test_two_libraries_are_both_named() -> None:
    chains = [link("/l/libprotobuf.so.10", [DNN]), link("/l/libprotobuf-lite.so.9", ["/l/libmirclient.so.9"], None)]
    reason = verdict(good(), links=chains)[1]
    assert "libprotobuf.so.10 (package libprotobuf10)" in reason
    assert "/l/libprotobuf-lite.so.9 (of no package) through libmirclient.so.9" in reason


def test_links_of_another_opencv_do_not_count() -> None:
    chains = [{**link("/l/libprotobuf.so.10", []), "binary": DNN}]
    assert verdict(good(), links=chains, embedded=["/d/cv2.so"])[0] == "embedded"


def test_a_library_of_ours_in_place_of_the_distributions_is_a_conflict() -> None:
    word, reason = verdict(good(), links=[link("/usr/local/lib/libprotobuf.so.10", [DNN], "jetfleet-libprotobuf")])
    assert word == "conflict"
    assert "/usr/local/lib/libprotobuf.so.10 instead of the distribution's" in reason


def test_an_own_build_with_a_library_below_usr_local_is_none() -> None:
    own = link("/usr/local/lib/libprotobuf.so.16", ["/usr/local/lib/libopencv_dnn.so.4.1"], None)
    built = "Protobuf: /usr/local/lib/libprotobuf.so (3.6.0)"
    assert verdict(good(), links=[own], build_information=built)[0] == "links_distribution"


def test_cv2_that_maps_another_library_than_it_was_built_with_is_a_conflict() -> None:
    outcomes = good()
    outcomes[0]["child"]["mapped_by"] = {"cv2": ["/usr/local/lib/libprotobuf.so.10"]}
    built = "Protobuf: /usr/lib/aarch64-linux-gnu/libprotobuf.so (3.0.0)"
    assert verdict(outcomes, build_information=built)[0] == "conflict"
    outcomes[0]["child"]["mapped_by"] = {"cv2": ["/usr/lib/aarch64-linux-gnu/libprotobuf.so.10.0.0"]}
    assert verdict(outcomes, build_information=built)[0] == "links_distribution"


def test_what_only_protobuf_maps_is_not_held_against_cv2() -> None:
    outcomes = good()
    for outcome in outcomes:
        outcome["child"]["mapped_by"] = {"protobuf": ["/usr/local/lib/libprotobuf.so.16"], "cv2": []}
    built = "Protobuf: /usr/lib/aarch64-linux-gnu/libprotobuf.so (3.0.0)"
    assert verdict(outcomes, build_information=built)[0] == "independent"


def test_a_library_that_is_gone_is_a_conflict() -> None:
    word, reason = verdict(good(), links=[link("libprotobuf.so.10", [DNN], None)])
    assert word == "conflict"
    assert f"{DNN} needs libprotobuf.so.10, which the loader does not find" in reason


@pytest.mark.parametrize(
    ("backend", "words"), [("python", "pure Python"), ("upb", "upb"), (None, "no protobuf module")]
)
def test_reason_says_when_there_is_no_cpp_protobuf(backend: str | None, words: str) -> None:
    word, reason = verdict(good(), import_test={"backend": backend, "orders": []})
    assert word == "independent"
    assert words in reason
    assert "C++ protobuf" not in reason
