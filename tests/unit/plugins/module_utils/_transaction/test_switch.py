# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be imported can be imported at every step of a switch, and after a kill at any of them one more run ends it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import files_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.switch import switch
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.workplace import staged_files
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python

# Each file says which release it is of, and descriptor.py fails where it meets one of another release.
_CHECK = """
from google.protobuf import VERSION as first
from google.protobuf.internal import VERSION as second
from google.protobuf.internal.decoder import VERSION as third
from google.protobuf.only_in_{version} import VERSION as fourth
from {fifth} import VERSION as fifth
if {{first, second, third, fourth, fifth}} != {{"{version}"}}:
    raise ImportError("mixed")
VERSION = "{version}"
"""
_IMPORT = "import os, sys; sys.path.insert(0, os.environ['SITE']); from google.protobuf import descriptor; print(descriptor.VERSION)"


class Site:
    """A folder on the search path, and one beside it in which a release is staged."""

    def __init__(self, root: Path) -> None:
        self.path = root / "site"
        self.path.mkdir()
        self.root = root

    def stage(self, version: str, *, upb: bool = False, again: str = "") -> Path:
        """Return a folder that stands for /, with a release."""
        root = self.path / f".stage-{version}{again}"
        place = root / self.path.relative_to("/")
        line = f'VERSION = "{version}"\n'
        files = {
            "google/protobuf/__init__.py": f"from __future__ import division\n{line}",
            "google/protobuf/internal/__init__.py": line,
            "google/protobuf/internal/decoder.py": line,
            "google/protobuf/internal/late.py": line,
            f"google/protobuf/only_in_{version}.py": line,
            "google/protobuf/descriptor.py": _CHECK.format(
                version=version, fifth="google._upb.message" if upb else "google.protobuf"
            ),
            f"protobuf-{version}.dist-info/RECORD": version,
            "protobuf-nspkg.pth": version,
            "tool": version,
        }
        if upb:
            files |= {"google/_upb/__init__.py": "", "google/_upb/message.py": line}
        for name, text in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text)
            # Two releases come at different times, by which Python tells their byte code apart.
            os.utime(place / name, (1000 * int(version), 1000 * int(version)))
        (place / "link").symlink_to(version)
        return root

    def switch(self, root: Path | None, wait: Callable[[], None] = lambda: None) -> None:
        """Replace what is there by what is staged, or remove it."""
        here = self.path
        owned = [str(path) for path in here.iterdir() if not path.name.startswith((".stage", "google", "foreign"))]
        owned += [f"{here}/google/protobuf", f"{here}/google/_upb"]
        staged = None if root is None else str(root / here.relative_to("/"))
        switch(str(here), staged, staged_files(str(root)) if root else {}, files_of(owned), wait)

    def names(self) -> set[str]:
        """Return what is there but for what is staged."""
        found = {str(path.relative_to(self.path)) for path in self.path.rglob("*")}
        return {name for name in found if not name.startswith(".stage") and "__pycache__" not in name}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def imported(site: Path, python: Path | str = sys.executable, locale: str = "C.UTF-8") -> str:
    """Return the release that a new process imports, or the last line of its error."""
    command = [str(python), "-S", "-c", _IMPORT]
    environment = {"LC_ALL": locale, "SITE": str(site)}
    ended = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)
    return ended.stdout.strip() or ended.stderr.strip().splitlines()[-1]


_STEPS = ("rename", "link", "symlink", "unlink", "rmdir", "makedirs", "mkdir", "utime")


