# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a board must not be changed, and why it cannot build.

Every sentence names a cause and a remedy.
"""

from __future__ import annotations

import os.path

from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts.binaries import MACHINES
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning import releases
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.abi import DISTRIBUTION_PREFIX
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.actions import (
    first_of,
    packages_of,
    uses_distribution_packages,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.clock import clock_build_refusal
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.context import PlanContext
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.copies import copy_refusals
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import (
    Board,
    Facts,
    Installation,
    Pip,
    Python,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import Action, Desired

# Measured with gcc 12, -O2 -g, one process: 478 MB at most for the library (descriptor.cc),
# 735 MB for its tests (test_messages_proto2.pb.cc); rounded up for the linker and for make.
MAKE_JOB_MB = 600
CHECK_JOB_MB = 900
# Measured: the unstripped tree that `make install` leaves takes 290 MB, its archive alone
# 89 MB; objects, libtool's second copy of them, source and test programs add to that.
BUILD_DISK_MB = 1500
# Measured without debug information: library, headers, protoc and module are below 30 MB;
# dpkg and pip need as much again while they unpack.
INSTALL_DISK_MB = 60


def refusals(context: PlanContext, actions: list[Action]) -> list[str]:
    """Return why nothing may be changed on this board."""
    facts = context.facts
    python, board = facts["python"], facts["board"]
    if not context.is_usable:
        return [_python_sentence(python)]
    found = [_platform_refusal(board, python), _abi_refusal(context)]
    if not any(found) and context.key is None:
        found.append(
            "The distribution, its release, its glibc or the Python ABI of the board is unknown, so no artefact "
            "can be matched to it: run jetfleet.protobuf.protobuf_facts on it and repair what is null."
        )
    if facts["module"]["status"] == "unproven":
        found.append(facts["module"]["error"])
    found.append(_distribution_refusal(facts))
    found += copy_refusals(facts, is_changed=bool(actions))
    if context.is_built:
        found.append(_soname_refusal(context))
    if actions:
        found += [
            *_installation_refusals(facts["installation"], context.desired),
            *_tool_refusals(facts, actions),
            _six_refusal(python, packages_of(actions)),
            _disk_refusal(board, "usr_local", INSTALL_DISK_MB, "install"),
        ]
    return [sentence for sentence in found if sentence]


def build_refusals(context: PlanContext) -> list[str]:
    """Return why this host cannot compile; it may still get what another host compiled."""
    if not context.is_built:
        return []
    board, python = context.facts["board"], context.facts["python"]
    found = [
        _memory_refusal(board["memory_available_mb"]),
        _disk_refusal(board, "home", BUILD_DISK_MB, "build"),
        _setuptools_refusal(python, context.release),
        _owner_refusal(board, python),
        clock_build_refusal(board),
    ]
    return [sentence for sentence in found if sentence]


def _memory_refusal(free: int | None) -> str | None:
    if free is None or free >= MAKE_JOB_MB:
        return None
    return (
        f"{free} MB of memory are free and one compile job needs {MAKE_JOB_MB} MB: "
        "stop what uses the memory, add swap space, or build on another host."
    )


def _setuptools_refusal(python: Python, wanted: releases.Release) -> str | None:
    # The distribution's Python builds with the distribution's setuptools, not with one that pip has installed beside it.
    if python["base_prefix"] == DISTRIBUTION_PREFIX:
        return None
    packages = python["packages"]
    setuptools = packages.get("setuptools")
    # setuptools makes wheels by itself since 70.1.
    needed = ["setuptools"] if (releases.major_minor(setuptools) or (0, 0)) >= (70, 1) else ["setuptools", "wheel"]
    missing = " and ".join(name for name in needed if not packages.get(name))
    if missing:
        return f"{python['executable']} lacks {missing}, which a wheel is built with: install {missing} there first."
    return releases.setuptools_refusal(wanted, setuptools)


def _owner_refusal(board: Board, python: Python) -> str | None:
    owner = python["owner"]
    if not board["is_root"] or owner in (None, "root"):
        return None
    return (
        f"{python['executable']} belongs to {owner}, and root would run what that user put there to build: "
        f"log in to this host as {owner}, or build on another host."
    )


def _python_sentence(python: Python) -> str:
    executable = python["executable"]
    if python["status"] == "not_found":
        return f"The board has no interpreter {executable}: install it, or set python_protobuf_executable to one that is there."
    if python["status"] == "unproven" and python["error"]:
        return python["error"]
    detail = " ".join((python["error"] or python["status"]).split()).rstrip(".")
    return f"The interpreter {executable} does not run ({detail}): repair it, or set python_protobuf_executable to another one."


def _platform_refusal(board: Board, python: Python) -> str | None:
    architecture = board["architecture"]
    if architecture is None:
        return "The board has no dpkg that runs, so no Debian package can be installed: repair it, or use a board that runs Ubuntu or Debian."
    if architecture not in MACHINES:
        return f"The architecture {architecture} is not supported: use a board with one of {', '.join(MACHINES)}."
    implementation = python["implementation"] or "unknown"
    if implementation.lower() != "cpython":
        return (
            f"The C++ extension is for CPython and {python['executable']} is {implementation}: "
            "set python_protobuf_executable to a CPython."
        )
    return None


def _abi_refusal(context: PlanContext) -> str | None:
    python, wanted = context.facts["python"], context.release
    numbers = releases.major_minor(python["version"])
    if numbers is None:
        return (
            f"The version of {python['executable']} is unknown: set python_protobuf_executable to another interpreter."
        )
    if context.is_built:
        return releases.python_refusal(wanted, numbers)
    if context.pypi_wheel:
        return None
    return (
        f"PyPI has no wheel with C++ inside that protobuf {wanted.python_version} could be installed from on "
        f"{python['soabi']} with glibc {context.facts['board']['glibc']}: set python_protobuf_wheel to build."
    )


def _distribution_refusal(facts: Facts) -> str | None:
    for name, package in sorted(facts["packages"].items()):
        gone = [path for path in package["missing_files"] if ".so" in os.path.basename(path)]
        if name != PACKAGE and name.startswith(("libprotobuf", "libprotoc")) and gone:
            return (
                f"{gone[0]} of the distribution's package {name} was moved or deleted, which breaks programs that need it: "
                f"run 'apt-get install --reinstall {name}' on the board first."
            )
    return None


def _soname_refusal(context: PlanContext) -> str | None:
    soname = context.soname
    for library in context.facts["libraries"]:
        if library["soname"] == soname and library["package"] not in (None, PACKAGE):
            return (
                f"protobuf {context.release.version} would put a second {soname} beside that of the distribution's package "
                f"{library['package']}, and one would hide the other: choose a version with another soname."
            )
    return None


def _installation_refusals(installation: Installation, desired: Desired) -> list[str | None]:
    found: list[str | None] = []
    managed = installation["executable"]
    if installation["managed"] and managed != desired["executable"]:
        found.append(
            f"The protobuf module of {managed} is managed on this board, and python_protobuf_executable is "
            f"{desired['executable']}: run the playbook jetfleet.protobuf.remove first."
        )
    handmade = installation["handmade"]
    if handmade and not desired["adopt"]:
        found.append(
            f"protobuf was installed on this board by hand ({first_of(handmade)}, which no package owns): "
            "set libprotobuf_adopt to true to take it over."
        )
    return found


def _tool_refusals(facts: Facts, actions: list[Action]) -> list[str | None]:
    """Return what would make the installation fail halfway; nothing where the facts lack the subset tools."""
    tools = facts.get("tools")
    if tools is None:
        return []
    names = {action["action"] for action in actions}
    packages = packages_of(actions)
    found: list[str | None] = []
    if "ldconfig" in tools["missing"] and names & {"install_library", "refresh_linker_cache"}:
        found.append(
            "The board has no ldconfig, which adds the library to the linker cache: run 'apt-get install --reinstall libc-bin' on it."
        )
    if "apt-get" in tools["missing"] and packages:
        found.append(
            f"The board lacks {' and '.join(packages)}, and apt-get, which would install that: "
            "install it with 'dpkg --install' from files that are copied to the board."
        )
    if "install_module" in names and not any(name.endswith("-pip") for name in packages):
        found.append(_pip_refusal(facts, tools["pip"]))
    return found


def _pip_refusal(facts: Facts, pip: Pip) -> str | None:
    if pip["status"] == "ok":
        return None
    if pip["status"] == "unproven":
        return f"pip got no memory on the board ({pip['error']}): run again while less runs on it."
    python, location = facts["python"], pip["location"]
    place = f"pip {pip['version']} in {location}" if location else "pip"
    cause = f"{place} does not run under {python['executable']} ({(pip['error'] or pip['status']).rstrip('.')})"
    if "_NamespacePath" in cause:
        # pip 8 with Python 3.5; fixed in setuptools 31.0.1.
        copies = " and ".join(copy["location"] for copy in facts["module"]["copies"])
        return f"{cause}, as protobuf is in more than one place: remove all of {copies} but one."
    if pip["package"]:
        return f"{cause}: run 'apt-get install --reinstall {pip['package']}' on the board."
    if not location:
        return f"{cause}: repair it."
    files = location if location.endswith(".egg") else f"{location}/pip {location}/pip-*"
    if uses_distribution_packages(python):
        return f"{cause}: run 'rm -r {files}' on the board, so that the distribution's own is used."
    return f"{cause}: run 'rm -r {files}' on the board and install one there that supports Python {python['version']}."


def _six_refusal(python: Python, wanted: list[str]) -> str | None:
    if not wanted or uses_distribution_packages(python):
        return None
    modules = " and ".join(name.split("-")[1] for name in wanted)
    return (
        f"{python['executable']} lacks {modules}, and the distribution's packages do not reach an interpreter in "
        f"{python['prefix']}: install {modules} there first."
    )


def _disk_refusal(board: Board, place: str, needed: int, verb: str) -> str | None:
    free = board["disk_free_mb"].get(place)
    if free is None or free >= needed:
        return None
    path = board["home"] if place == "home" else "/usr/local"
    return f"{free} MB are free in {path} and {needed} MB are needed to {verb}: make room there."
