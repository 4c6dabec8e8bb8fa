# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way in which people put a protobuf on the module path, done with their tools, is found and named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.copies import find_copies
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.interpreter import ask
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.search_path import SearchPath
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations, snapshot

# Before and after setuptools made wheels of editable installs.
SETUPTOOLS = ("setuptools==58.1.0", "setuptools==75.8.0")


@dataclass
class Board:
    """A virtual environment for one test, and a folder outside it for a protobuf."""

    installations: Installations
    python: Path
    place: Path
    environment: pytest.MonkeyPatch

    @property
    def site(self) -> Path:
        return self.installations.site_packages(self.python)

    def copies(self) -> list[dict[str, Any]]:
        result = ask(str(self.python), 60, interpreter=True, probe=True)["result"]
        found: list[dict[str, Any]] = find_copies(result["interpreter"], result["probe"], dict.fromkeys)
        return found

    def install(self) -> None:
        healthy = self.installations.virtualenv("3.9", "protobuf==3.20.3", "six==1.16.0")
        shutil.copytree(self.installations.site_packages(healthy), self.site, dirs_exist_ok=True)

    def target(self) -> None:
        pip = self.installations.pip
        made = self.installations.once(
            "target-3.19.6", lambda place: pip("3.9", "--no-deps", "--target", place, "protobuf==3.19.6")
        )
        shutil.copytree(made, self.place)

    def run_in_sources(self, statement: str, **environment: str) -> None:
        """Run Python where setup.py of protobuf is."""
        shutil.copytree(self.installations.source("3.9", "3.19.6"), self.place, dirs_exist_ok=True)
        command = f"import os; os.chdir({str(self.place)!r}); {statement}"
        self.installations.run(self.python, "-c", command, **environment)


def develop(board: Board, technique: str) -> None:
    setup = "import sys; sys.argv = ['setup.py', '-q', 'develop', '--no-deps']; exec(open('setup.py').read())"
    board.run_in_sources(setup, SETUPTOOLS_SYS_PATH_TECHNIQUE=technique)


def editable(board: Board, mode: str) -> None:
    """Do what `pip install --editable` does with a newer setuptools."""
    build = f"from setuptools import build_meta; build_meta.build_editable('editable', {{'editable_mode': {mode!r}}})"
    board.run_in_sources(f"os.mkdir('editable'); {build}")
    (wheel,) = (board.place / "editable").glob("*.whl")
    board.installations.pip("3.9", "--no-deps", "--prefix", board.python.parent.parent, wheel)


def pth(board: Board, line: str) -> None:
    board.target()
    (board.site / "robot.pth").write_text(line.format(board.place))


def python_path(board: Board) -> None:
    board.target()
    board.environment.setenv("PYTHONPATH", f"/nothing:{board.place}/")


def sitecustomize(board: Board) -> None:
    board.target()
    (board.site / "sitecustomize.py").write_text(f"import sys\nsys.path.insert(0, {str(board.place)!r})\n")


FIRST = "import sys; sys.path.insert(0, '{}')"
WAYS: dict[str, tuple[Callable[[Board], None], str | None, bool]] = {
    # How, what is named below site-packages, and whether it comes before what is installed.
    "setup.py develop": (lambda board: develop(board, "raw"), "easy-install.pth", False),
    "setup.py develop, older": (lambda board: develop(board, "rewrite"), "easy-install.pth", True),
    "editable": (lambda board: editable(board, "lenient"), "__editable___protobuf_3_19_6_finder.py", True),
    "editable, on the path": (lambda board: editable(board, "compat"), "__editable__.protobuf-3.19.6.pth", True),
    "pth": (lambda board: pth(board, "{}\n"), "robot.pth", False),
    "pth, relative": (lambda board: pth(board, "# robot\n../../../../{0.name}\n"), "robot.pth", False),
    "pth that runs": (lambda board: pth(board, FIRST), "robot.pth", True),
    "PYTHONPATH": (python_path, "PYTHONPATH", True),
    "sitecustomize": (sitecustomize, None, True),
}


