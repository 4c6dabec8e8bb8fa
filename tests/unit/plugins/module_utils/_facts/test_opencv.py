# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""opencv_facts with real OpenCV and protobuf wheels, with stand-ins that misbehave, and as recorded on Debian 11."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts import opencv
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import loader
from ansible_collections.jetfleet.protobuf.tests.support.board_code import importable
from ansible_collections.jetfleet.protobuf.tests.support.capacities import CAPACITY
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.libraries import build_library, build_mir_chain
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python

TIMEOUT = 120
Facts = dict[str, Any]
Check = Callable[..., Facts]

# cv2 as far as the child script uses it; `{extra}` runs while it is imported.
FAKE_CV2 = """
import ctypes, os, sys
import numpy
__version__ = "3.3.1"
COLOR_BGR2GRAY = 6
{extra}
ctypes.CDLL(os.path.join(os.path.dirname(__file__), "cv2.abi3.so"))

def cvtColor(image, code):
    return image[:, :, 0]

def getBuildInformation():
    return "    Protobuf:                    build (3.5.1)"
"""

# Runs when the interpreter has shut down already: the double free of two libprotobufs shows there only.
CRASH_AT_EXIT = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
__attribute__((destructor)) static void leave(void) {
    char line[4096];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps))
        if (strstr(line, "/pyext/_message.")) abort();
    fclose(maps);
}
"""


class Wheels:
    """Real packages; each test sees those that it asks for, and no other."""

    def __init__(self, installations: Installations) -> None:
        self.python = installations.virtualenv("3.9")
        requirements = ("numpy==2.0.2", "protobuf==3.20.3", "opencv-python-headless==4.14.0.94")
        self.site = installations.site_packages(installations.virtualenv("3.9", *requirements))
        options = ("--no-deps", "--only-binary=:all:", "--target")
        self.opencv5 = installations.once(
            "opencv5", lambda place: installations.pip("3.9", *options, place, "opencv-python-headless==5.0.0.93")
        )
        self.pure = installations.once(
            "pure-protobuf",
            lambda place: installations.pip("3.9", *options, place, "--platform=any", "protobuf==3.20.3"),
        )

    def path(self, folder: Path, packages: Iterable[str]) -> Path:
        """Return a directory with links to packages of the first installation."""
        folder.mkdir(exist_ok=True)
        names = {
            "numpy": ["numpy", "numpy.libs"],
            "protobuf": ["google"],
            "cv2": ["cv2", "opencv_python_headless.libs"],
        }
        for name in (name for package in packages for name in names[package]):
            (folder / name).symlink_to(self.site / name)
        return folder


@pytest.fixture(scope="session")
def wheels(installations: Installations) -> Wheels:
    return Wheels(installations)


@pytest.fixture
def check(wheels: Wheels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Look at an interpreter that finds these directories, then these packages."""
    # What the machine of the tests has of OpenCV is no business of theirs.
    monkeypatch.setattr(loader.Loader, "matching", lambda *_arguments: [])

    def run(*folders: Path, packages: Iterable[str] = (), python: Path | None = None) -> Facts:
        folder = wheels.path(tmp_path / "packages", packages)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, [*folders, folder])))
        facts: Facts = opencv.opencv_facts(str(python or wheels.python), TIMEOUT, loader.Loader(), owners, CAPACITY)
        json.dumps(facts)
        return facts

    return run


def owners(paths: Iterable[str]) -> dict[str, str | None]:
    """Answer for a dpkg that knows a library of the distribution."""
    assert all(path.startswith("/") for path in paths)
    return {path: "libprotobuf-lite9v5" if path.endswith("libprotobuf-lite.so.9") else None for path in paths}


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., Path]:
    """Make a cv2 that loads libprotobuf-lite.so.9 through other libraries."""

    def make(extra: str = "", source: str | None = None) -> Path:
        package = tmp_path / "fake" / "cv2"
        if source is None:
            build_mir_chain(package, "cv2.abi3.so")
        else:
            build_library(package / "cv2.abi3.so", source=source)
        (package / "__init__.py").write_text(FAKE_CV2.format(extra=extra), encoding="utf-8")
        return package.parent

    return make


