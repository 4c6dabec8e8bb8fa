# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What child scripts share is the same for each of them, also where it is sent as a part of one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import calibrate, shared
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import child_source
from ansible_collections.jetfleet.protobuf.tests.support.pythons import KNOWN, find_python


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("google.protobuf.pyext.cpp_message", "cpp"),
        ("google.protobuf.internal.python_message", "python"),
        ("google._upb._message", "upb"),
        ("google.protobuf.another", None),
    ],
)
def test_backend_is_told_from_the_class_of_a_message(module: str, expected: str | None) -> None:
    meta = type("Meta", (type,), {"__module__": module})
    assert shared.backend_of(meta("FileDescriptorProto", (), {})) == expected


def test_mapped_files_are_really_mapped() -> None:
    assert any(path.startswith("/") for path in shared.mapped_files("libc"))
    assert shared.mapped_files("libprotobuf-that-nobody-has") == []


def test_a_script_runs_alone_under_every_python(tmp_path: Path) -> None:
    """A file that a script imports is a module inside of it, and so is what that file imports itself."""
    source = child_source(calibrate)
    assert "ansible_collections" not in source
    program = "shared.report([load_graph.shared.MARKER, load_graph.number_of(7).decode('ascii'), __name__])"
    source = source.replace('if __name__ == "__main__":\n    main()', program)
    for python in filter(None, map(find_python, KNOWN)):
        printed = subprocess.check_output([python, "-c", source], text=True, cwd=tmp_path, env={"LC_ALL": "C"})
        assert json.loads(printed.split(shared.MARKER, 1)[1]) == [shared.MARKER, "7", "__main__"], python
