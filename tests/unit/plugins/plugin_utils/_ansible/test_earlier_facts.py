# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller keeps of a look at a board, and hands to the next one."""

from __future__ import annotations

import copy
import json
import os
import stat
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.earlier_facts import EarlierFacts
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import compliant_board, proof
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 12, 1, 2, 0, 0, tzinfo=timezone.utc)
PROVEN = ("opencv", "load_time", "calibration")


def answer(**proofs: Any) -> dict[str, Any]:
    """Return what a board answers that has proven everything, with other proofs."""
    facts = compliant_board()
    # A board may think that it is 1970.
    facts["proofs"] = {name: proof(proven="1970-01-01T00:00:09Z") for name in PROVEN} | proofs
    return {"changed": False, "ansible_facts": {"jetfleet": facts}}


def look(folder: Path, now: datetime = NOW, host: str = "nano-1", **options: Any) -> EarlierFacts:
    return EarlierFacts({"gather_subset": ["all"], "earlier_folder": str(folder), **options}, host, now)


def handed(earlier: EarlierFacts) -> list[str]:
    facts = json.loads(earlier.options.get("earlier_facts", "{}"))
    assert set(facts) == ({"proofs", *facts["proofs"]} if facts else set())
    return [*facts.get("proofs", {})]


def test_nothing_is_handed_to_the_first_look(tmp_path: Path) -> None:
    folder = tmp_path / "earlier"
    assert look(folder).options == {"gather_subset": ["all"], "earlier_folder": str(folder)}


def test_what_is_proven_is_handed_to_the_next_look(tmp_path: Path) -> None:
    received = look(tmp_path).received(answer())
    proofs = received["ansible_facts"]["jetfleet"]["proofs"]
    assert [proofs[name]["proven"] for name in PROVEN] == ["2026-12-01T02:00:00Z"] * 3
    assert "warnings" not in received
    later = look(tmp_path, NOW + timedelta(days=1))
    assert handed(later) == [*PROVEN]
    facts = json.loads(later.options["earlier_facts"])
    assert [facts[name] for name in PROVEN] == [compliant_board()[name] for name in PROVEN]


def test_what_is_taken_over_keeps_its_day(tmp_path: Path) -> None:
    look(tmp_path).received(answer())
    before = (tmp_path / "nano-1.json").stat()
    reused = answer(**{name: proof(proven=None, reused=True) for name in PROVEN})
    received = look(tmp_path, NOW + timedelta(days=2)).received(reused)
    assert received["ansible_facts"]["jetfleet"]["proofs"]["opencv"] == proof(
        proven="2026-12-01T02:00:00Z", reused=True
    )
    # The file is as it was, so it is not written again.
    assert (tmp_path / "nano-1.json").stat().st_ino == before.st_ino


def test_a_board_cannot_take_over_what_it_was_not_handed(tmp_path: Path) -> None:
    received = look(tmp_path).received(answer(opencv=proof(proven="1999-01-01T00:00:00Z", reused=True)))
    assert received["ansible_facts"]["jetfleet"]["proofs"]["opencv"] == proof(proven="2026-12-01T02:00:00Z")


def test_what_could_not_be_proven_is_forgotten(tmp_path: Path) -> None:
    look(tmp_path).received(answer())
    look(tmp_path).received(answer(opencv=proof(fingerprint=None)))
    assert handed(look(tmp_path)) == ["load_time", "calibration"]


def test_what_was_not_looked_at_is_kept(tmp_path: Path) -> None:
    look(tmp_path).received(answer())
    drift = answer()
    for facts in (drift["ansible_facts"]["jetfleet"], drift["ansible_facts"]["jetfleet"]["proofs"]):
        del facts["load_time"]
    look(tmp_path).received(drift)
    assert sorted(handed(look(tmp_path))) == sorted(PROVEN)


@pytest.mark.parametrize(
    ("days", "age", "expected"),
    [
        (30, timedelta(days=29, hours=23), [*PROVEN]),
        (30, timedelta(days=30), ["opencv"]),
        (1, timedelta(hours=23), [*PROVEN]),
        (0, timedelta(0), ["opencv"]),
        # Proven by a controller whose clock was wrong.
        (30, timedelta(seconds=-1), []),
        (10**12, timedelta(days=300), [*PROVEN]),
        ("30", timedelta(days=1), [*PROVEN]),
        ("many", timedelta(days=1), ["opencv"]),
    ],
)
def test_measurements_age(tmp_path: Path, days: Any, age: timedelta, expected: list[str]) -> None:
    look(tmp_path).received(answer())
    assert handed(look(tmp_path, NOW + age, earlier_days=days)) == expected