def orders(facts: Facts) -> dict[str, str]:
    return {" ".join(outcome["order"]): outcome["status"] for outcome in facts["import_test"]["orders"]}


BOTH = {"cv2 protobuf": "ok", "protobuf cv2": "ok"}


def test_wheels_of_opencv_4_and_cpp_protobuf(check: Check) -> None:
    facts = check(packages=["numpy", "protobuf", "cv2"])
    binary = facts["bindings"][0]["file"]
    assert facts["bindings"] == [{"file": binary, "version": "4.14.0.94"}]
    assert facts["version"].startswith("4.14.")
    assert facts["embedded"] == [binary]
    assert facts["links"] == facts["libraries"] == []
    assert facts["build_information"] == "Protobuf: build (3.19.1)"
    assert facts["import_test"]["backend"] == "cpp"
    assert orders(facts) == BOTH
    for outcome in facts["import_test"]["orders"]:
        assert outcome["works"] == {"cv2": True, "protobuf": True, "dnn": True, "tensorflow": None}
        assert (outcome["exit_code"], outcome["signal"], outcome["mapped"], outcome["error"]) == (0, None, [], None)
    assert facts["verdict"] == "embedded"
    assert facts["reason"].endswith("works with the C++ protobuf in every import order.")


def test_every_cv2_is_found_and_the_first_is_tried(check: Check, wheels: Wheels) -> None:
    """OpenCV 5 has no Caffe: its dnn is tried with ONNX."""
    facts = check(wheels.opencv5, packages=["numpy", "protobuf", "cv2"])
    assert [binding["version"] for binding in facts["bindings"]] == ["5.0.0.93", "4.14.0.94"]
    assert facts["version"].startswith("5.0.")
    assert facts["embedded"] == [binding["file"] for binding in facts["bindings"]]
    assert {outcome["works"]["dnn"] for outcome in facts["import_test"]["orders"]} == {True}
    assert facts["verdict"] == "embedded"


def test_pure_python_protobuf(check: Check, wheels: Wheels) -> None:
    facts = check(wheels.pure, packages=["numpy", "cv2"])
    assert facts["import_test"]["backend"] == "python"
    assert orders(facts) == BOTH
    assert facts["verdict"] == "embedded"
    assert "pure Python protobuf" in facts["reason"]


def test_no_protobuf(check: Check) -> None:
    facts = check(packages=["numpy", "cv2"])
    assert orders(facts) == {"cv2": "ok"}
    assert facts["verdict"] == "embedded"
    assert "there is no protobuf module to try it with" in facts["reason"]


def test_no_opencv(check: Check) -> None:
    facts = check(packages=["protobuf"])
    assert facts["found"] is False
    assert facts["version"] is facts["build_information"] is facts["import_test"]["backend"] is None
    assert facts["bindings"] == facts["libraries"] == facts["embedded"] == facts["import_test"]["orders"] == []
    assert facts["verdict"] == "absent"


def test_no_interpreter(check: Check, tmp_path: Path) -> None:
    facts = check(python=tmp_path / "python9")
    assert facts["verdict"] == "absent"
    assert f"cv2 could not be searched for: The interpreter {tmp_path / 'python9'} does not exist" in facts["reason"]


def test_cv2_without_numpy_is_broken_but_no_conflict(check: Check) -> None:
    facts = check(packages=["protobuf", "cv2"])
    assert orders(facts) == {"cv2 protobuf": "failed", "protobuf cv2": "failed", "cv2": "failed", "protobuf": "ok"}
    assert facts["import_test"]["orders"][0]["works"] == {
        "cv2": False,
        "protobuf": True,
        "dnn": False,
        "tensorflow": None,
    }
    assert facts["verdict"] == "unproven"
    assert "the import test is inconclusive because cv2 fails on its own" in facts["reason"]
    assert "numpy" in facts["reason"]


