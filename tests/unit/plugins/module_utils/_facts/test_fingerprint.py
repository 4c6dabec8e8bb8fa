# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingerprints of proofs: every file that a proof depends on changes them, and nothing else does."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts import fingerprint
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.opencv import opencv_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.proof_forms import files_of, is_proof_of_opencv
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.interpreter import ask
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.loader import Loader
from ansible_collections.jetfleet.protobuf.tests.support.capacities import CAPACITY
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.proof_board import ProofBoard, change_byte

OPENCV = (*fingerprint.PROTOBUF, *fingerprint.OPENCV)


@pytest.fixture(scope="module")
def board(installations: Installations, tmp_path_factory: pytest.TempPathFactory) -> ProofBoard:
    return ProofBoard(tmp_path_factory.mktemp("board"), installations)


@pytest.fixture(scope="module")
def files(board: ProofBoard) -> list[str]:
    """Return what the imports have really loaded."""
    facts = opencv_facts(str(board.python), 60, Loader(), dict.fromkeys, CAPACITY)
    assert is_proof_of_opencv(facts), facts
    found: list[str] = files_of(facts)
    return found


def made(board: ProofBoard, files: Any, packages: Any = OPENCV) -> str:
    """Return the fingerprint that a new look makes."""
    answer = ask(str(board.python), 60, interpreter=True, probe=True)
    found: str = fingerprint.Surroundings(str(board.python), answer).fingerprint(packages, (), files)
    return found


# What a proof depends on, below the folder of the packages.
FILES = {
    "cv2": "cv2/cv2.abi3.so",
    "cv2 in Python": "cv2/__init__.py",
    "library of OpenCV": "cv2/libopencv_highgui.so.3.3",
    "library of a library": "cv2/libmirclient.so.9",
    "libprotobuf": "cv2/libprotobuf-lite.so.9",
    "extension of protobuf": "google/protobuf/pyext/_message.cpython-39-x86_64-linux-gnu.so",
    "protobuf in Python": "google/protobuf/internal/api_implementation.py",
    "NumPy": "numpy/__init__.py",
    "TensorFlow": "tensorflow/_pywrap.so",
    "TensorFlow in Python": "tensorflow/core/framework/graph_pb2.py",
    "interpreter": "../../../bin/python3.9",
}


@pytest.mark.parametrize("name", FILES.values(), ids=FILES)
def test_one_changed_byte_is_noticed(board: ProofBoard, files: list[str], name: str) -> None:
    before = made(board, files)
    change_byte(board.site / name)
    after = made(board, files)
    assert before != after
    assert made(board, files) == after


@pytest.mark.parametrize("name", [FILES["extension of protobuf"], FILES["protobuf in Python"], FILES["interpreter"]])
def test_the_load_time_depends_on_protobuf_and_the_interpreter(board: ProofBoard, name: str) -> None:
    before = made(board, (), fingerprint.PROTOBUF)
    change_byte(board.site / name)
    assert made(board, (), fingerprint.PROTOBUF) != before


def test_the_load_time_does_not_depend_on_opencv(board: ProofBoard) -> None:
    before = made(board, (), fingerprint.PROTOBUF)
    change_byte(board.site / FILES["cv2"])
    assert made(board, (), fingerprint.PROTOBUF) == before


def test_a_model_that_was_changed_is_noticed(board: ProofBoard, tmp_path: Path) -> None:
    model = tmp_path / "model.pb"
    model.write_bytes(b"graph")
    before = made(board, [str(model)], fingerprint.PROTOBUF)
    change_byte(model)
    assert made(board, [str(model)], fingerprint.PROTOBUF) != before


@pytest.mark.parametrize("name", ["other.pth", "six.py", "sitecustomize.py", "protobuf-3.6.0-nspkg.pth", "cv2.so"])
def test_what_python_could_load_instead_is_noticed(board: ProofBoard, files: list[str], name: str) -> None:
    before = made(board, files)
    path = board.site / name
    path.touch()
    created = made(board, files)
    path.unlink()
    assert created != before
    assert made(board, files) == before