def test_no_folder_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for options in ({}, {"earlier_folder": ""}, {"earlier_folder": None}):
        received = EarlierFacts(options, "nano-1", NOW).received(answer())
        assert "warnings" not in received
    assert os.listdir(tmp_path) == []


def test_given_facts_come_before_the_file(tmp_path: Path) -> None:
    look(tmp_path).received(answer())
    given_facts = compliant_board()
    del given_facts["proofs"]["calibration"]
    assert handed(look(tmp_path, earlier_facts=given_facts)) == ["opencv", "load_time"]
    assert handed(look(tmp_path, earlier_facts=json.dumps(given_facts))) == ["opencv", "load_time"]
    assert handed(look(tmp_path, earlier_facts={})) == [*PROVEN]


def test_every_name_of_the_inventory_has_a_file_of_its_own(tmp_path: Path) -> None:
    names = ["nano-1", "NANO-1", "../nano", "a/b", "a%2Fb", "..", "m\u00fcller", "x y"]
    for name in names:
        look(tmp_path / "kept", host=name).received(answer())
    assert len(os.listdir(tmp_path / "kept")) == len(names)
    assert os.listdir(tmp_path) == ["kept"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"7", b"\xff", b"[" * 100_000, b'{"proofs": {"opencv": 7}}', b'{"proofs": {}, "opencv": {}}'],
)
def test_a_damaged_file_is_told_and_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "nano-1.json"
    path.write_bytes(content)
    earlier = look(tmp_path)
    assert handed(earlier) == []
    (warning,) = earlier.received(answer())["warnings"]
    assert warning.startswith(f"{path} does not hold what an earlier look has proven (")
    assert "proven anew" in warning
    assert handed(look(tmp_path)) == [*PROVEN]
    assert "warnings" not in look(tmp_path).received(answer())


def test_damaged_facts_that_were_given_are_told() -> None:
    facts = compliant_board()
    facts["calibration"]["cpp"]["baseline"] = "many"
    earlier = EarlierFacts({"earlier_facts": facts}, "nano-1", NOW)
    assert handed(earlier) == []
    (warning,) = earlier.received({})["warnings"]
    assert "calibration.cpp.baseline is a string" in warning


def test_what_cannot_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    earlier = look(tmp_path / "file")
    (first, second) = earlier.received(answer())["warnings"]
    assert "cannot be read (Not a directory)" in first
    assert "cannot be kept" in second
    assert "jetfleet_earlier_facts" in second


def test_a_file_in_place_of_which_there_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "nano-1.json").mkdir()
    warnings = look(tmp_path).received(answer())["warnings"]
    assert len(warnings) == 2
    assert [name for name in os.listdir(tmp_path) if name != "nano-1.json"] == []


def test_a_failed_module_keeps_what_there_is(tmp_path: Path) -> None:
    look(tmp_path).received(answer())
    failed = {"failed": True, "changed": False, "msg": "No."}
    assert look(tmp_path).received(failed) == failed
    assert handed(look(tmp_path)) == [*PROVEN]


def test_runs_at_once_leave_whole_files(tmp_path: Path) -> None:
    """Each of them keeps other facts of the same board, and everybody reads something whole all the time."""
    stop, warnings = threading.Event(), []

    def run(number: int) -> None:
        changed = answer()
        changed["ansible_facts"]["jetfleet"]["load_time"]["values"] = number
        while not stop.is_set():
            warnings.extend(look(tmp_path).received(copy.deepcopy(changed)).get("warnings", []))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for _time in range(100):
        assert handed(look(tmp_path)) in ([], [*PROVEN])
    stop.set()
    for thread in threads:
        thread.join()
    assert warnings == []
    assert os.listdir(tmp_path) == ["nano-1.json"]
    assert stat.S_ISREG((tmp_path / "nano-1.json").stat().st_mode)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda items: st.lists(items) | st.dictionaries(st.text() | st.sampled_from(["proofs", *PROVEN]), items),
)


@given(JSON)
def test_whatever_is_given_one_sentence_comes_back(value: Any) -> None:
    earlier = EarlierFacts({"earlier_facts": value}, "nano-1", NOW)
    warnings = earlier.received({}).get("warnings", [])
    assert len(warnings) <= 1
    assert all("\n" not in warning for warning in warnings)
    assert handed(earlier) == []
