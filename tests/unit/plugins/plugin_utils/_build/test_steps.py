# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an artefact is built and by which steps."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts import binaries
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._build.steps import build_steps
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.tests.support.artefacts import binary
from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED, slow_nano
from ansible_collections.jetfleet.protobuf.tests.support.packages import CONTROL

OPTIONS: Any = {
    "parent": "/home/nvidia/src",
    "executable": "/usr/bin/python3",
    "make_check": False,
    "run_tests": False,
    "jobs": 4,
    "test_jobs": 3,
}
Build = Any


def build(builder: str = "arm64", options: dict[str, Any] | None = None, **desired: Any) -> Build:
    host = slow_nano()
    host["board"]["architecture"] = builder
    plan = make_plan(slow_nano(), DESIRED | desired, lambda _key: None, lambda _key: None)
    return build_steps(plan, slow_nano(), host, OPTIONS | (options or {}))


def all_steps(made: Any) -> list[Any]:
    """Return the steps of the three jobs in their order."""
    return [*made["settings_steps"], *made["library_steps"], *made["wheel_steps"]]


def names(made: Build) -> list[str]:
    return [step["name"] for step in all_steps(made)]


def named(made: Build, name: str) -> dict[str, Any]:
    (step,) = (step for step in all_steps(made) if step["name"] == name)
    found: dict[str, Any] = step
    return found


def variables(made: Build, name: str) -> dict[str, str]:
    argv = named(made, name)["argv"]
    return dict(word.split("=", 1) for word in argv[argv.index("env") + 1 : argv.index("-S") - 1])


def test_the_steps_of_a_native_build() -> None:
    assert names(build()) == [
        "Configure the library",
        "Make the library",
        "Install into the staging directory",
        "Build the Debian package",
        "Archive the objects of the library",
        "Build the wheel",
    ]


def test_a_cross_build_makes_its_own_protoc_first() -> None:
    made = build("amd64")
    assert names(made)[:4] == [
        "Find the build settings of the board's Python",
        "Configure protoc for the builder",
        "Make protoc for the builder",
        "Configure the library",
    ]
    assert named(made, "Make protoc for the builder")["argv"] == ["make", "V=1", "-C", "src", "protoc"]
    assert not any(option.startswith("--host") for option in named(made, "Configure protoc for the builder")["argv"])
    protoc = f"{made['native_directory']}/source/src/protoc"
    assert {"--host=aarch64-linux-gnu", f"--with-protoc={protoc}"} <= set(named(made, "Configure the library")["argv"])
    assert variables(made, "Build the wheel")["PROTOC"] == protoc


@pytest.mark.parametrize(
    ("version", "soabi", "found", "modules"),
    [
        ("2.7.12", None, "aarch64-linux-gnu", "/usr/lib/python2.7/dist-packages"),
        ("3.5.2", "cpython-35m-aarch64-linux-gnu", "cpython-35m-aarch64-linux-gnu", "/usr/lib/python3/dist-packages"),
        ("3.10.12", "cpython-310-aarch64-linux-gnu", "cpython-310-aarch64-linux-gnu", "/usr/lib/python3/dist-packages"),
    ],
)
def test_a_cross_build_uses_the_settings_that_were_found(
    version: str, soabi: str | None, found: str, modules: str
) -> None:
    board, builder = slow_nano(), slow_nano()
    board["python"] |= {"version": version, "soabi": soabi}
    builder["python"] |= {"version": version}
    builder["board"]["architecture"] = "amd64"
    wish = DESIRED | {"version": "3.12.4"}
    plan = make_plan(board, wish, lambda _key: None, lambda _key: None)
    made = build_steps(plan, board, builder, OPTIONS)
    stdlib = "/usr/lib/python" + version.rpartition(".")[0]
    settings = f"{made['own_directory']}/settings"
    package = f"libpython{version.rpartition('.')[0]}-dev:arm64"
    assert named(made, "Find the build settings of the board's Python")["argv"][-5:] == [
        "board_settings.py",
        stdlib,
        found,
        settings,
        package,
    ]
    wheel = variables(made, "Build the wheel")
    assert wheel["PYTHONPATH"] == f"{settings}:{stdlib}:{modules}"
    assert wheel["_PYTHON_SYSCONFIGDATA_NAME"] == "_sysconfigdata"
    assert wheel["_PYTHON_HOST_PLATFORM"] == "linux-aarch64"
    # distutils takes the first word of LDSHARED away and puts CXX there.
    assert (wheel["CC"], wheel["CXX"]) == ("aarch64-linux-gnu-gcc", "aarch64-linux-gnu-g++")
    assert wheel["LDSHARED"].split()[0] == wheel["CXX"]
    assert "LD_LIBRARY_PATH" not in wheel


def test_only_what_boards_get_is_optimised() -> None:
    made = build("amd64")
    assert "CXXFLAGS=-O2 -DNDEBUG -O0" in named(made, "Configure protoc for the builder")["argv"]
    assert "CXXFLAGS=-O2 -DNDEBUG" in named(made, "Configure the library")["argv"]
    assert "CXXFLAGS=-O2 -DNDEBUG" in named(build(), "Configure the library")["argv"]


def test_a_native_build_has_no_second_protoc() -> None:
    made = build()
    assert made["native_directory"] is None
    wheel = variables(made, "Build the wheel")
    assert wheel["LD_LIBRARY_PATH"] == f"{made['directory']}/source/src/.libs"
    assert wheel["PROTOC"] == f"{made['directory']}/source/src/protoc"
    assert not {"CC", "CXX", "LDSHARED", "_PYTHON_SYSCONFIGDATA_NAME"} & set(wheel)