def test_a_path_file_with_other_lines_is_noticed(board: ProofBoard, files: list[str]) -> None:
    path = board.site / "lines.pth"
    path.write_text("# one\n")
    before = made(board, files)
    change_byte(path)
    assert made(board, files) != before


def test_a_link_that_leads_elsewhere_is_noticed(board: ProofBoard, files: list[str]) -> None:
    path, other = board.site / FILES["library of OpenCV"], board.site / "cv2/copy.so"
    shutil.copy2(path, other)
    path.rename(path.with_name("real.so"))
    path.symlink_to("real.so")
    before = made(board, files)
    path.unlink()
    path.symlink_to("copy.so")
    assert made(board, files) != before
    change_byte(other)


def test_bytes_that_changed_by_themselves_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A card that wears out changes no times: those are taken out of sight here."""
    path = tmp_path / "libprotobuf.so.17"
    path.write_bytes(b"library")
    monkeypatch.setattr(fingerprint, "_numbers", lambda _found: [])
    before = fingerprint.file_state(str(path))
    change_byte(path)
    assert fingerprint.file_state(str(path)) != before


def test_what_is_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cv2.so"
    path.write_bytes(b"library")
    monkeypatch.setattr(fingerprint, "_LARGEST", 6)
    assert len(fingerprint.file_state(str(path))) == 6


def test_compiled_files_of_python_itself_do_not_count(board: ProofBoard, files: list[str]) -> None:
    before = made(board, files)
    for folder in (board.site, board.site / "google/protobuf"):
        cache = folder / "__pycache__"
        cache.mkdir()
        (cache / "message.cpython-39.pyc").write_bytes(b"compiled")
    assert made(board, files) == before


def test_variables_that_decide_what_is_loaded_are_noticed(
    board: ProofBoard, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = made(board, files)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/lib")
    other = made(board, files)
    monkeypatch.undo()
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")
    assert other != before
    assert made(board, files) == before


def test_another_board_is_noticed(board: ProofBoard, files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = made(board, files)
    own = fingerprint.board_identity()
    monkeypatch.setattr(fingerprint, "board_identity", lambda: ["d2f3", *own[1:]])
    assert made(board, files) != before


def test_another_way_to_prove_is_noticed(board: ProofBoard, files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = made(board, files)
    monkeypatch.setattr(fingerprint, "PROOF", fingerprint.PROOF + 1)
    assert made(board, files) != before


def test_an_interpreter_that_does_not_answer_has_no_fingerprint(board: ProofBoard) -> None:
    answer = ask("/nothing/python3", 60, interpreter=True, probe=True)
    assert fingerprint.Surroundings("/nothing/python3", answer).fingerprint(OPENCV, (), ()) is None


def test_a_folder_of_too_many_files_has_no_fingerprint(
    board: ProofBoard, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "_MOST_FILES", 5)
    assert made(board, files) is None


def test_it_is_cheap(board: ProofBoard, files: list[str]) -> None:
    answer = ask(str(board.python), 60, interpreter=True, probe=True)
    began = time.process_time()
    fingerprint.Surroundings(str(board.python), answer).fingerprint(OPENCV, (), files)
    assert time.process_time() - began <= 0.1


def test_what_changes_while_it_is_proven(tmp_path: Path) -> None:
    path = tmp_path / "library.so"
    path.touch()
    now = time.time()
    assert fingerprint.may_have_changed([str(path)], now)
    assert not fingerprint.may_have_changed([str(path)], now + 1)
    assert not fingerprint.may_have_changed([str(tmp_path / "none")], now)


def test_before_its_clock_is_set_a_board_has_files_of_the_future(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "library.so"
    path.touch()
    monkeypatch.setattr(time, "time", lambda: 60.0)
    assert not fingerprint.may_have_changed([str(path)], 30.0)
    assert os.stat(path).st_ctime > 60
