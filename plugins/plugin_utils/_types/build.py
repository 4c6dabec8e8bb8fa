# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a build and the state of the job that runs them, as the module build_job describes them."""

from __future__ import annotations

from typing import TypedDict


class _Command(TypedDict):
    name: str
    argv: list[str]
    chdir: str
    creates: str


class Step(_Command, total=False):
    environment: dict[str, str]
    counts: str
    count_command: list[str]


class BuildOptions(TypedDict):
    """parent is the folder of all builds, executable the builder's Python, has_configure whether the source brings it."""

    parent: str
    executable: str
    has_configure: bool
    make_check: bool
    run_tests: bool
    jobs: int
    test_jobs: int


class BuildSteps(TypedDict):
    directory: str
    native_directory: str | None
    own_directory: str
    gnu_type: str
    package: str
    package_version: str
    artefacts: list[str]
    configure: list[str]
    # Debian's name where it is not the builder's own, empty otherwise.
    cross_architecture: str
    settings_steps: list[Step]
    library_steps: list[Step]
    wheel_steps: list[Step]


class _Status(TypedDict):
    status: str
    log: str


class Job(_Status, total=False):
    """The rest is there only where there is or was a job, or where it failed."""

    step: int
    name: str
    steps_total: int
    units_done: int | None
    units_total: int | None
    elapsed: int
    exit_status: int | None
    timed_out: bool
    telling_line: str
    trouble: str | None
    log_tail: list[str]
