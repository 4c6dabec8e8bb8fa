# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is desired of a board and the plan for it, as options and RETURN of the module protobuf_plan describe them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypedDict

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.artefact import Manifest


class Desired(TypedDict):
    version: str
    source_sha256: str
    linkage: Literal["static", "shared"]
    wheel: Literal["auto", "build", "pypi"]
    cxxflags: str
    executable: str
    adopt: bool
    pip_constraint: bool


class Inputs(TypedDict):
    version: str
    source_sha256: str
    linkage: str
    wheel: str
    cxxflags: str
    recipe: int


class InstallPackages(TypedDict):
    action: Literal["install_packages"]
    reason: str
    packages: list[str]


class AdoptFiles(TypedDict):
    action: Literal["adopt_files"]
    reason: str
    paths: list[str]


class InstallLibrary(TypedDict):
    action: Literal["install_library"]
    reason: str
    package: str
    version: str


class RefreshLinkerCache(TypedDict):
    action: Literal["refresh_linker_cache"]
    reason: str
    soname: str


class InstallModule(TypedDict):
    action: Literal["install_module"]
    reason: str
    version: str


class RemoveCopy(TypedDict):
    action: Literal["remove_copy"]
    reason: str
    location: str
    version: str | None
    installer: str
    file: str


class UnlistCopy(TypedDict):
    action: Literal["unlist_copy"]
    reason: str
    location: str
    version: str | None
    listed_in: str


class WriteConstraint(TypedDict):
    action: Literal["write_constraint"]
    reason: str
    version: str


class RemoveConstraint(TypedDict):
    action: Literal["remove_constraint"]
    reason: str


class FinishTransaction(TypedDict):
    action: Literal["finish_transaction"]
    reason: str


Action = (
    InstallPackages
    | AdoptFiles
    | InstallLibrary
    | RefreshLinkerCache
    | InstallModule
    | RemoveCopy
    | UnlistCopy
    | WriteConstraint
    | RemoveConstraint
    | FinishTransaction
)


_UNNOTICED = ("install_packages", "refresh_linker_cache", "write_constraint", "remove_constraint")


def programs_notice(actions: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether one of the actions changes what programs that run may have loaded."""
    return any(action["action"] not in _UNNOTICED for action in actions)


class _NamedWheel(TypedDict):
    name: str
    sha256: str | None


class WheelResult(_NamedWheel, total=False):
    """The last two are those of PyPI's wheels."""

    requirement: str
    pip_options: list[str]


class Expected(TypedDict, total=False):
    """What one part of a plan says nothing about is left out of that part."""

    python_version: str
    soname_major: int | None
    linkage: str | None


class Build(TypedDict):
    jobs: int
    test_jobs: int
    cxxflags: str
    wheel_cxxflags: str
    environment: dict[str, str]
    python_version: str
    soname_major: int
    cpu_count: int | None


class Plan(TypedDict):
    abi_key: str | None
    digest: str
    inputs: Inputs
    wheel_provider: str
    wheel: WheelResult | None
    artefact: Manifest | None
    needs_build: bool
    actions: list[Action]
    packages: list[str]
    pip_install: list[str]
    expected: Expected
    refusals: list[str]
    build_refusals: list[str]
    notices: list[str]
    build: Build


class ModuleState(TypedDict):
    version: str | None
    backend: str | None
    linkage: str | None


class State(TypedDict):
    """What the diff of a plan shows of a board."""

    library: str
    module: ModuleState
    copies: list[str]
