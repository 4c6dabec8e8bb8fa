# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A build runs with the builder's Python, setuptools and wheel, and with nothing else that lies about there."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._build.python_command import BuildPython
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._build.steps import build_steps
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED, slow_nano
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python

# What the stub of setup.py sees of what it runs in.
SETUP = """\
import json, os, sys
early = sorted(name for name in ("google", "setuptools", "site") if name in sys.modules)
import enum_of_the_library, setuptools
class Wheel(setuptools.Command):
    user_options = [("dist-dir=", "d", "folder")]
    def initialize_options(self):
        self.dist_dir = None
    def finalize_options(self):
        pass
    def run(self):
        names = sorted(name for name in os.environ if "PYTHON" in name or name.startswith(("DIST", "SETUPTOOLS")))
        print("SEEN " + json.dumps(dict(early=early, names=names, setuptools=setuptools.__file__,
                                        debug=__debug__, version=sys.version_info[:2])))
sys.argv[1:] = [word for word in sys.argv[1:] if word not in ("--cpp_implementation", "--compile_static_extension")]
setuptools.setup(name="stub", version="1", cmdclass=dict(bdist_wheel=Wheel))
"""
SETUPTOOLS = "from distutils.core import Command, setup\n"
OURS = ["PYTHONNOUSERSITE", "PYTHONPATH", "SETUPTOOLS_USE_DISTUTILS"]
OPTIONS: Any = {"make_check": False, "run_tests": False, "jobs": 1, "test_jobs": 1}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


