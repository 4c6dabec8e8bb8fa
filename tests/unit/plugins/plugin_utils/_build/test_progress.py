# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build job says."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._build.progress import (
    duration,
    failure_of,
    progress_line,
)

JOB: Any = {
    "status": "failed",
    "step": 3,
    "steps_total": 7,
    "name": "Make the library",
    "units_done": 63,
    "units_total": 181,
    "elapsed": 130,
    "exit_status": 2,
    "timed_out": False,
    "log": "/home/nvidia/src/x/job.log",
    "telling_line": "wire_format.cc:12:3: error: 'x' was not declared in this scope",
    "trouble": None,
}
KILLED = "g++: internal compiler error: Killed (program cc1plus)"


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({}, "nano-1: key: step 3 of 7 (Make the library), 63 of 181 compilations, 2 min 10 s"),
        ({"units_total": None}, "nano-1: key: step 3 of 7 (Make the library), 63 compilations, 2 min 10 s"),
        ({"units_done": None}, "nano-1: key: step 3 of 7 (Make the library), 2 min 10 s"),
    ],
)
def test_progress_is_one_line(change: dict[str, Any], line: str) -> None:
    assert progress_line("nano-1", "key", JOB | change) == line


@pytest.mark.parametrize(("seconds", "said"), [(0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3720, "1 h 2 min")])
def test_a_duration_is_said_as_people_say_it(seconds: int, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {},
            "The step Make the library on nano-1 ended with exit status 2 (wire_format.cc:12:3: error: 'x' was not "
            "declared in this scope): look into /home/nvidia/src/x/job.log on nano-1, then run again.",
        ),
        ({"trouble": "disk"}, "The disk of nano-1 became full in the step Make the library: make room there"),
        (
            {"telling_line": KILLED, "trouble": "memory"},
            f"The memory of nano-1 is not enough for the step Make the library ({KILLED}): set libprotobuf_build_jobs to "
            "fewer compilers at once, stop what uses the memory, or add swap space, then run again",
        ),
        ({"exit_status": -9}, "The memory of nano-1 is not enough for the step Make the library (wire_format.cc"),
        ({"timed_out": True, "exit_status": -9}, "was ended in the step Make the library after 1 min"),
        ({"status": "killed", "exit_status": None}, "was killed repeatedly"),
    ],
)
def test_a_failure_is_one_sentence(change: dict[str, Any], sentence: str) -> None:
    said = failure_of("nano-1", JOB | change, 60)
    assert sentence in said
    assert said.endswith(".")
    assert len(said.splitlines()) == 1
