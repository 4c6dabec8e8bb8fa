# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a build happens and what its steps are.

The library depends on version, source, flags and platform alone: its folder is shared by every
linkage and every Python. What belongs to one ABI key is in a folder of its own inside of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts.binaries import MACHINES
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._build.python_command import BuildPython
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.abi import digest, package_version
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.build import BuildOptions, BuildSteps, Step
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Facts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import Plan

_LIBRARY_INPUTS = ("version", "source_sha256", "cxxflags", "recipe")
# xz, whatever the builder's dpkg uses by default: a controller without dpkg has to read the package.
_DEB = (
    'rm -rf DEBIAN; cp -r "$2" DEBIAN; find usr -type f -exec md5sum {} + > DEBIAN/md5sums; '
    'chmod -R u=rwX,go=rX .; fakeroot dpkg-deb -Zxz --build . "$1.partial"; mv "$1.partial" "$1"'
)
# The archive of a tag has no configure. One that autogen.sh was killed over is not whole.
_CONFIGURE = (
    "if [ ! -e configure ] || [ -e ../autogen.running ]; then touch ../autogen.running; ./autogen.sh; rm ../autogen.running; fi; "
    'exec ./configure "$@"'
)
_COMPILATIONS = "--mode=compile"
_EXTENSION_SOURCES = "google/protobuf/pyext/*.cc google/protobuf/internal/*.cc"


def build_steps(plan: Plan, board: Facts, builder: Facts, options: BuildOptions) -> BuildSteps:
    """Return the folders, the names and the steps of the build of one ABI key.

    board and builder are the facts of the board that is built for and of the host that builds.
    """
    return _Build(plan, board, builder, options).result()


class _Build:
    def __init__(self, plan: Plan, board: Facts, builder: Facts, options: BuildOptions) -> None:
        key, architecture = plan["abi_key"], board["board"]["architecture"]
        if key is None or architecture is None:
            raise ValueError("The plan has no ABI key, so nothing can be built: survey the board again.")
        self._plan, self._inputs, self._options = plan, plan["inputs"], options
        self._architecture = architecture
        self._cross = self._architecture != builder["board"]["architecture"]
        self._machine = MACHINES[self._architecture]
        self._gnu_type = f"{self._machine}-linux-gnu"
        self._abi = board["python"]["soabi"] or self._gnu_type
        self._python = BuildPython(builder["python"], options["executable"])
        inputs: Mapping[str, object] = self._inputs
        same = digest({name: inputs[name] for name in _LIBRARY_INPUTS})[:8]
        version = self._inputs["version"]
        # protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27: what of the key the library depends on.
        platform = "_".join(key.split("_")[:4])
        parent = options["parent"]
        self._directory = f"{parent}/{platform}_{same}"
        self._native = f"{parent}/protobuf-{version}-native-{same}"
        self._own = f"{self._directory}/{key}"
        self._stage = f"{self._directory}/stage"
        self._settings = f"{self._own}/settings"
        self._protoc = f"{self._native if self._cross else self._directory}/source/src/protoc"
        self._package_version = package_version(version, plan["digest"])
        self._deb = f"{self._own}/artefacts/{PACKAGE}_{self._package_version}_{self._architecture}.deb"

    def result(self) -> BuildSteps:
        return {
            "directory": self._directory,
            "native_directory": self._native if self._cross else None,
            "own_directory": self._own,
            "gnu_type": self._gnu_type,
            "package": PACKAGE,
            "package_version": self._package_version,
            "artefacts": [f"{self._own}/artefacts", f"{self._own}/wheel"],
            "configure": self._configure_options(cross=self._cross),
            "cross_architecture": self._architecture if self._cross else "",
            "settings_steps": [self._board_settings()] if self._cross else [],
            "library_steps": [*(self._native_protoc() if self._cross else []), *self._library(), *self._package()],
            "wheel_steps": self._wheel_steps(),
        }

    def _wheel_steps(self) -> list[Step]:
        steps = [self._archive()] if self._inputs["linkage"] == "static" else []
        steps.append(self._wheel())
        if self._options["run_tests"] and not self._cross:
            steps.append(self._python_tests())
        return steps

    def _board_settings(self) -> Step:
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
            self._configure(
                self._native, "protoc for the builder", self._configure_options(cross=False, optimise=False)
            ),
            self._make("Make protoc for the builder", self._native, ["-C", "src", "protoc"], "make"),
        ]

    def _library(self) -> list[Step]:
        steps = [
            self._configure(self._directory, "the library", self._configure_options(cross=self._cross)),
            self._make("Make the library", self._directory, ["all"], "make"),
        ]
        if self._options["make_check"] and not self._cross:
            check = self._make("Run upstream's tests of the library", self._directory, ["check"], "check")
            steps.append({**check, "environment": _jobs(self._options["test_jobs"])})
        return steps

    def _configure_options(self, cross: bool, optimise: bool = True) -> list[str]:
        # This protoc runs for a second or two; optimising it takes the compiler minutes. gcc obeys the last -O.
        flags = self._plan["build"]["cxxflags"] + ("" if optimise else " -O0")
        options = ["--prefix=/usr/local", "--disable-static", f"CXXFLAGS={flags}"]
        return [*options, f"--host={self._gnu_type}", f"--with-protoc={self._protoc}"] if cross else options

    def _configure(self, folder: str, what: str, options: list[str]) -> Step:
        argv = ["sh", "-ec", _CONFIGURE, "configure", *options]
        return _step(f"Configure {what}", argv, f"{folder}/source", f"{folder}/configure.done")

    def _make(self, name: str, folder: str, targets: list[str], stamp: str) -> Step:
        # V=1: the commands themselves, whichever way upstream's configure keeps make silent.
        step = _step(name, ["make", "V=1", *targets], f"{folder}/source", f"{folder}/{stamp}.done")
        return {
            **step,
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
        return {
            **step,
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
        # ~/.pydistutils.cfg is the user's, and not an input of the build.
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