def test_libprotobuf_reached_through_other_libraries(check: Check, fake: Callable[..., Path]) -> None:
    folder = fake() / "cv2"
    facts = check(folder.parent, packages=["numpy", "protobuf"])
    library = str(folder / "libprotobuf-lite.so.9")
    highgui = str(folder / "libopencv_highgui.so.3.3")
    via = [highgui, str(folder / "libmirclient.so.9"), str(folder / "libmirprotobuf.so.3")]
    package = "libprotobuf-lite9v5"
    assert facts["links"] == [
        {"binary": str(folder / "cv2.abi3.so"), "via": via, "library": library, "package": package},
        {"binary": highgui, "via": via[1:], "library": library, "package": package},
    ]
    assert facts["libraries"] == [highgui]
    assert facts["version"] == "3.3.1"
    assert [outcome["mapped"] for outcome in facts["import_test"]["orders"]] == [[library], [library]]
    assert facts["import_test"]["orders"][0]["works"]["dnn"] is None
    assert facts["verdict"] == "links_distribution"
    assert f"{library} (package {package}) through libopencv_highgui.so.3.3, libmirclient.so.9" in facts["reason"]


def test_no_protobuf_anywhere_in_cv2(check: Check, fake: Callable[..., Path]) -> None:
    facts = check(fake(source="int nothing;"), packages=["numpy", "protobuf"])
    assert facts["links"] == facts["embedded"] == []
    assert facts["verdict"] == "independent"


def test_libprotobuf_that_is_gone(check: Check, fake: Callable[..., Path]) -> None:
    """A script that moved the distribution's libraries away leaves this."""
    folder = fake()
    (folder / "cv2" / "libprotobuf-lite.so.9").unlink()
    facts = check(folder, packages=["numpy", "protobuf"])
    assert facts["verdict"] == "conflict"
    assert "needs libprotobuf-lite.so.9, which the loader does not find" in facts["reason"]
    assert "libprotobuf-lite.so.9" in facts["import_test"]["orders"][0]["error"]


def test_crash_in_one_order(check: Check, fake: Callable[..., Path]) -> None:
    extra = "if 'google.protobuf' in sys.modules: os.kill(os.getpid(), 11)"
    facts = check(fake(extra), packages=["numpy", "protobuf"])
    assert orders(facts) == {"cv2 protobuf": "ok", "protobuf cv2": "crashed", "cv2": "ok", "protobuf": "ok"}
    crashed = facts["import_test"]["orders"][1]
    assert (crashed["exit_code"], crashed["signal"]) == (None, 11)
    assert crashed["works"] == {"cv2": None, "protobuf": None, "dnn": None, "tensorflow": None}
    assert "ended by signal 11 while importing cv2" in crashed["error"]
    assert facts["verdict"] == "conflict"
    assert "Importing protobuf, then cv2 in one process fails" in facts["reason"]


def test_crash_after_the_interpreter_has_shut_down(check: Check, fake: Callable[..., Path]) -> None:
    facts = check(fake(source=CRASH_AT_EXIT), packages=["numpy", "protobuf"])
    assert orders(facts) == {"cv2 protobuf": "crashed", "protobuf cv2": "crashed", "cv2": "ok", "protobuf": "ok"}
    for outcome in facts["import_test"]["orders"][:2]:
        assert outcome["signal"] == 6
        assert outcome["works"]["cv2"] is outcome["works"]["protobuf"] is True
        assert "while shutting down" in outcome["error"]
    assert facts["verdict"] == "conflict"


