# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make real installations of protobuf with the tools that people use; all of it below one directory."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python


class Installations:
    """Each installation is made once and shared, also by processes that run tests at once: tests only read it."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root, self.home = root, home
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PROTOCOL_BUFFERS_")},
            "HOME": str(home),
            "PIP_CACHE_DIR": str(root / "pip"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
        }

    def run(self, *command: str | Path, **environment: str) -> str:
        """Run a command that must succeed and return what it prints."""
        ended = subprocess.run(
            command, cwd=self.root, env=self.environment | environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    def once(self, name: str, make: Callable[[Path], None]) -> Path:
        """Return a folder, or a file, that whoever needs it first makes."""
        place, complete = self.root / name, self.root / f"{name}.complete"
        with (self.root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not complete.exists():
                make(place)
                complete.touch()
        return place

    def virtualenv(self, version: str, *requirements: str) -> Path:
        """Return the interpreter of a virtual environment in which pip installed the requirements."""
        name = "-".join(("venv", version, *requirements))
        return self.once(name, lambda place: self._fill(place, version, *requirements)) / f"bin/python{version}"

    def new_virtualenv(self, version: str, *requirements: str) -> Path:
        """Like virtualenv, but one that is the caller's alone."""
        place = Path(tempfile.mkdtemp(prefix=f"venv-{version}-", dir=self.root))
        self._fill(place, version, *requirements)
        return place / f"bin/python{version}"

    def _fill(self, place: Path, version: str, *requirements: str) -> None:
        self.run(need_python(version), "-m", "venv", "--without-pip", place)
        if requirements:
            self.pip(version, "--ignore-installed", "--prefix", place, *requirements)

    def virtualenv_with_pip(self, version: str, *wheels: Path) -> Path:
        """Return the interpreter of a virtual environment that has a pip of its own; users copy it."""
        name = "-".join(("pip", version, *(wheel.stem for wheel in wheels)))
        return self.once(name, lambda place: self._fill_with_pip(place, version, *wheels)) / f"bin/python{version}"

    def _fill_with_pip(self, place: Path, version: str, *wheels: Path) -> None:
        self._fill(place, version)
        python = place / f"bin/python{version}"
        site, (metadata,) = self.site_packages(python), self.base_packages(version).glob("pip-*.dist-info")
        # A link to the pip that the interpreter came with: there is nothing to install, to compile or to copy.
        (site / "pip").symlink_to(metadata.with_name("pip"))
        # Files, not a link: pip renames a whole folder that has nothing but links beside what it is to remove.
        shutil.copytree(metadata, site / metadata.name)
        if wheels:
            self.run(python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", *wheels)

    def base_packages(self, version: str) -> Path:
        """Return the directory with the pip of an interpreter."""
        return self.site_packages(need_python(version))

    def copy(self, version: str, *requirements: str) -> Path:
        """Return the interpreter of a copy of a shared virtual environment, for the caller to damage."""
        python = self.new_virtualenv(version)
        healthy = self.site_packages(self.virtualenv(version, *requirements))
        shutil.copytree(healthy, self.site_packages(python), dirs_exist_ok=True)
        return python

    def pip(self, version: str, *arguments: str | Path, **environment: str) -> None:
        """Install with the pip of an interpreter, without compiling, so that an import that compiles shows."""
        self.run(need_python(version), "-m", "pip", "install", "-q", "--no-compile", *arguments, **environment)

    def shown_by_pip(self, python: Path) -> str:
        """Return the version that `pip show protobuf` names."""
        pip = self.base_packages(python.name.removeprefix("python"))
        shown = self.run(python, "-B", "-m", "pip", "show", "protobuf", PYTHONPATH=str(pip))
        return next(line.split()[1] for line in shown.splitlines() if line.startswith("Version:"))

    def site_packages(self, python: Path) -> Path:
        """Return the directory that pip installed to."""
        return python.parent.parent / "lib" / python.name / "site-packages"

    def egg(self, version: str, release: str) -> Path:
        """Return the interpreter of a virtual environment in which `setup.py install` left a zipped egg."""
        name = f"egg-{version}-{release}"
        return self.once(name, lambda place: self._fill_with_egg(place, version, release)) / f"bin/python{version}"

    def _fill_with_egg(self, place: Path, version: str, release: str) -> None:
        self._fill(place, version, "six==1.16.0")
        # Where there is byte code, setuptools looks into it for what needs real files, and then does not zip.
        site = self.site_packages(place / f"bin/python{version}")
        environment = {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run(
            [need_python(version), "setup.py", "-q", "install", "--prefix", place],
            cwd=self.source(version, release),
            env=self.environment | environment,
            capture_output=True,
            check=True,
        )

    def source(self, version: str, release: str) -> Path:
        """Return the folder with setup.py of a release."""
        name = f"sdist-{release}"
        return self.once(name, lambda place: self._unpack(place, version, release)) / f"protobuf-{release}"

    def _unpack(self, place: Path, version: str, release: str) -> None:
        arguments = ("--no-deps", "--no-binary", "protobuf", f"protobuf=={release}", "-d", place)
        self.run(need_python(version), "-m", "pip", "download", "-q", *arguments)
        (archive,) = place.glob("*.tar.gz")
        with tarfile.open(archive) as opened:
            opened.extractall(place, filter="data")

    def zipped_cpp_egg(self) -> Path:
        """Return the interpreter of a virtual environment with the C++ backend in a zipped egg.

        What `setup.py install` packs on a board, made of PyPI's wheel because that needs no compiler.
        """
        python = self.new_virtualenv("3.6", "six==1.16.0", "setuptools==40.6.2")
        site = self.site_packages(python)
        tree = self.root / "egg-tree"
        shutil.copytree(self.site_packages(self.virtualenv("3.6", "protobuf==3.6.1", "six==1.16.0")), tree)
        shutil.rmtree(tree / "setuptools", ignore_errors=True)
        namespace = "__import__('pkg_resources').declare_namespace(__name__)\n"
        (tree / "google" / "__init__.py").write_text(namespace)
        (metadata,) = tree.glob("protobuf-*.dist-info")
        (tree / "EGG-INFO").mkdir()
        shutil.copy(metadata / "METADATA", tree / "EGG-INFO" / "PKG-INFO")
        libraries = sorted(path.relative_to(tree) for path in tree.rglob("*.so"))
        (tree / "EGG-INFO" / "native_libs.txt").write_text("".join(f"{path}\n" for path in libraries))
        (tree / "EGG-INFO" / "zip-safe").touch()
        for library in libraries:
            write_stub = "import sys; from setuptools.command.bdist_egg import write_stub; write_stub(*sys.argv[1:])"
            stub = tree / library.parent / f"{library.name.split('.')[0]}.py"
            self.run(need_python("3.6"), "-c", write_stub, library.name, stub)
        egg = site / "protobuf-3.6.1-py3.6-linux-x86_64.egg"
        with zipfile.ZipFile(egg, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(path for top in ("google", "EGG-INFO") for path in (tree / top).rglob("*")):
                archive.write(path, path.relative_to(tree))
        (site / "easy-install.pth").write_text(f"./{egg.name}\n")
        return python

    def broken_extension(self, fault: str, *link: str | Path) -> Path:
        """Return an interpreter whose protobuf 3.20.3 has an extension that does `fault` when it is loaded."""
        python = self.copy("3.9", "protobuf==3.20.3", "six==1.16.0")
        (extension,) = self.site_packages(python).glob("google/protobuf/pyext/_message*.so")
        extension.unlink()
        self.compile(f"#include <signal.h>\n#include <unistd.h>\n{fault}\n", extension, *link)
        return python

    def compile(self, source: str, target: Path, *arguments: str | Path) -> None:
        """Compile a shared object."""
        code = target.with_suffix(".c")
        code.write_text(source)
        self.run("gcc", "-shared", "-fPIC", "-o", target, code, *arguments)
        code.unlink()


def snapshot(*roots: Path) -> dict[str, tuple[int, int, int]]:
    """Return size, mode and time of change of everything below the roots."""
    paths = [path for root in roots for path in (root, *root.rglob("*"))]
    states = {str(path): path.lstat() for path in paths}
    return {path: (state.st_size, state.st_mode, state.st_mtime_ns) for path, state in states.items()}