class Builder:
    """A host with an interpreter, and in every place that Python and distutils look into something that leaves a trace."""

    def __init__(self, place: Path, version: str, virtualenv: bool) -> None:
        self.place, self.version, self.traces = place, version, place / "traces"
        self.traces.mkdir()
        self.real = need_python(version)
        self.modules = place / "prefix/lib" / f"python{version}" / "site-packages"
        write(self.modules / "setuptools/__init__.py", SETUPTOOLS)
        write(self.modules / "json.py", self.poison("a module of the library in site-packages"))
        write(self.modules / "google/protobuf/__init__.py", self.poison("pip's protobuf"))
        self.fill(self.modules)
        home = place / "home"
        self.fill(home / ".local/lib" / f"python{version}" / "site-packages")
        self.fill(place / "login")
        for folder in (home / ".local/lib" / f"python{version}" / "site-packages", place / "login"):
            write(folder / "setuptools.py", self.poison(f"another setuptools in {folder.name}") + SETUPTOOLS)
        configuration = write(home / ".pydistutils.cfg", "[bdist_wheel]\nno_such_option = 1\n")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PYTHONPATH": str(place / "login"),
            "PYTHONOPTIMIZE": "2",
            "PYTHONWARNINGS": "error",
            "PYTHONUSERBASE": str(home / ".local"),
            "SETUPTOOLS_USE_DISTUTILS": "nonsense",
            "DIST_EXTRA_CONFIG": str(configuration),
            "_PYTHON_SYSCONFIGDATA_NAME": "nonsense",
            "_PYTHON_HOST_PLATFORM": "nonsense",
            "LINES": "first\nPYTHONHOME=second",
        }
        self.facts = slow_nano()
        self.facts["python"] |= {
            "version": f"{version}.0",
            "base_prefix": str(self.real.parent.parent),
            "virtualenv": virtualenv,
            "purelib": str(self.modules),
        }
        self.source = place / "source/python"
        write(self.source / "setup.py", SETUP)
        write(self.source / "enum_of_the_library.py", "import enum\n" if version != "2.7" else "")
        write(self.source / "google/__init__.py", "")

    def poison(self, name: str) -> str:
        return f"import io; io.open({str(self.traces / name.replace('/', ' '))!r}, 'w').close()\n"

    def fill(self, folder: Path) -> None:
        name = str(folder.relative_to(self.place))
        write(folder / "protobuf-3.19.6-nspkg.pth", self.poison(f"pth in {name}") + "import google\n")
        for module in ("sitecustomize", "usercustomize"):
            write(folder / f"{module}.py", self.poison(f"{module} in {name}"))
        write(folder / "enum.py", self.poison(f"enum of PyPI in {name}") + "raise ImportError('enum34')\n")

    def interpreter(self) -> Path:
        """Return an interpreter with a prefix of its own; Python 2.7 knows none without copying all of it."""
        if self.version == "2.7":
            return self.real
        path = self.place / "prefix/bin/python3"
        path.parent.mkdir(parents=True)
        path.symlink_to(self.real)
        write(self.place / "prefix/pyvenv.cfg", f"home = {self.real.parent}\ninclude-system-site-packages = false\n")
        return path

    def seen(self, command: list[str], **environment: str) -> dict[str, Any]:
        done = subprocess.run(
            command,
            cwd=self.source,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        lines = [line[5:] for line in done.stdout.splitlines() if line.startswith("SEEN ")]
        assert done.returncode == 0 and lines, done.stderr
        found: dict[str, Any] = json.loads(lines[0])
        return found

    def left_traces(self) -> list[str]:
        return sorted(path.name for path in self.traces.iterdir())

    def wheel_command(self, executable: Path) -> list[str]:
        plan = make_plan(slow_nano(), DESIRED, lambda _key: None, lambda _key: None)
        options = OPTIONS | {"parent": str(self.place), "executable": str(executable)}
        steps = build_steps(plan, slow_nano(), self.facts, options)["wheel_steps"]
        (command,) = (step["argv"] for step in steps if step["name"] == "Build the wheel")
        argv: list[str] = command
        return argv


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.11"])
@pytest.mark.parametrize("virtualenv", [False, True], ids=["prefix", "virtualenv"])
def test_nothing_beside_setuptools_is_run(tmp_path: Path, version: str, virtualenv: bool) -> None:
    builder = Builder(tmp_path, version, virtualenv)
    # A wrong PYTHONHOME alone keeps Python from starting, and PYTHONINSPECT from ending.
    login = {"PYTHONHOME": "/nowhere", "PYTHONINSPECT": "1"}
    seen = builder.seen(builder.wheel_command(builder.interpreter()), **login)
    assert builder.left_traces() == []
    assert seen["early"] == []
    assert seen["names"] == OURS
    assert seen["setuptools"].startswith(str(builder.modules))
    assert seen["debug"] is True
    assert ".".join(map(str, seen["version"])) == version


def test_the_traces_can_be_left(tmp_path: Path) -> None:
    builder = Builder(tmp_path, "3.6", virtualenv=False)
    home, own = {"HOME": builder.environment["HOME"]}, builder.interpreter()
    login, modules = str(tmp_path / "login"), str(builder.modules)
    for executable, path in ((own, login), (own, modules), (own, ""), (builder.real, "")):
        command = [str(executable), "-c", "import json, setuptools, google.protobuf"]
        subprocess.run(command, env=home | {"PYTHONPATH": path}, capture_output=True, check=False)
    assert {name.split(" in ")[0] for name in builder.left_traces()} == {
        "another setuptools",
        "a module of the library",
        "enum of PyPI",
        "pip's protobuf",
        "pth",
        "sitecustomize",
        "usercustomize",
    }


@pytest.mark.parametrize(
    ("changes", "executable", "modules"),
    [
        ({}, "/usr/bin/python3", "/usr/lib/python3/dist-packages"),
        ({"version": "2.7.12"}, "/usr/bin/python3", "/usr/lib/python2.7/dist-packages"),
        # Its own setuptools may be too new or absent; that of the distribution is there.
        ({"virtualenv": True, "purelib": "/home/a/lib"}, "/usr/bin/python3.6", "/usr/lib/python3/dist-packages"),
        ({"base_prefix": "/opt/py", "purelib": "/opt/py/site"}, "/usr/bin/python3", "/opt/py/site"),
        (
            {"base_prefix": "/opt/py", "virtualenv": True, "purelib": "/home/a/lib"},
            "/opt/py/bin/python3.6",
            "/home/a/lib",
        ),
    ],
)
def test_where_setuptools_is_looked_for(changes: dict[str, Any], executable: str, modules: str) -> None:
    python = BuildPython(slow_nano()["python"] | changes, "/usr/bin/python3")
    assert (python.executable, python.packages) == (executable, modules)
