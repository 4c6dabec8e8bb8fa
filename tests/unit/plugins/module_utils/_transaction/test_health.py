# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is healthy, and the sentence for everything that is not."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.health import faults

EXPECTED = {"python_version": "4.21.12", "soname_major": 32, "linkage": "shared"}
LIBRARY = "/usr/local/lib/libprotobuf.so.32"
HEALTHY: dict[str, Any] = {
    "module": {
        "status": "ok",
        "error": None,
        "version": "4.21.12",
        "backend": "cpp",
        "linkage": "shared",
        "file": "/usr/local/lib/python3.9/dist-packages/google/protobuf/__init__.py",
        "mapped": [f"{LIBRARY}.0.12"],
        "metadata": {"version": "4.21.12", "location": "/x", "missing_files": [], "modified_files": []},
    },
    "packages": {PACKAGE: {"status": "installed", "missing_files": [], "modified_files": []}},
    "libraries": [
        {
            "soname": "libprotobuf.so.32",
            "path": LIBRARY,
            "real_path": f"{LIBRARY}.0.12",
            "in_linker_cache": True,
        }
    ],
    "load_time": {"status": "ok", "error": None, "seconds": {"median": 0.5}},
}


def changed(*path: str | int, value: Any) -> dict[str, Any]:
    facts = copy.deepcopy(HEALTHY)
    place: Any = facts
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return facts


@pytest.mark.parametrize("expected", [EXPECTED, EXPECTED | {"soname_major": None}, {"python_version": "4.21.12"}])
def test_healthy(expected: dict[str, Any]) -> None:
    assert faults(HEALTHY, expected, 1.0) == []


def test_the_module_is_not_judged_without_a_version() -> None:
    facts = changed("module", "backend", value="python")
    assert faults(facts, {"soname_major": 32}, 0.1) == []
    assert faults(changed("packages", value={}), {"soname_major": 32}, 0.1)


def test_library_is_not_judged_without_a_soname() -> None:
    assert faults(changed("packages", value={}), {"python_version": "4.21.12"}, 0) == []


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("module", "status"), "absent", "There is no protobuf module"),
        (("module", "backend"), "python", "The backend of protobuf is python instead of cpp"),
        (("module", "version"), "3.19.6", "The protobuf that is imported is 3.19.6 from /usr/local/lib/python3.9"),
        (("module", "linkage"), "static", "The linkage of protobuf is static instead of shared"),
        (("module", "mapped"), [], "The module loads no libprotobuf instead of /usr/local/lib/libprotobuf.so.32"),
        (("module", "mapped"), ["/opt/libprotobuf.so.32"], "The module loads /opt/libprotobuf.so.32 instead of"),
        (("module", "metadata", "version"), "3.19.6", "pip reports protobuf 3.19.6 instead of 4.21.12"),
        (("module", "metadata", "missing_files"), ["/x/a.py"], "/x/a.py differs from the file in the wheel"),
        (("module", "metadata", "modified_files"), ["/x/b.py"], "/x/b.py differs from the file in the wheel"),
        (("packages",), {}, f"The package {PACKAGE} is not installed"),
        (("packages", PACKAGE, "status"), "unpacked", f"The package {PACKAGE} is unpacked"),
        (("packages", PACKAGE, "missing_files"), ["/y"], "/y differs from the file in the package"),
        (("packages", PACKAGE, "modified_files"), ["/z"], "/z differs from the file in the package"),
        (("libraries",), [], "There is no /usr/local/lib/libprotobuf.so.32"),
        (("libraries", 0, "path"), "/usr/lib/libprotobuf.so.32", "There is no /usr/local/lib/libprotobuf.so.32"),
        (("libraries", 0, "in_linker_cache"), False, "/usr/local/lib/libprotobuf.so.32 is not in the linker cache"),
        (("load_time", "seconds", "median"), 2.0456, "A graph takes 2.05 s to load and may take 1 s"),
    ],
)
def test_each_fault_is_one_sentence(path: tuple[str | int, ...], value: Any, sentence: str) -> None:
    (found,) = faults(changed(*path, value=value), EXPECTED, 1.0)
    assert found.startswith(sentence)
    assert ": " in found and found.endswith(".")


def test_own_words_of_the_facts() -> None:
    facts = changed("module", "status", value="crashed")
    facts["module"]["error"] = "It crashed: repair it."
    assert faults(facts, {"python_version": "4.21.12"}, 0) == ["It crashed: repair it."]
    facts = changed("load_time", value={"status": "timed_out", "error": "It took too long: allow more time."})
    assert faults(facts, EXPECTED, 1.0) == ["It took too long: allow more time."]


def test_a_load_time_that_a_busy_board_left_unproven_is_no_fault() -> None:
    facts = changed("load_time", value={"status": "unproven", "error": "The load is 4: wait.", "seconds": None})
    assert faults(facts, EXPECTED, 1.0) == []


def test_load_time_is_judged_with_a_budget_only() -> None:
    slow = changed("load_time", "seconds", "median", value=9.0)
    assert faults(slow, EXPECTED, 0) == []
    del slow["load_time"]
    assert faults(slow, EXPECTED, 1.0) == []