@contextmanager
def before_each_step(monkeypatch: pytest.MonkeyPatch, do: Callable[[int], None]) -> Iterator[None]:
    """Call do(number of the step) before each call that changes a folder."""
    number = 0

    def wrapped(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            nonlocal number
            number += 1
            do(number)
            return function(*arguments, **options)

        return call

    with monkeypatch.context() as patch:
        for name in _STEPS:
            patch.setattr(os, name, wrapped(getattr(os, name)))
        yield


OLD, NEW = "1", "2"
CHANGES = {
    "one by another": (False, False),
    "one with upb": (False, True),
    "one without upb": (True, False),
    "upb by upb": (True, True),
}
every_change = pytest.mark.parametrize("upb", CHANGES.values(), ids=CHANGES)


@every_change
def test_importable_before_each_step(site: Site, upb: tuple[bool, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    site.switch(site.stage(OLD, upb=upb[0]))
    root = site.stage(NEW, upb=upb[1])
    found: list[str] = []
    with before_each_step(monkeypatch, lambda _number: found.append(imported(site.path))):
        site.switch(root)
    assert imported(site.path) == NEW
    assert found == sorted(found) and set(found) == {OLD, NEW}
    shutil.rmtree(site.path / f".stage-{OLD}")
    shutil.rmtree(root)
    assert imported(site.path) == NEW
    assert not [name for name in site.names() if name.endswith("-new") or OLD in name]


class Killed(BaseException):
    """Ends a run as a signal would, but for what the process itself cleans up; switch() cleans nothing up."""


@pytest.mark.parametrize("upb", [(False, True), (True, False)], ids=["one with upb", "one without upb"])
def test_a_kill_before_each_step_and_one_more_run(
    site: Site, upb: tuple[bool, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.switch(site.stage(OLD, upb=upb[0]))
    pristine = site.root / "pristine"
    shutil.copytree(site.path, pristine, symlinks=True)
    last = 0
    while True:
        last += 1
        shutil.rmtree(site.path)
        shutil.copytree(pristine, site.path, symlinks=True)
        root = site.stage(NEW, upb=upb[1])

        def kill(number: int, last: int = last) -> None:
            if number == last:
                raise Killed

        try:
            with before_each_step(monkeypatch, kill):
                site.switch(root)
            break
        except Killed:
            assert imported(site.path) in (OLD, NEW), last
        # The next run stages the release beside what the killed one staged, and removes both.
        second = site.stage(NEW, upb=upb[1], again="-again")
        site.switch(second)
        shutil.rmtree(root)
        shutil.rmtree(second)
        assert imported(site.path) == NEW, last
        assert not [name for name in site.names() if name.endswith("-new") or f"only_in_{OLD}" in name], last
    assert last > 20


def test_the_first_installation_begins_to_count_in_one_step(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    root = site.stage(NEW)
    found: list[str] = []
    with before_each_step(monkeypatch, lambda _number: found.append(imported(site.path))):
        site.switch(root)
    failed = [line for line in found if line != NEW]
    assert found == failed + [NEW] * (len(found) - len(failed))
    assert failed and all("No module named" in line for line in failed), failed
    assert imported(site.path) == NEW


def test_a_removal_lets_imports_end_first(site: Site) -> None:
    site.switch(site.stage(OLD))
    waited: list[set[str]] = []
    site.switch(None, lambda: waited.append(site.names()))
    (names,) = waited
    assert "google/protobuf/__init__.py" not in names
    assert {"google/protobuf/descriptor.py", "google/protobuf/internal/decoder.py"} <= names
    assert site.names() == set()


def test_another_copy_is_imported_from_the_first_step_of_a_removal(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.switch(site.stage(NEW))
    (site.root / "beside").mkdir()
    other = Site(site.root / "beside")
    other.switch(other.stage(OLD))
    source = _IMPORT.replace(";", f"; sys.path.insert(0, {str(other.path)!r});", 1)

    def found() -> str:
        command = [sys.executable, "-S", "-c", source]
        ended = subprocess.run(command, env={"SITE": str(site.path)}, capture_output=True, text=True, check=False)
        return ended.stdout.strip() or ended.stderr

    versions: list[str] = []
    with before_each_step(monkeypatch, lambda _number: versions.append(found())):
        site.switch(None)
    assert versions[0] == NEW
    assert set(versions[1:]) == {OLD}


def test_what_is_not_unwanted_stays(site: Site) -> None:
    site.switch(site.stage(OLD))
    foreign = ("google/protobuf/foreign.py", "google/cloud/a.py", "google/protobuf/internal/foreign.txt", "foreign")
    for name in foreign:
        (site.path / name).parent.mkdir(exist_ok=True)
        (site.path / name).write_text("foreign")
    staged = site.path / f".stage-{OLD}" / site.path.relative_to("/")
    unwanted = {path.replace(str(staged), str(site.path)) for path in files_of([str(staged)])}
    root = site.stage(NEW)
    switch(str(site.path), str(root / site.path.relative_to("/")), staged_files(str(root)), unwanted, lambda: None)
    assert set(foreign) <= site.names()
    switch(str(site.path), None, {}, unwanted | set(staged_files(str(root))), lambda: None)
    assert {name for name in site.names() if not (site.path / name).is_dir()} == set(foreign)


def test_a_link_is_replaced_and_not_written_through(site: Site) -> None:
    site.switch(site.stage(OLD))
    victim = site.root / "victim"
    victim.write_text("of somebody else")
    for name in ("google/protobuf/__init__.py", "google/protobuf/descriptor.py", "protobuf-nspkg.pth"):
        (site.path / name).unlink()
        (site.path / name).symlink_to(victim)
        (site.path / f"{name}.jetfleet-new").symlink_to(victim)
    site.switch(site.stage(NEW))
    assert victim.read_text() == "of somebody else"
    assert imported(site.path) == NEW
    assert not [path for path in site.path.rglob("*") if path.is_symlink() and path.name != "link"]


def test_a_folder_gives_way_to_a_file(site: Site) -> None:
    (site.path / "tool/inside").mkdir(parents=True)
    site.switch(site.stage(NEW))
    assert (site.path / "tool").read_text() == NEW


def test_another_file_system_without_links(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.switch(site.stage(OLD))
    root = site.stage(NEW)

    def refuse(*_arguments: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    site.switch(root)
    monkeypatch.undo()
    staged = root / site.path.relative_to("/") / "tool"
    assert (site.path / "tool").stat().st_ino != staged.stat().st_ino
    assert (site.path / "tool").stat().st_mtime_ns == staged.stat().st_mtime_ns
    assert imported(site.path) == NEW


def test_switching_to_what_is_there_already(site: Site) -> None:
    root = site.stage(NEW)
    site.switch(root)
    inodes = {path: path.stat().st_ino for path in site.path.rglob("*.py")}
    site.switch(root)
    assert {path: path.stat().st_ino for path in site.path.rglob("*.py")} == inodes
    assert imported(site.path) == NEW


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("version", ["2.7", "3.6", "3.12"])
def test_redirection_under_other_pythons(
    site: Site, version: str, locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.path = site.root / "s\u00efte"
    site.path.mkdir()
    site.switch(site.stage(OLD))
    for folder in ("google", "google/protobuf", "google/protobuf/internal"):
        (site.path / folder / "__init__.py").touch()
    root = site.stage(NEW)
    (root / site.path.relative_to("/") / "google/__init__.py").touch()
    found: list[str] = []
    python = need_python(version)
    with before_each_step(
        monkeypatch, lambda number: found.append(imported(site.path, python, locale)) if number % 5 == 0 else None
    ):
        site.switch(root)
    assert set(found) == {OLD, NEW}
    assert imported(site.path, python, locale) == NEW


def test_a_process_that_began_meanwhile_imports_the_rest_later(site: Site) -> None:
    """It has the redirection, and what that leads to is gone when it imports what it had not needed yet."""
    site.switch(site.stage(OLD))
    root = site.stage(NEW)
    code = _IMPORT + (
        "; sys.stdout.flush(); sys.stdin.readline(); from google.protobuf.internal import late; print(late.VERSION)"
    )
    environment = {"SITE": str(site.path)}
    processes: list[subprocess.Popen[str]] = []

    def begin() -> None:
        command = [sys.executable, "-S", "-c", code]
        pipe = subprocess.PIPE
        processes.append(subprocess.Popen(command, env=environment, text=True, stdin=pipe, stdout=pipe, stderr=pipe))
        assert processes[0].stdout is not None
        assert processes[0].stdout.readline() == f"{NEW}\n"

    site.switch(root, begin)
    shutil.rmtree(root)
    shutil.rmtree(site.path / f".stage-{OLD}")
    output, errors = processes[0].communicate("\n")
    assert output == f"{NEW}\n", errors


def test_without_a_folder_there_the_package_comes_in_one_step(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without its __init__.py would hide what a finder finds."""
    root = site.stage(NEW)
    init = site.path / "google/protobuf/__init__.py"
    found: list[bool] = []
    with before_each_step(monkeypatch, lambda _number: found.append(init.parent.exists() and not init.exists())):
        site.switch(root)
    assert imported(site.path) == NEW
    assert found and not any(found)
