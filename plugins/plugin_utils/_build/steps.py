# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a build happens and what its steps are.

The library depends on version, source, flags and platform alone: its folder serves every
linkage and every Python. What belongs to one ABI key lies in a folder of its own inside of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts.binaries import MACHINES
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.abi import digest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._build.python_command import BuildPython

Step = dict[str, Any]

PACKAGE = "jetfleet-libprotobuf"
_LIBRARY_INPUTS = ("version", "source_sha256", "cxxflags", "recipe")
# xz, whatever the builder's dpkg packs with by itself: a controller that is no Debian has to look into the package.
_DEB = (
    'rm -rf DEBIAN; cp -r "$2" DEBIAN; find usr -type f -exec md5sum {} + > DEBIAN/md5sums; '
    'chmod -R u=rwX,go=rX .; fakeroot dpkg-deb -Zxz --build . "$1.partial"; mv "$1.partial" "$1"'
)
_COMPILATIONS = "--mode=compile"
_EXTENSION_SOURCES = "google/protobuf/pyext/*.cc google/protobuf/internal/*.cc"


def build_steps(
    plan: Mapping[str, Any], board: Mapping[str, Any], builder: Mapping[str, Any], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the folders, the names and the steps of the build of one ABI key.

    board and builder are the facts of the board that is built for and of the host that builds. options: parent (folder
    of all builds), executable (the builder's Python), has_configure, make_check, run_tests, jobs, test_jobs.
    """
    return _Build(plan, board, builder, options).result()


class _Build:
    def __init__(
        self, plan: Mapping[str, Any], board: Mapping[str, Any], builder: Mapping[str, Any], options: Mapping[str, Any]
    ) -> None:
        self._plan, self._inputs, self._options = plan, plan["inputs"], options
        self._architecture = board["board"]["architecture"]
        self._cross = self._architecture != builder["board"]["architecture"]
        self._machine = MACHINES[self._architecture]
        self._gnu_type = f"{self._machine}-linux-gnu"
        self._abi = board["python"]["soabi"] or self._gnu_type
        self._python = BuildPython(builder["python"], options["executable"])
        same = digest({name: self._inputs[name] for name in _LIBRARY_INPUTS})[:8]
        version = self._inputs["version"]
        # protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27: what of the key the library depends on.
        platform = "_".join(plan["abi_key"].split("_")[:4])
        parent = options["parent"]
        self._directory = f"{parent}/{platform}_{same}"
        self._native = f"{parent}/protobuf-{version}-native-{same}"
        self._own = f"{self._directory}/{plan['abi_key']}"
        self._stage = f"{self._directory}/stage"
        self._settings = f"{self._own}/settings"
        self._protoc = f"{self._native if self._cross else self._directory}/source/src/protoc"
        self._package_version = f"{version}+jetfleet.{plan['digest']}"
        self._deb = f"{self._own}/artefacts/{PACKAGE}_{self._package_version}_{self._architecture}.deb"

    def result(self) -> dict[str, Any]:
        return {
            "directory": self._directory,
            "native_directory": self._native if self._cross else None,
            "own_directory": self._own,
            "gnu_type": self._gnu_type,
            "package": PACKAGE,
            "package_version": self._package_version,
            "artefacts": [f"{self._own}/artefacts", f"{self._own}/wheel"],
            "configure": self._configure_options(cross=self._cross),
            "steps": self._steps(),
        }

    def _steps(self) -> list[Step]:
        steps = [self._board_settings(), *self._native_protoc()] if self._cross else []
        steps += self._library()
        steps += self._package()
        if self._inputs["linkage"] == "static":
            steps.append(self._archive())
        steps.append(self._wheel())
        if self._options["run_tests"] and not self._cross:
            steps.append(self._python_tests())
        return steps

    def _board_settings(self) -> Step:
        # The first step: whether the builder has them is known in a moment.
        package = f"libpython{self._python.version}-dev:{self._architecture}"
        arguments = ["board_settings.py", self._python.stdlib, self._abi, self._settings, package]
        return _step(
            "Find the build settings of the board's Python",
            self._python.run(arguments, {}),
            self._directory,
            f"{self._own}/settings.done",
        )

    def _native_protoc(self) -> list[Step]:
        return [
            *self._configured(
                self._native, "protoc for the builder", self._configure_options(cross=False, optimise=False)
            ),
            self._make("Make protoc for the builder", self._native, ["-C", "src", "protoc"], "make"),
        ]

    def _library(self) -> list[Step]:
        steps = [
            *self._configured(self._directory, "the library", self._configure_options(cross=self._cross)),
            self._make("Make the library", self._directory, ["all"], "make"),
        ]
        if self._options["make_check"] and not self._cross:
            check = self._make("Run upstream's tests of the library", self._directory, ["check"], "check")
            steps.append(check | {"environment": _jobs(self._options["test_jobs"])})
        return steps

    def _configure_options(self, cross: bool, optimise: bool = True) -> list[str]:
        # This protoc runs for a second or two; optimising it takes the compiler minutes. gcc obeys the last -O.
        flags = self._plan["build"]["cxxflags"] + ("" if optimise else " -O0")
        options = ["--prefix=/usr/local", "--disable-static", f"CXXFLAGS={flags}"]
        return [*options, f"--host={self._gnu_type}", f"--with-protoc={self._protoc}"] if cross else options

    def _configured(self, folder: str, what: str, options: list[str]) -> list[Step]:
        steps = [_step(f"Configure {what}", ["./configure", *options], f"{folder}/source", f"{folder}/configure.done")]
        if not self._options["has_configure"]:
            steps.insert(
                0,
                _step(f"Generate configure of {what}", ["./autogen.sh"], f"{folder}/source", f"{folder}/autogen.done"),
            )
        return steps

    def _make(self, name: str, folder: str, targets: list[str], stamp: str) -> Step:
        # V=1: the commands themselves, whichever way upstream's configure keeps make silent.
        step = _step(name, ["make", "V=1", *targets], f"{folder}/source", f"{folder}/{stamp}.done")
        return step | {
            "environment": _jobs(self._options["jobs"]),
            "counts": _COMPILATIONS,
            "count_command": ["make", "--dry-run", "V=1", *targets],
        }

    def _package(self) -> list[Step]:
        install = 'rm -rf "$1"; make install-strip DESTDIR="$1"'
        return [
            _step(
                "Install into the staging directory",
                ["sh", "-ec", install, "stage", self._stage],
                f"{self._directory}/source",
                f"{self._directory}/stage.done",
            ),
            _step(
                "Build the Debian package",
                ["sh", "-ec", _DEB, "dpkg-deb", self._deb, f"{self._own}/DEBIAN"],
                self._stage,
                f"{self._own}/deb.done",
            ),
        ]

    def _archive(self) -> Step:
        return _step(
            "Archive the objects of the library",
            ["make", "-f", "../../pic_archive.mk", ".libs/libprotobuf.a", ".libs/libprotobuf-lite.a"],
            f"{self._directory}/source/src",
            f"{self._directory}/archive.done",
        )

    def _wheel(self) -> Step:
        # A build folder for each key: objects and extensions of another linkage or Python stay out of it.
        build = ["build", f"--build-base={self._own}/build", "bdist_wheel", f"--dist-dir={self._own}/wheel"]
        step = _step(
            "Build the wheel",
            self._setup(build),
            f"{self._directory}/source/python",
            f"{self._own}/wheel.done",
        )
        return step | {
            "counts": r"\s-c google/protobuf/\S+\.cc(\s|$)",
            "count_command": ["sh", "-c", f"printf ' -c %s\\n' {_EXTENSION_SOURCES}"],
        }

    def _python_tests(self) -> Step:
        # They build the extension inside the source tree, where that of another key may lie.
        fresh = 'rm -f google/protobuf/pyext/*.so google/protobuf/internal/*.so; exec "$@"'
        return _step(
            "Run upstream's tests of the Python module",
            ["sh", "-ec", fresh, "test", *self._setup(["test"])],
            f"{self._directory}/source/python",
            f"{self._own}/python_tests.done",
        )

    def _setup(self, commands: list[str]) -> list[str]:
        static = ["--compile_static_extension"] if self._inputs["linkage"] == "static" else []
        # ~/.pydistutils.cfg is the user's, and no input of the build.
        arguments = ["setup.py", "--no-user-cfg", *commands, "--cpp_implementation", *static]
        path = [self._settings] if self._cross else []
        return self._python.run(arguments, self._variables(), path)

    def _variables(self) -> dict[str, str]:
        build = self._plan["build"]
        common = {**build["environment"], "CFLAGS": build["wheel_cxxflags"], "PROTOC": self._protoc}
        if not self._cross:
            return common | {"LDFLAGS": "-Wl,-s", "LD_LIBRARY_PATH": f"{self._directory}/source/src/.libs"}
        # These variables of CPython's make setup.py use the build settings of the board's Python. For C++, distutils
        # puts CXX in the place of the first word of LDSHARED.
        return common | {
            "CC": f"{self._gnu_type}-gcc",
            "CXX": f"{self._gnu_type}-g++",
            "LDSHARED": f"{self._gnu_type}-g++ -shared -Wl,-s",
            "_PYTHON_HOST_PLATFORM": f"linux-{self._machine}",
            "_PYTHON_SYSCONFIGDATA_NAME": "_sysconfigdata",
        }


def _step(name: str, argv: list[str], chdir: str, creates: str) -> Step:
    return {"name": name, "argv": argv, "chdir": chdir, "creates": creates}


def _jobs(number: int) -> dict[str, str]:
    # Not an argument: the number follows the memory that is free, and the step stays the same.
    return {"MAKEFLAGS": f"-j{number}"}
