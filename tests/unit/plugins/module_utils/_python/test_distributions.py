# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is installed, read from metadata in all the forms that thirty releases of pip and setuptools left."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python import copies as python_copies
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.distributions import (
    distributions,
    required_specifier,
    versions,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.eggs import list_directory, read_text
from ansible_collections.jetfleet.protobuf.tests.support.users import passwd

METADATA = "Metadata-Version: 2.1\nName: {0}\nVersion: {1}\n\nVersion: of the description\n"


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def found(*path: Path) -> list[tuple[str, str, str, str | None]]:
    items = distributions([str(entry) for entry in path])
    return [(item["name"], item["version"], item["installer"], item["build"]) for item in items]


def test_wheel(tmp_path: Path) -> None:
    directory = tmp_path / "protobuf-3.6.0.dist-info"
    written(directory / "METADATA", METADATA.format("protobuf", "3.6.0"))
    assert found(tmp_path) == [("protobuf", "3.6.0", "unknown", None)]
    written(directory / "INSTALLER", "pip\n")
    written(directory / "WHEEL", "Wheel-Version: 1.0\r\nBuild: 1jetfleet\r\n")
    assert found(tmp_path) == [("protobuf", "3.6.0", "pip", "1jetfleet")]


def test_setup_py_by_pip_and_alone(tmp_path: Path) -> None:
    written(tmp_path / "protobuf-2.6.1-py2.7.egg-info" / "PKG-INFO", METADATA.format("protobuf", "2.6.1"))
    assert found(tmp_path) == [("protobuf", "2.6.1", "setuptools", None)]
    written(tmp_path / "protobuf-2.6.1-py2.7.egg-info" / "installed-files.txt", "../google/protobuf/__init__.py\n")
    assert found(tmp_path) == [("protobuf", "2.6.1", "pip", None)]


def test_file_of_distutils_and_damaged_metadata(tmp_path: Path) -> None:
    written(tmp_path / "six-1.11.0.egg-info", METADATA.format("six", "1.11.0"))
    (tmp_path / "Zope.Interface-5.0.dist-info").mkdir()
    assert found(tmp_path) == [("zope-interface", "5.0", "unknown", None), ("six", "1.11.0", "setuptools", None)]


@pytest.mark.parametrize("zipped", [True, False])
def test_egg(tmp_path: Path, zipped: bool) -> None:
    egg = tmp_path / "protobuf-3.6.1-py3.6.egg"
    files = {
        "EGG-INFO/PKG-INFO": METADATA.format("protobuf", "3.6.1"),
        "google/__init__.py": "",
        "google/protobuf/__init__.py": "__version__ = '3.6.1'\n",
        "google/protobuf/pyext/_message.cpython-36m-aarch64-linux-gnu.so": "",
        "google/protobuf/pyext/_message.py": "",
    }
    if zipped:
        with zipfile.ZipFile(egg, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
    else:
        for name, text in files.items():
            written(egg / name, text)
    assert found(egg) == [("protobuf", "3.6.1", "egg", None)]
    assert list_directory(str(egg / "google")) == ["__init__.py", "protobuf"]
    assert read_text(str(egg / "google/protobuf/__init__.py")) == "__version__ = '3.6.1'\n"
    assert read_text(str(egg / "google/missing.py")) is None
    extension = f"{egg}/google/protobuf/pyext/_message.cpython-36m-aarch64-linux-gnu.so"
    assert python_copies.find_extensions(str(egg)) == [extension]


def test_first_one_on_the_path_counts(tmp_path: Path) -> None:
    written(tmp_path / "a" / "pip-9.0.1.dist-info" / "METADATA", METADATA.format("pip", "9.0.1"))
    written(tmp_path / "b" / "pip-20.0.dist-info" / "METADATA", METADATA.format("pip", "20.0"))
    path = [str(tmp_path / name) for name in ("missing", "a", "b")]
    assert versions(distributions(path), ("pip", "wheel")) == {"pip": "9.0.1", "wheel": None}


@pytest.mark.parametrize(
    ("lines", "specifier"),
    [
        # TensorFlow 1.12, 2.9, 2.12 and 2.16 as their wheels have it.
        (["protobuf (>=3.6.1)"], ">=3.6.1"),
        (["protobuf (<3.20,>=3.9.2)"], "<3.20,>=3.9.2"),
        (["protobuf (!=4.21.0,<5.0.0dev,>=3.20.3)"], "!=4.21.0,<5.0.0dev,>=3.20.3"),
        (["protobuf!=4.21.0,<5.0.0dev,>=3.20.3"], "!=4.21.0,<5.0.0dev,>=3.20.3"),
        (["six", "Protobuf >= 3.6.1, < 4 ; python_version < '3.12'"], ">=3.6.1,<4"),
        (["protobuf[cpp]>=3.6.1"], ">=3.6.1"),
        (["protobuf>=1 ; extra == 'gpu'", "protobuf>=3.6.1"], ">=3.6.1"),
        (["protobuf>=1 ; python_version > '3' and extra=='gpu'"], None),
        (["protobuf"], None),
        (["protobuf @ https://example.com/protobuf-3.6.0.zip"], None),
        (["protobuf-distributed>=1", "googleapis-protobuf>=2"], None),
        ([], None),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_version_that_a_wheel_asks_for(tmp_path: Path, lines: list[str], specifier: str | None, end: str) -> None:
    headers = [*METADATA.format("tensorflow", "1.12.0").splitlines()[:3], *(f"Requires-Dist: {line}" for line in lines)]
    text = end.join([*headers, "", "Requires-Dist: protobuf==0 is what the description says", ""])
    path = tmp_path / "tensorflow-1.12.0.dist-info/METADATA"
    path.parent.mkdir()
    path.write_text(text, newline="")
    (item,) = distributions([str(tmp_path)])
    assert required_specifier(item, "protobuf") == specifier


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        ("six\nprotobuf>=3.6.1\n\n[gpu]\nprotobuf>=9\n", ">=3.6.1"),
        ('six\n\n[gpu]\nprotobuf>=9\n\n[:python_version < "3.12"]\nprotobuf <4, >=3.6.1\n', "<4,>=3.6.1"),
        ('[gpu:python_version < "3.12"]\nprotobuf>=9\n', None),
        (None, None),
    ],
)
@pytest.mark.parametrize("folder", ["tensorflow-1.12.0-py3.6.egg-info", "tensorflow-1.12.0-py3.6.egg/EGG-INFO"])
def test_version_that_an_egg_asks_for(tmp_path: Path, folder: str, text: str | None, specifier: str | None) -> None:
    written(tmp_path / folder / "PKG-INFO", METADATA.format("tensorflow", "1.12.0"))
    if text is not None:
        written(tmp_path / folder / "requires.txt", text)
    place = tmp_path / folder.removesuffix("/EGG-INFO") if folder.endswith("EGG-INFO") else tmp_path
    (item,) = distributions([str(place)])
    assert required_specifier(item, "protobuf") == specifier


def test_damaged_zip_is_an_empty_directory(tmp_path: Path) -> None:
    egg = tmp_path / "protobuf-3.6.1-py3.6.egg"
    with zipfile.ZipFile(egg, "w") as archive:
        archive.writestr("google/protobuf/__init__.py", "")
    egg.write_bytes(b"\0" * 100 + egg.read_bytes()[100:])
    assert read_text(str(egg / "google/protobuf/__init__.py")) is None
    egg.write_bytes(b"no zip at all")
    assert (found(egg), list_directory(str(egg))) == ([], [])


def interpreter(path: list[str], virtualenv: bool = False) -> dict[str, object]:
    place = {"prefix": "/usr", "virtualenv": virtualenv, "user_site": None, "purelib": "/usr/local/lib/none"}
    return {"version": "3.6.9", "sys_path": path, "site_packages": path, "python_path": [], **place}


def test_copies_in_the_homes_of_other_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "srv/robots/anna/.local/lib/python3.6/site-packages"
    written(site / "google/protobuf/__init__.py", "__version__ = '3.19.6'\n")
    written(site / "protobuf-3.19.6.dist-info/INSTALLER", "pip\n")
    passwd(tmp_path / "bin", monkeypatch, tmp_path / "srv/robots/otto", tmp_path / "srv/robots/anna")
    (copy,) = [copy for copy in find(interpreter([])) if copy["location"] == str(site)]
    assert (copy["version"], copy["level"], copy["active"], copy["installer"]) == ("3.19.6", "user", False, "pip")
    assert find(interpreter([], virtualenv=True)) == []


def test_what_another_user_develops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip install --user --editable: only that user's path has the sources."""
    site, sources = tmp_path / "srv/anna/.local/lib/python3.6/site-packages", tmp_path / "srv/anna/src/python"
    written(sources / "google/protobuf/__init__.py", "__version__ = '3.19.6'\n")
    written(sources / "protobuf.egg-info/PKG-INFO", METADATA.format("protobuf", "3.19.6"))
    written(site / "easy-install.pth", f"import sys\n# a comment\n\n{sources}\n")
    passwd(tmp_path / "bin", monkeypatch, tmp_path / "srv/anna")
    (copy,) = [copy for copy in find(interpreter([])) if copy["location"] == str(sources)]
    assert (copy["level"], copy["installer"], copy["before_purelib"]) == ("user", "setuptools", False)
    assert (copy["in_site_packages"], copy["listed_in"]) == (False, str(site / "easy-install.pth"))
    # A path that all users have is not hers.
    (copy,) = [copy for copy in find(interpreter([str(sources)])) if copy["location"] == str(sources)]
    assert (copy["level"], copy["listed_in"]) == ("system", None)


def find(interpreter: dict[str, object]) -> list[dict[str, object]]:
    copies: list[dict[str, object]] = python_copies.find_copies(interpreter, {}, dict.fromkeys)
    return copies


def test_one_directory_by_two_names_is_one_copy(tmp_path: Path) -> None:
    written(tmp_path / "lib/google/protobuf/__init__.py", "")
    (tmp_path / "lib64").symlink_to(tmp_path / "lib")
    path = [str(tmp_path / "lib64"), str(tmp_path / "lib")]
    assert [copy["location"] for copy in find(interpreter(path, virtualenv=True))] == path[:1]


def test_compiled_copy_without_source(tmp_path: Path) -> None:
    written(tmp_path / "google/protobuf/__init__.pyc", "")
    (copy,) = find(interpreter([str(tmp_path)], virtualenv=True))
    assert copy["version"] is None


def test_directory_that_only_looks_like_one(tmp_path: Path) -> None:
    written(tmp_path / "google/protobuf/any.proto", "")
    assert find(interpreter([str(tmp_path)], virtualenv=True)) == []