def test_complaint_of_libprotobuf_is_a_failure(check: Check, fake: Callable[..., Path]) -> None:
    text = "[libprotobuf ERROR x/descriptor_database.cc:57] File already exists in database: caffe.proto"
    extra = f"if 'google.protobuf' in sys.modules: print('{text}', file=sys.stderr)"
    facts = check(fake(extra), packages=["numpy", "protobuf"])
    assert facts["import_test"]["orders"][1]["status"] == "failed"
    assert facts["verdict"] == "conflict"
    assert "File already exists in database: caffe.proto" in facts["reason"]


def test_the_board_is_not_written_to(check: Check, wheels: Wheels, tmp_path: Path) -> None:
    def listing() -> set[tuple[str, int]]:
        files = [path for root in (wheels.site, wheels.python.parent.parent) for path in root.rglob("*")]
        return {(str(path), path.lstat().st_mtime_ns) for path in files}

    before = listing()
    check(packages=["numpy", "protobuf", "cv2"])
    assert listing() == before


# Looks from another Python than the one that is looked at, as a module under Ansible's interpreter does.
ASK = """
import json, sys
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.loader import Loader
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.capacity import Capacity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.opencv import opencv_facts
Loader.matching = lambda *arguments: []
owners = lambda paths: dict.fromkeys(paths, "libprotobuf-lite9v5")
print(json.dumps(opencv_facts(sys.argv[1], 120, Loader(), owners, Capacity(128, 0, 1000))))
"""


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.13"])
def test_answers_the_same_under_every_python(
    check: Check, fake: Callable[..., Path], wheels: Wheels, tmp_path: Path, version: str
) -> None:
    folder = fake("raise RuntimeError(u'gr\\xf6\\xdfe')")
    expected = check(folder, packages=["numpy", "protobuf"])
    assert "RuntimeError: größe" in expected["reason"]
    path = os.pathsep.join([str(importable(tmp_path)), os.environ["PYTHONPATH"]])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    command = [str(need_python(version)), "-c", ASK, str(wheels.python)]
    output = subprocess.check_output(command, env=environment, text=True)
    assert json.loads(output) == expected


@pytest.mark.parametrize("position", [0, opencv.BLOCK - 5, 3 * opencv.BLOCK])
def test_strings_are_found_across_blocks(tmp_path: Path, position: int) -> None:
    path = tmp_path / "libopencv_world.so"
    path.write_bytes(bytes(position) + opencv.RUNTIME_STRINGS[0] + bytes(100))
    assert opencv._contains(str(path), opencv.RUNTIME_STRINGS) is True
    assert opencv._contains(str(path), (b"opencv-caffe.proto",)) is False
    assert opencv._contains(str(tmp_path / "nowhere"), opencv.RUNTIME_STRINGS) is False


def test_debian_11_as_recorded(fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """python3-opencv of the distribution beside the C++ protobuf of a wheel."""
    record = json.loads((fixtures / "opencv" / "debian11_python3_opencv.json").read_text(encoding="utf-8"))

    class Recorded(loader.Loader):
        def __init__(self) -> None:
            monkeypatch.setattr(loader, "_read_cache", lambda: record["cache"])
            super().__init__()

        def elf(self, path: str) -> Facts | None:
            elf: Facts | None = record["elf"].get(path)
            return elf

        def matching(self, _pattern: str, machine: str) -> list[str]:
            assert machine == "x86_64"
            libraries: list[str] = record["libraries"]
            return libraries

    def replay(executable: str, _source: str, arguments: dict[str, list[str]], *_limits: object) -> Facts:
        assert executable == "/usr/bin/python3"
        answer: Facts = record["children"][" ".join(arguments["order"])]
        return answer

    monkeypatch.setattr(opencv, "run_child", replay)
    facts = opencv.opencv_facts("/usr/bin/python3", TIMEOUT, Recorded(), lambda paths: record["owners"], CAPACITY)
    assert facts == record["facts"]
    assert facts["verdict"] == "links_distribution"
    assert "(package libprotobuf23) through libopencv_dnn.so.4.5" in facts["reason"]
