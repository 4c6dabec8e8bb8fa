# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The child script on its own; test_opencv.py runs it with real OpenCV wheels."""

from __future__ import annotations

import importlib.machinery
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import import_opencv, runner
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.shared import MARKER
from ansible_collections.jetfleet.protobuf.tests.support.pythons import KNOWN, find_python

SUFFIX = importlib.machinery.EXTENSION_SUFFIXES[0]


def touch(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_bindings_under_every_python(tmp_path: Path) -> None:
    """apt's lone extension, pip's package and protobuf, found without importing any of them."""
    touch(tmp_path / "google" / "protobuf" / "__init__.py", "raise SystemExit('imported')")
    touch(tmp_path / "cv2" / "__init__.py", "raise SystemExit('imported')")
    touch(tmp_path / "cv2" / "version.py", 'opencv_version = "4.1.2.30"\n')
    source = runner.child_source(import_opencv)
    code = "import sysconfig as s; print(s.get_config_var('EXT_SUFFIX') or s.get_config_var('SO'))"
    for python in filter(None, map(find_python, KNOWN)):
        suffix = subprocess.check_output([python, "-c", code], text=True).strip()
        extension = touch(tmp_path / "cv2" / f"cv2{suffix}")
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [python, "-c", source, json.dumps({"order": []})]
        output = subprocess.check_output(command, env=environment, text=True)
        result = json.loads(output.split(MARKER)[1])
        assert {"file": str(extension), "version": "4.1.2.30"} in result["bindings"], python
        assert (result["protobuf"], result["tensorflow"]) == (True, False), python
        assert os.path.isabs(result["executable"]), python


def test_every_entry_of_the_path_is_looked_at(tmp_path: Path) -> None:
    apt = touch(tmp_path / "dist-packages" / f"cv2{SUFFIX}")
    pip = touch(tmp_path / "site-packages" / "cv2" / "cv2.abi3.so")
    own = touch(tmp_path / "local" / "cv2" / "python-{}.{}".format(*sys.version_info) / f"cv2{SUFFIX}")
    touch(tmp_path / "local" / "cv2" / "python-2.6" / "cv2.so")
    touch(tmp_path / "site-packages" / "cv2" / "cv2.pyi")
    touch(tmp_path / "site-packages" / "cv2" / "version.py", "opencv_version = '4.14.0.94'\nci_build = True\n")
    path = [str(tmp_path / name) for name in ("dist-packages", "site-packages", "local", "nowhere", "site-packages")]
    assert import_opencv.find_bindings(path) == [
        {"file": str(apt), "version": None},
        {"file": str(pip), "version": "4.14.0.94"},
        {"file": str(own), "version": None},
    ]


def test_onnx_model_is_well_formed() -> None:
    """Walk through the wire format: every length fits, and what is inside says Relu."""

    def fields(data: bytes) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = {}
        while data:
            number, kind, value = data[0] >> 3, data[0] & 7, data[1]
            assert data[1] < 128
            assert kind in (0, 2)
            payload: Any = data[2 : 2 + value] if kind == 2 else value
            assert kind == 0 or len(payload) == value
            found.setdefault(number, []).append(payload)
            data = data[2 + value :] if kind == 2 else data[2:]
        return found

    model = fields(import_opencv.onnx_model())
    graph = fields(model[7][0])
    assert fields(graph[1][0])[4] == [b"Relu"]
    assert fields(graph[11][0])[1] == fields(graph[1][0])[1] == [b"data"]
    assert fields(graph[12][0])[1] == fields(graph[1][0])[2] == [b"relu"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  JPEG: x\n    Protobuf:                    build (3.5.1)\n\n  OpenCL: NO\n", "Protobuf: build (3.5.1)"),
        ("    Protobuf:       /usr/lib/libprotobuf.so (3.0.0)\n", "Protobuf: /usr/lib/libprotobuf.so (3.0.0)"),
        ("  C flags: -I/x/protobuf\n    3rdparty dependencies: libprotobuf\n", None),
    ],
)
def test_build_information(text: str, line: str | None) -> None:
    class OpenCV:
        @staticmethod
        def getBuildInformation() -> str:  # noqa: N802
            return text

    assert import_opencv.build_information(OpenCV) == line


def test_opencv_without_dnn_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", type(sys)("numpy"))
    assert import_opencv.use_dnn(type(sys)("cv2")) is None


def test_what_a_step_raises_is_an_answer(capfd: pytest.CaptureFixture[str]) -> None:
    def leave() -> None:
        raise SystemExit("numpy\nis missing")

    result: dict[str, Any] = {"step": "importing cv2", "errors": {}}
    assert import_opencv.attempt(result, "cv2", leave) is False
    assert result["errors"] == {"cv2": "SystemExit: numpy is missing"}
    # What was known before the step is out already, should the step end the process.
    printed = json.loads(capfd.readouterr().out.split(MARKER)[1])
    assert printed == {"step": "importing cv2", "errors": {}}


def test_text_that_python_2_cannot_print_is_told_all_the_same() -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise UnicodeEncodeError("ascii", "\xf6", 0, 1, "ordinal not in range(128)")

    assert import_opencv.describe(Odd("x")) == "Odd: Odd('x')"
    assert import_opencv.describe(ValueError()) == "ValueError: no message"
