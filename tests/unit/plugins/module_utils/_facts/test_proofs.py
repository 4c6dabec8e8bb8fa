# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier look has proven is taken over as long as it holds, and never otherwise."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts import load_prediction, opencv, proof_forms
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.gather import gather
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.proofs import Proofs
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.contents import graph_contents
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.load_graph import workload_bytes
from ansible_collections.jetfleet.protobuf.tests.support.capacities import OPTIONS
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import compliant_board
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.proof_board import ProofBoard, change_byte, settle
from hypothesis import given
from hypothesis import strategies as st

Facts = dict[str, Any]
Boards = Callable[..., ProofBoard]
PROVEN = ("opencv", "load_time", "calibration")


@pytest.fixture
def boards(installations: Installations, tmp_path: Path) -> Boards:
    """Make a board with a graph."""

    def make(name: str = "board", extra: str = "") -> ProofBoard:
        board = ProofBoard(tmp_path / name, installations, extra)
        (tmp_path / "graph.pb").write_bytes(workload_bytes("float_val", 1000))
        return board

    return make


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Facts]:
    # How exact a calibration is does not matter here.
    monkeypatch.setattr(load_prediction, "BUDGET", 0.01)

    def run(board: ProofBoard, earlier: Any = None, **options: Any) -> Facts:
        given = {
            # A calibration takes seconds.
            "gather_subset": ["opencv", "load_time"],
            "executable": str(board.python),
            "timeout": 60,
            "graph": None,
            "graphs": [str(tmp_path / "graph.pb")],
            "workload": "float_val",
            "values": 1000,
            "runs": 1,
            "time_budget": 1,
            "compare_backends": False,
            **OPTIONS,
            "earlier_facts": json.dumps(earlier) if earlier else None,
            **options,
        }
        found: Facts = gather(given)
        return found

    return run


def reused(facts: Facts) -> list[str]:
    return [name for name, proof in facts["proofs"].items() if proof["reused"]]


Look = Callable[..., Facts]
EVERYTHING: Facts = {"gather_subset": ["opencv", "load_time", "graphs"]}


def test_an_unchanged_board_proves_nothing_again(boards: Boards, look: Look) -> None:
    board = boards()
    first = look(board, **EVERYTHING)
    imports = board.imports
    assert (reused(first), imports) == ([], 6)
    second = look(board, first, **EVERYTHING)
    third = look(board, second, **EVERYTHING)
    assert reused(second) == reused(third) == [*PROVEN]
    assert board.imports == imports
    names = [*PROVEN, "graphs"]
    assert [third[name] for name in names] == [second[name] for name in names] == [first[name] for name in names]


def test_only_what_has_changed_is_proven_again(boards: Boards, look: Look) -> None:
    board = boards()
    first = look(board)
    change_byte(board.site / "cv2/libmirclient.so.9")
    second = look(board, first)
    assert reused(second) == ["load_time"]
    assert second["opencv"]["verdict"] == first["opencv"]["verdict"]
    # What was changed in the second of the look may have changed meanwhile.
    change_byte(board.site / "google/protobuf/pyext/_message.cpython-39-x86_64-linux-gnu.so")
    settle()
    third = look(board, second)
    assert reused(third) == []
    assert reused(look(board, third)) == ["opencv", "load_time"]


def test_another_measurement_is_none_of_the_same(boards: Boards, look: Look) -> None:
    board = boards()
    first = look(board)
    assert reused(look(board, first, values=1001)) == ["opencv"]


def test_the_facts_of_another_board_are_refused(boards: Boards, look: Look) -> None:
    one, other = boards("one"), boards("other")
    assert reused(look(other, look(one))) == []


def test_a_conflict_is_looked_at_again(boards: Boards, look: Look, tmp_path: Path) -> None:
    """It passes, although no file has changed that the imports depend on."""
    fault = tmp_path / "fault"
    fault.touch()
    board = boards(
        extra=f"import os, sys\nif os.path.exists({str(fault)!r}) and 'google.protobuf' in sys.modules: os.abort()\n"
    )
    first = look(board)
    assert first["opencv"]["verdict"] == "conflict"
    assert first["proofs"]["opencv"]["fingerprint"] is None
    fault.unlink()
    second = look(board, first)
    assert reused(second) == ["load_time"]
    assert second["opencv"]["verdict"] == "links_distribution"


def test_what_changes_during_the_proof_is_not_proven(boards: Boards, look: Look) -> None:
    board = boards(extra="import os\nos.utime(os.path.join(os.path.dirname(__file__), 'libmirclient.so.9'))\n")
    first = look(board)
    assert first["opencv"]["verdict"] == "links_distribution"
    assert first["proofs"]["opencv"]["fingerprint"] is None
    assert first["proofs"]["load_time"]["fingerprint"]


def test_a_board_without_opencv_remembers_that(boards: Boards, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    board = boards()
    (board.site / "cv2/cv2.abi3.so").rename(board.site / "cv2/other.so")
    monkeypatch.setattr(opencv, "_libraries", lambda *_arguments: [])
    first = look(board)
    assert first["opencv"]["verdict"] == "absent"
    assert reused(look(board, first)) == ["opencv", "load_time"]
    (board.site / "cv2/other.so").rename(board.site / "cv2/cv2.abi3.so")
    assert look(board, first)["opencv"]["verdict"] != "absent"


# Damaged facts ----------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda items: st.lists(items) | st.dictionaries(st.text(), items),
)
IS_PROOF = {
    "opencv": proof_forms.is_proof_of_opencv,
    "load_time": proof_forms.is_proof_of_load_time,
    "calibration": proof_forms.is_calibration,
}


class SameSurroundings:
    """A board that has not changed, whatever it is asked."""

    def fingerprint(self, _packages: Any, _options: Any, files: list[str]) -> str:
        assert all(isinstance(path, str) for path in files)
        return str(compliant_board()["proofs"]["opencv"]["fingerprint"])


def places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(found for key, item in items for found in places(item, (*place, key)))]


def damaged(facts: Facts, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    whole = copy.deepcopy(facts)
    inner: Any = whole
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return whole


EARLIER = {name: compliant_board()[name] for name in ("proofs", *PROVEN)}


@pytest.mark.parametrize("name", PROVEN)
def test_whole_facts_are_taken_over(name: str) -> None:
    proofs = Proofs(json.dumps(EARLIER), SameSurroundings())
    assert proofs.proven(name, lambda: None) == EARLIER[name]
    assert proofs.facts[name]["reused"]


@given(st.sampled_from(places(EARLIER)), JSON)
def test_damaged_facts_do_no_harm(place: tuple[Any, ...], value: Any) -> None:
    proofs = Proofs(json.dumps(damaged(EARLIER, place, value)), SameSurroundings())
    work = graph_contents(io.BytesIO(workload_bytes("float_val", 1000)))["work"]
    for name in PROVEN:
        facts = proofs.proven(name, lambda: None)
        if proofs.facts[name]["reused"]:
            assert IS_PROOF[name](facts)
        if facts and name == "calibration":
            assert load_prediction.predict(facts[facts["backend"]], work) >= 0


@given(st.text() | JSON.map(json.dumps))
def test_anything_can_be_handed_back(text: str) -> None:
    proofs = Proofs(text, SameSurroundings())
    assert [proofs.proven(name, lambda: None) for name in PROVEN] == [None] * 3


@pytest.mark.parametrize("text", ["[" * 100_000, '{"proofs":' * 100_000, "", "7"])
def test_what_is_no_document_is_none(text: str) -> None:
    assert Proofs(text, SameSurroundings()).proven("opencv", lambda: None) is None