@pytest.fixture
def board(tmp_path: Path, installations: Installations, monkeypatch: pytest.MonkeyPatch, way: str) -> Board:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    place = installations.root / f"{tmp_path.name}-outside"
    tools = [SETUPTOOLS["editable" in way]] if way.startswith(("setup.py", "editable")) else []
    python = installations.copy("3.9", "six==1.16.0", *tools)
    return Board(installations, python, place, monkeypatch)


@pytest.mark.parametrize("way", list(WAYS))
def test_a_copy_outside_is_found_and_what_lists_it_is_named(board: Board, way: str) -> None:
    put, name, is_first = WAYS[way]
    put(board)
    listed_in = str(board.site / name) if name and name != "PYTHONPATH" else name
    expected = {"version": "3.19.6", "level": "system", "in_site_packages": False, "listed_in": listed_in}
    before = snapshot(board.place, board.site)
    (copy,) = board.copies()
    assert snapshot(board.place, board.site) == before
    assert copy.items() >= (expected | {"location": str(board.place), "active": True}).items()
    board.install()
    copies = {copy["location"]: copy for copy in board.copies()}
    assert copies[str(board.place)].items() >= (expected | {"before_purelib": is_first}).items()
    ours = {"in_site_packages": True, "before_purelib": False, "listed_in": None}
    assert copies[str(board.site)].items() >= ours.items()


@pytest.mark.parametrize("linked", ["google", "google/protobuf"])
@pytest.mark.parametrize("way", ["link"])
def test_a_link_out_of_site_packages_is_named(board: Board, way: str, linked: str) -> None:
    board.target()
    (board.site / linked).parent.mkdir(exist_ok=True)
    (board.site / linked).symlink_to(board.place / linked)
    (copy,) = board.copies()
    assert (copy["location"], copy["active"]) == (str(board.site), True)
    assert (copy["in_site_packages"], copy["listed_in"]) == (False, str(board.site / linked))


@pytest.mark.parametrize("way", ["egg"])
def test_an_egg_is_in_site_packages_unless_it_is_a_link(board: Board, way: str) -> None:
    egg = board.installations.site_packages(board.installations.egg("3.6", "3.19.6")) / "protobuf-3.19.6-py3.6.egg"
    shutil.copy(egg, board.site)
    (board.site / "easy-install.pth").write_text(f"./{egg.name}\n")
    place = board.site / egg.name
    (copy,) = board.copies()
    assert (copy["in_site_packages"], copy["listed_in"]) == (True, str(board.site / "easy-install.pth"))
    place.unlink()
    place.symlink_to(egg)
    (copy,) = board.copies()
    assert (copy["location"], copy["in_site_packages"]) == (str(place), False)


def searched(purelib: str, *sys_path: str, **changes: Any) -> SearchPath:
    own = ["/usr/local/lib/python3.9/dist-packages", "/usr/lib/python3/dist-packages"]
    facts = {"purelib": purelib, "site_packages": own, "python_path": [], "user_site": None, "sys_path": [*sys_path]}
    return SearchPath(facts | changes, [], [])


@pytest.mark.parametrize("purelib", ["/usr/local/lib/python3.9/dist-packages", "/usr/lib/python3/dist-packages"])
def test_where_pips_folder_will_be_is_known_before_it_exists(purelib: str) -> None:
    path = searched(purelib, "/opt/first", "/usr/lib/python3/dist-packages", "/opt/last")
    found = [path.comes_before_purelib(place) for place in ("/opt/first", "/opt/last", "/opt/elsewhere")]
    assert found == [True, False, False]
    # All that is on the path of an interpreter none of whose own folders exists yet.
    assert searched(purelib, "/opt/first").comes_before_purelib("/opt/first")


@pytest.mark.parametrize(
    "content", ["", "MAPPING = {", "MAPPING = {'google': open('/')}", "MAPPING = {'other': '/google'}"]
)
def test_a_finder_that_says_nothing_names_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "__editable___protobuf_3_19_6_finder.py").write_text(content)
    path = searched("/usr/local/lib/python3.9/dist-packages", site_packages=[str(tmp_path)])
    assert path.hidden_locations() == []
    assert path.listed_in("/") is None