@pytest.mark.parametrize(
    ("found", "ran"),
    [
        (["source/configure"], ["configure --with x"]),
        ([], ["autogen", "configure --with x"]),
        (["source/configure", "autogen.running"], ["autogen", "configure --with x"]),
    ],
)
def test_configure_is_generated_where_the_source_lacks_it(tmp_path: Path, found: list[str], ran: list[str]) -> None:
    scripts = {
        "configure": 'echo configure "$@" >> ../ran',
        "autogen.sh": "echo autogen >> ../ran; cp ../template configure",
    }
    source = tmp_path / "source"
    source.mkdir()
    for name, path in (("configure", tmp_path / "template"), ("autogen.sh", source / "autogen.sh")):
        path.write_text(f"#!/bin/sh\n{scripts[name]}\n")
        path.chmod(0o755)
    for name in found:
        shutil.copy(tmp_path / "template", tmp_path / name)
    argv = named(build(), "Configure the library")["argv"]
    subprocess.run([*argv[:4], "--with", "x"], cwd=source, check=True)
    assert (tmp_path / "ran").read_text().splitlines() == ran
    assert not (tmp_path / "autogen.running").exists()


def test_upstreams_tests_are_run_on_request_where_they_can_run() -> None:
    asked = {"make_check": True, "run_tests": True}
    made = build(options=asked)
    assert names(made).index("Run upstream's tests of the library") == 2
    assert names(made)[-1] == "Run upstream's tests of the Python module"
    assert named(made, "Run upstream's tests of the library")["environment"] == {"MAKEFLAGS": "-j3"}
    assert not any("upstream" in name for name in names(build("amd64", asked)))


def test_a_change_of_linkage_keeps_the_library() -> None:
    static, shared = build(), build(linkage="shared")
    assert static["directory"] == shared["directory"]
    assert static["own_directory"] != shared["own_directory"]
    assert "Archive the objects of the library" not in names(shared)
    for name in ("Configure the library", "Make the library", "Install into the staging directory"):
        assert named(static, name) == named(shared, name)
    for name in ("Build the Debian package", "Build the wheel"):
        assert named(static, name)["creates"] != named(shared, name)["creates"]
    assert "--compile_static_extension" in named(static, "Build the wheel")["argv"]
    assert "--compile_static_extension" not in named(shared, "Build the wheel")["argv"]


@pytest.mark.parametrize("change", [{"cxxflags": "-O3"}, {"source_sha256": "0" * 64}, {"version": "3.6.1"}])
def test_what_the_library_depends_on_gives_it_a_folder_of_its_own(change: dict[str, Any]) -> None:
    assert build()["directory"] != build(**change)["directory"]
    assert build("amd64")["native_directory"] != build("amd64", **change)["native_directory"]


def test_stamps_are_told_apart() -> None:
    made = build("amd64", {"make_check": True})
    stamps = [step["creates"] for step in all_steps(made)]
    assert len(set(stamps)) == len(stamps)


def test_the_number_of_compilers_is_no_part_of_a_step() -> None:
    few, many = build(options={"jobs": 1}), build(options={"jobs": 8})
    for one, other in zip(all_steps(few), all_steps(many), strict=True):
        assert {**one, "environment": None} == {**other, "environment": None}
    assert named(many, "Make the library")["environment"] == {"MAKEFLAGS": "-j8"}


def test_the_debian_package_is_named_after_the_key() -> None:
    made = build()
    assert made["own_directory"].startswith(f"{made['directory']}/protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_")
    (deb,) = (argument for argument in named(made, "Build the Debian package")["argv"] if argument.endswith(".deb"))
    assert deb == f"{made['artefacts'][0]}/jetfleet-libprotobuf_{made['package_version']}_arm64.deb"


def test_flags_reach_what_they_are_for() -> None:
    made = build(cxxflags="-O3")
    assert "CXXFLAGS=-O3" in made["configure"]
    wheel = variables(made, "Build the wheel")
    assert wheel["CFLAGS"] == "-O3 -std=c++11"
    assert wheel["SETUPTOOLS_USE_DISTUTILS"] == "stdlib"


def test_a_controller_without_dpkg_can_look_into_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ubuntu's dpkg packs with zstd by itself; here another packing stands for that."""
    made = build(options={"parent": str(tmp_path)})
    step, control = named(made, "Build the Debian package"), Path(made["own_directory"]) / "DEBIAN/control"
    library = Path(step["chdir"]) / "usr/local/lib/libprotobuf.so.16"
    for path in (control, library, Path(step["argv"][-2]), tmp_path / "bin/fakeroot"):
        path.parent.mkdir(parents=True, exist_ok=True)
    control.write_text(CONTROL.format(name=made["package"], version=made["package_version"], architecture="arm64"))
    library.write_bytes(binary(machine="aarch64"))
    (tmp_path / "bin/fakeroot").write_text('#!/bin/sh\nexec "$@"\n')
    (tmp_path / "bin/fakeroot").chmod(0o755)
    environment = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "DPKG_DEB_COMPRESSOR_TYPE": "gzip"}
    subprocess.run(step["argv"], cwd=step["chdir"], env=environment, capture_output=True, check=True)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    nano = binaries.Platform("arm64", "aarch64", (2, 27), "cpython-36m-aarch64-linux-gnu")
    binaries.check_package(step["argv"][-2], nano)
