# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A transaction touches protobuf's own files alone, brings them all back, and says so where it cannot; with real tools."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.transaction import Transaction
from ansible_collections.jetfleet.protobuf.tests.support.artefacts import MACHINE, MODULE, binary, make_wheel
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.transactions import FakeBoard, wheel_file
from ansible_collections.jetfleet.protobuf.tests.support.user_environment import OWNER, UserEnvironment, owners_only

ROOT = os.getuid() == 0
OLD, NEW = "3.19.6", "3.20.3"
WRONG = {"python_version": "9", "linkage": None}
Tree = dict[str, tuple[Any, ...]]


class OddBoard(FakeBoard):
    """A board with more places than those of a transaction."""

    def everything(self) -> Tree:
        """Return all of the board but what the collection and dpkg keep, and the packages and wheels of a test."""
        found: Tree = {}
        own = {"var", "dpkg-of-test"}
        for top in (path for path in self.root.iterdir() if path.is_dir() and path.name not in own):
            for path in (top, *top.rglob("*")):
                state = path.lstat()
                content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
                when = (state.st_mtime_ns,) if path.is_file() else ()
                found[str(path)] = (state.st_mode, state.st_uid, state.st_gid, content, *when)
        return found

    def pip(self, *arguments: str | Path, **environment: str) -> None:
        """Run the board's pip."""
        command = ["-m", "pip", "install", "-q", "--no-index", "--no-deps", *arguments]
        self.installations.run(self.python, *command, **environment)

    def imported(self, **environment: str) -> str:
        """Return the version that is imported."""
        code = "from google.protobuf import descriptor_pb2, __version__; print(__version__)"
        return self.installations.run(self.python, "-B", "-c", code, **environment).strip()

    def fails(self, **changes: Any) -> None:
        """Install what fails its check, and see that everything is as it was."""
        before, version = self.everything(), self.version()
        result = self.present(self.options(NEW, **changes, expected=WRONG))
        assert (result["failed"], result["rolled_back"]) == (True, True), result
        assert f"; the board was put back to {version}" in result["msg"]
        assert self.everything() == before
        assert not os.path.exists(self.layout.folder)

    def version(self) -> str:
        try:
            return f"protobuf {self.imported()} (backend cpp)."
        except AssertionError:
            return "having no protobuf."

    def comes_and_goes(self, *others: str, **changes: Any) -> None:
        """Install, see that all but protobuf's own is as before, remove, and see that everything is."""
        before = self.everything()
        result = self.present(self.options(NEW, **changes))
        assert not result["failed"], result
        assert self.imported() == NEW
        after = self.everything()
        changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
        allowed = (f"{self.site}/google", f"{self.site}/protobuf", *others)
        assert [path for path in sorted(changed) if not path.startswith(allowed)] in ([], [str(self.site)])
        assert self.absent()["changed"]
        assert self.everything() == before


Maker = Callable[..., OddBoard]


@pytest.fixture
def make(tmp_path: Path, installations: Installations, monkeypatch: pytest.MonkeyPatch) -> Maker:
    def maker(before: str | None) -> OddBoard:
        board = OddBoard(tmp_path / "board", installations, before)
        monkeypatch.setenv("DPKG_ADMINDIR", str(board.packages.admin))
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("SUDO_USER", raising=False)
        monkeypatch.delenv("PYTHONPATH", raising=False)
        return board

    return maker


@pytest.fixture
def board(make: Maker) -> OddBoard:
    return make(OLD)


@pytest.fixture
def target(make: Maker) -> OddBoard:
    """A board whose only protobuf was put to a folder of an application, by another tool than pip."""
    board = make(None)
    place = board.root / "opt/app/lib"
    board.pip("--target", place, wheel_file(board.installations, OLD))
    (place / f"protobuf-{OLD}.dist-info/INSTALLER").write_text("uv\n")
    return board


def test_only_copy_in_a_target_folder_of_a_pth_file(target: OddBoard) -> None:
    (target.site / "app.pth").write_text(f"{target.root}/opt/app/lib\n")
    assert target.imported() == OLD
    target.fails()
    target.comes_and_goes()
    assert target.imported() == OLD


def test_only_copy_on_pythonpath(target: OddBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    place = str(target.root / "opt/app/lib")
    monkeypatch.setenv("PYTHONPATH", place)
    target.installations.environment["PYTHONPATH"] = place
    before = target.everything()
    result = target.present(target.options(NEW))
    del target.installations.environment["PYTHONPATH"]
    assert result["rolled_back"], result
    assert result["reason"].startswith(f"The protobuf that is imported is {OLD} from {place}/")
    assert target.everything() == before


SETUP = """
from setuptools import setup
setup(name="protobuf", version="3.19.6", packages=["google.protobuf"], namespace_packages=["google"])
"""


@pytest.fixture
def tree(make: Maker) -> OddBoard:
    """A board without protobuf, and a user's source tree of protobuf with work that is not committed."""
    board = make(None)
    source = board.root / "home/src"
    release = board.installations.virtualenv_with_pip("3.9", wheel_file(board.installations, OLD))
    shutil.copytree(board.installations.site_packages(release) / "google", source / "google")
    (source / "google/__init__.py").write_text("__import__('pkg_resources').declare_namespace(__name__)\n")
    (source / "setup.py").write_text(SETUP)
    (source / "google/protobuf/work.py").write_text("not committed")
    (board.site / "easy-install.pth").write_text("./six.egg\n")
    return board


def setuptools(board: OddBoard, version: str) -> str:
    """Return a folder with setuptools and wheel."""
    python = board.installations.virtualenv("3.9", f"setuptools=={version}", "wheel==0.40.0")
    return str(board.installations.site_packages(python))


def develop(board: OddBoard) -> None:
    command = [str(board.python), "setup.py", "-q", "develop", "--no-deps"]
    environment = board.installations.environment | {"PYTHONPATH": setuptools(board, "58.0.0")}
    subprocess.run(command, cwd=board.root / "home/src", env=environment, check=True, capture_output=True)
    (board.site / "six.egg").mkdir()
    assert f"{board.root}/home/src\n" in (board.site / "easy-install.pth").read_text()


def editable(board: OddBoard) -> None:
    tools = setuptools(board, "68.0.0")
    board.pip("--no-build-isolation", "--no-cache-dir", "-e", board.root / "home/src", PYTHONPATH=tools)


@pytest.mark.parametrize("link", [develop, editable])
def test_source_tree(tree: OddBoard, link: Callable[[OddBoard], None]) -> None:
    """Its place behind ours is left alone; where it shall go, its line does, and comes back."""
    link(tree)
    # What was compiled by the import is the tree's.
    source = tree.root / "home/src"
    tree.installations.run(tree.python, "-c", "import google.protobuf.descriptor_pb2")
    lists = [path for path in tree.site.iterdir() if "editable" in path.name or path.name == "easy-install.pth"]
    listed = sorted(path for path in lists if path.is_file() and str(source) in path.read_text())
    changes = {"unlist_copies": [{"location": str(source), "listed_in": str(listed[0])}]}
    own = [f"{tree.site}/{name}" for name in ("easy-install.pth", "__editable__", "__pycache__/__editable__")]
    tree.fails()
    tree.fails(**changes)
    tree.comes_and_goes(*own, **changes)
    assert (source / "google/protobuf/work.py").read_text() == "not committed"


@pytest.mark.parametrize("option", ["remove_copies", "unlist_copies", "egg"])
def test_no_option_reaches_a_source_tree(tree: OddBoard, option: str) -> None:
    source = tree.root / "home/src"
    (source / "protobuf.egg-link").write_text(f"{source}\n.\n")
    (source / "easy-install.pth").write_text(f"{source}\n")
    if option == "egg":
        source = source.rename(source.with_suffix(".egg"))
    before = tree.everything()
    changes = {"unlist_copies": [{"location": str(source), "listed_in": f"{source}/easy-install.pth"}]}
    place = source.parent if option == "egg" else source
    with pytest.raises(
        Refusal, match=f"^{place} is not one of the folders that the interpreter has for packages: remove"
    ):
        tree.present(tree.options(NEW, **(changes if option == "unlist_copies" else {"remove_copies": [str(source)]})))
    assert tree.everything() == before


def test_what_auditwheel_and_scripts_add(board: OddBoard) -> None:
    """A wheel brings files that no pattern names; the next one takes them away, and they come back."""
    files = {
        f"{MODULE}.cpython-39-{MACHINE}-linux-gnu.so": binary(),
        "google/protobuf/__init__.py": b"__version__ = '3.6.1'\n",
    }
    files |= {"protobuf.libs/libz-dc1f49d6.so.1.2.11": b"z", "protobuf_extras/__init__.py": b""}
    files |= {"protobuf-3.6.1.data/scripts/protobuf-tool": b"#!python\n"}
    # A name with what a list has to quote.
    files |= {'google/protobuf/odd,"name".txt': b"odd"}
    wheel = make_wheel(board.root / f"protobuf-3.6.1-cp39-cp39-linux_{MACHINE}.whl", files)
    board.pip(wheel)
    script = board.python.parent / "protobuf-tool"
    assert script.exists()
    own = (str(script), f"{board.site}/protobuf")
    before = board.everything()
    result = board.present(board.options(NEW, expected=WRONG))
    assert result["rolled_back"], result
    assert board.everything() == before
    assert not board.present(board.options(NEW))["failed"]
    gone = {path for path in before if path not in board.everything()}
    names = ("protobuf.libs/libz-dc1f49d6.so.1.2.11", "protobuf_extras/__init__.py", 'google/protobuf/odd,"name".txt')
    assert {str(script), *(f"{board.site}/{name}" for name in names)} <= gone
    assert all(path.startswith((*own, f"{board.site}/google/protobuf")) for path in gone)
    # The wheel comes as ours, too.
    assert not board.present(board.options("3.6.1", wheel=board.file(wheel, "3.6.1"), expected={}))["failed"]
    assert script.exists()
    assert board.absent()["changed"]
    assert board.everything() == before


@pytest.fixture
def crowded(board: OddBoard) -> OddBoard:
    """A board with files of others beside and among those of protobuf."""
    names = ("protobuf_utils-1.0-py3.9-nspkg.pth", "google/protobuf/utils_pb2.py", "google/cloud/__init__.py")
    wheel = make_wheel(board.root / "protobuf_utils-1.0-py3-none-any.whl", dict.fromkeys(names, b"# of another one\n"))
    board.pip(wheel)
    for name in ("google/protobuf/mine.py", "google/protobuf/notes/todo.txt", "google/mine.py", "protobuf-notes.txt"):
        (board.site / name).parent.mkdir(exist_ok=True)
        (board.site / name).write_text("of a user\n")
    (board.site / "google/protobuf/mine").symlink_to("notes")
    return board


def test_files_of_others_stay(crowded: OddBoard) -> None:
    place = crowded.site / "google/protobuf"
    theirs = [path for top in (crowded.site / "google", crowded.site) for path in top.glob("*") if "mine" in path.name]
    theirs += [*crowded.site.glob("protobuf_utils*"), *crowded.site.glob("protobuf_utils*/*"), place / "utils_pb2.py"]
    theirs += [place / "mine.py", place / "mine", place / "notes/todo.txt", crowded.site / "protobuf-notes.txt"]
    before = {path: entry for path, entry in crowded.everything().items() if Path(path) in theirs}
    assert len(before) >= 10
    crowded.fails()
    whole = crowded.everything()
    assert not crowded.present(crowded.options(NEW))["failed"]
    assert {path: entry for path, entry in crowded.everything().items() if Path(path) in theirs} == before
    assert crowded.absent()["changed"]
    assert crowded.everything() == whole


def test_hostile_list(board: OddBoard) -> None:
    """Nothing but what protobuf can have installed goes, whatever its list says."""
    outside = board.root / "home/secret"
    outside.mkdir(parents=True)
    (outside / "key").write_text("of a user")
    (board.site / "google/cloud").mkdir()
    (board.site / "google/cloud/mine.py").write_text("of a user")
    up = os.path.relpath(outside, board.site)
    names = [
        "../../../../../../../../etc/passwd",
        "/etc/passwd",
        str(outside / "key"),
        f"{up}/key",
        up,
        "google",
        ".",
        "",
    ]
    names += ["google/cloud", "../../..", '"google/protobuf/\n../../../../home/secret/key"', "google/cloud/../protobuf"]
    with (board.site / f"protobuf-{OLD}.dist-info/RECORD").open("a") as record:
        record.writelines(f"{name},,\n" for name in names)
    passwd = Path("/etc/passwd").read_bytes()
    board.fails()
    board.comes_and_goes()
    assert Path("/etc/passwd").read_bytes() == passwd


def test_installed_by_another_tool_with_an_empty_folder(board: OddBoard) -> None:
    (board.site / f"protobuf-{OLD}.dist-info/INSTALLER").write_text("uv\n")
    (board.site / f"protobuf-{OLD}.dist-info/licenses/empty").mkdir(parents=True)
    board.fails()
    board.comes_and_goes()


def test_board_that_had_nothing_but_metadata(make: Maker) -> None:
    board = make(None)
    (board.site / "protobuf-3.0.0.dist-info").mkdir()
    (board.site / "protobuf-3.0.0.dist-info/METADATA").write_text("Name: protobuf\nVersion: 3.0.0\n")
    board.fails()
    board.comes_and_goes()


PACKAGE = "3.20.3+jetfleet.1"
LIBRARY = {"lib/libprotobuf.so.31": binary(b"new library"), "include/google/protobuf/any.h": b"new header"}


def test_rollback_that_does_not_bring_back_what_was_there(target: OddBoard) -> None:
    place = target.root / "opt/app/lib"
    (target.site / "app.pth").write_text(f"{place}\n")
    before = target.everything()
    package = target.package(PACKAGE, LIBRARY, {"preinst": f"mv {place} {place}.away; exit 1"})
    result = target.present(target.options(NEW, package=package))
    assert (result["failed"], result["changed"], result["rolled_back"]) == (True, True, False)
    assert f"the version of the protobuf that is imported was {OLD} and is None" in result["msg"]
    assert f"its snapshot {target.layout.transaction} is kept, run again to try again." in result["msg"]
    assert os.path.exists(f"{target.layout.transaction}/content.tar")
    Path(f"{place}.away").rename(place)
    removed = target.absent()
    assert (removed["failed"], removed["changed"]) == (False, True), removed
    assert target.everything() == before


class Immutable:
    """Files that nobody can replace until they are freed."""

    def __init__(self) -> None:
        self.paths: list[Path] = []

    def command(self, path: Path) -> str:
        """Return the command that makes a file one; root needs more than modes for that."""
        self.paths.append(path)
        return f"chattr +i {path}" if ROOT else f"chmod 555 {path.parent}"

    def free(self) -> None:
        for path in self.paths:
            subprocess.run(["chattr", "-i", path] if ROOT else ["chmod", "755", path.parent], check=True)
        self.paths.clear()


@pytest.fixture
def immutable() -> Iterator[Immutable]:
    files = Immutable()
    yield files
    files.free()


def test_rollback_that_cannot_write(board: OddBoard, immutable: Immutable) -> None:
    before = board.everything()
    path = board.site / "google/protobuf/any_pb2.py"
    package = board.package(PACKAGE, LIBRARY, {"preinst": f"{immutable.command(path)}; exit 1"})
    result = board.present(board.options(NEW, package=package))
    assert (result["failed"], result["changed"], result["rolled_back"]) == (True, True, False), result
    assert str(path) in result["msg"] and f"its snapshot {board.layout.transaction} is kept" in result["msg"]
    assert board.imported() in (OLD, NEW)
    immutable.free()
    assert board.absent()["changed"]
    assert board.everything() == before


def test_file_that_cannot_be_replaced(board: OddBoard, immutable: Immutable) -> None:
    before = board.everything()
    subprocess.run(immutable.command(board.site / "google/protobuf/any_pb2.py").split(), check=True)
    result = board.present(board.options(NEW))
    assert result["failed"], result
    assert board.imported() == OLD
    immutable.free()
    board.absent()
    assert board.everything() == before


@pytest.mark.parametrize("name", ["usr/local/lib", "usr"])
def test_prefix_that_is_a_link(board: OddBoard, name: str) -> None:
    link, disk = board.root / name, board.root / "disk"
    if link.exists():
        link.rename(disk)
    else:
        disk.mkdir()
    link.symlink_to(disk)
    package = board.package(PACKAGE, LIBRARY)
    board.fails(package=package)
    before = board.everything()
    result = board.present(board.options(NEW, package=package, expected={"python_version": NEW, "linkage": "static"}))
    assert not result["failed"], result
    assert link.is_symlink()
    assert (board.prefix / "lib/libprotobuf.so.31").read_bytes() == LIBRARY["lib/libprotobuf.so.31"]
    assert board.absent()["changed"]
    assert board.everything() == before


@pytest.mark.parametrize("name", ["google", "google/protobuf", "google/protobuf/internal", f"protobuf-{OLD}.dist-info"])
def test_folder_inside_that_is_a_link(board: OddBoard, name: str) -> None:
    place, elsewhere = board.site / name, board.root / "elsewhere/folder"
    elsewhere.parent.mkdir()
    place.rename(elsewhere)
    place.symlink_to(elsewhere)
    before = board.everything()
    with pytest.raises(Refusal, match=f"^{place} is a link to {elsewhere}, .*: remove the link, then run again"):
        board.present(board.options(NEW))
    assert board.everything() == before
    assert not os.path.exists(board.layout.folder)


def test_metadata_of_the_new_one_that_is_a_link(board: OddBoard) -> None:
    elsewhere = board.root / "elsewhere"
    elsewhere.mkdir()
    (board.site / f"protobuf-{NEW}.dist-info").symlink_to(elsewhere)
    before = board.everything()
    with pytest.raises(Refusal, match="is a link to"):
        board.present(board.options(NEW))
    assert board.everything() == before


def test_files_inside_that_are_links(board: OddBoard) -> None:
    victim = board.root / "home"
    victim.mkdir()
    for name in ("google/protobuf/__init__.py", "google/protobuf/any_pb2.py", f"protobuf-{OLD}-py3.9-nspkg.pth"):
        (victim / name.replace("/", "-")).write_bytes((board.site / name).read_bytes())
        (board.site / name).unlink()
        (board.site / name).symlink_to(victim / name.replace("/", "-"))
    board.fails()
    board.comes_and_goes()


@pytest.mark.parametrize("depth", [0, 2])
def test_site_packages_that_is_a_link(board: OddBoard, depth: int) -> None:
    link = [board.site, *board.site.parents][depth]
    link.rename(board.root / "disk")
    link.symlink_to(board.root / "disk")
    before = board.everything()
    assert board.present(board.options(NEW, expected=WRONG))["rolled_back"]
    assert board.everything() == before
    assert not board.present(board.options(NEW))["failed"]
    assert board.imported() == NEW and link.is_symlink()
    assert board.absent()["changed"]
    assert board.everything() == before


def test_list_of_eggs_that_is_a_link(tree: OddBoard) -> None:
    develop(tree)
    path, elsewhere = tree.site / "easy-install.pth", tree.root / "home/easy-install.pth"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    before = tree.everything()
    changes = {"unlist_copies": [{"location": f"{tree.root}/home/src", "listed_in": str(path)}]}
    with pytest.raises(Refusal, match=f"^{path} is a link to {elsewhere}, .*: remove the link, then run again"):
        tree.present(tree.options(NEW, **changes))
    assert tree.everything() == before


def test_what_is_staged_and_installed_can_be_read_under_any_umask(
    board: OddBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []

    def look(self: Transaction) -> None:
        needed = {True: 0o555, False: 0o444}
        paths = [*board.site.glob(".jetfleet-*/**/google/**/*"), *board.site.glob("google/**/*")]
        assert len(paths) > 200
        closed.extend(str(path) for path in paths if ~path.stat().st_mode & needed[path.is_dir()])
        wait(self)

    wait = Transaction.wait
    monkeypatch.setattr(Transaction, "wait", look)
    mask = os.umask(0o077)
    try:
        assert not board.present(board.options(NEW))["failed"]
        assert board.absent()["changed"]
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(mask)
    assert closed == []


# Two compilations of one source note differently what they refer to more than once: loaded, they are equal.
_CODE = """
import glob, marshal, sys
for path in sorted(glob.glob(sys.argv[1] + "/google/**/*.pyc", recursive=True)):
    code = marshal.loads(open(path, "rb").read()[16:])
    print(path, code.co_filename, code.co_name, code.co_code, [c for c in code.co_consts if not hasattr(c, "co_code")])
"""


def test_what_pip_would_have_made(board: OddBoard) -> None:
    """Byte for byte, but for the times in byte code and the place of the wheel."""

    def made() -> Tree:
        found: Tree = {}
        for path in (
            path for name in ("google", "protobuf-*") for top in board.site.glob(name) for path in top.rglob("*")
        ):
            content = path.read_bytes() if path.is_file() else b""
            if path.suffix == ".pyc":
                content = content[:8]
            if path.name == "RECORD":
                content = b"".join(line for line in content.splitlines(True) if b"direct_url.json" not in line)
            found[str(path)] = (path.stat().st_mode, content if path.name != "direct_url.json" else b"")
        found["byte code"] = (board.installations.run(board.python, "-c", _CODE, board.site),)
        return found

    wheel = board.wheel(NEW)["path"]
    assert not board.present(board.options(NEW))["failed"]
    ours = made()
    board.installations.run(board.python, "-m", "pip", "check")
    board.installations.run(board.python, "-m", "pip", "uninstall", "-q", "-y", "protobuf")
    assert not [
        path for path in board.site.rglob("*") if path.is_file() and "protobuf" in str(path.relative_to(board.site))
    ]
    board.pip(wheel)
    assert made() == ours


class UserBoard(OddBoard):
    """A board whose interpreter is a virtual environment of a user, who notes each start of it."""

    def __init__(self, root: Path, installations: Installations, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(root, installations, None)
        shutil.rmtree(root / "venv")
        self.user = UserEnvironment(root, installations, "3.9", f"protobuf=={OLD}", "six==1.16.0")
        self.python, self.site = self.user.python, self.user.site
        for name in ("DPKG_ADMINDIR", "HOME", "LD_LIBRARY_PATH"):
            values = {"DPKG_ADMINDIR": self.packages.admin, "HOME": root, "LD_LIBRARY_PATH": self.user.libraries}
            monkeypatch.setenv(name, str(values[name]))
        monkeypatch.delenv("SUDO_USER", raising=False)
        monkeypatch.setitem(installations.environment, "LD_LIBRARY_PATH", str(self.user.libraries))

    def owners(self) -> set[int]:
        return {path.lstat().st_uid for path in (self.user.prefix, *self.user.prefix.rglob("*"))}


@pytest.fixture
def users(installations: Installations, monkeypatch: pytest.MonkeyPatch) -> Iterator[UserBoard]:
    root = Path(tempfile.mkdtemp(prefix="jetfleet-test-"))
    root.chmod(0o755)
    yield UserBoard(root / "board", installations, monkeypatch)
    shutil.rmtree(root)


def test_environment_of_a_user_stays_his(users: UserBoard) -> None:
    before = users.everything()
    users.user.starts()
    assert users.present(users.options(NEW, expected=WRONG))["rolled_back"]
    assert owners_only(users.user.starts())
    assert users.everything() == before
    assert not users.present(users.options(NEW))["failed"]
    assert owners_only(users.user.starts())
    assert users.owners() == {OWNER.pw_uid}
    assert users.absent()["changed"]
    assert owners_only(users.user.starts())
    assert users.everything() == before


def test_files_of_root_in_the_environment_of_a_user_are_refused(users: UserBoard) -> None:
    """As `sudo pip install` leaves them: the user can neither replace them nor give them back."""
    os.chown(users.site / "google/protobuf/message.py", 0, 0)
    before = users.everything()
    with pytest.raises(Refusal, match=r"message\.py belongs to root and not to .*: give it to that user with chown"):
        users.present(users.options(NEW))
    assert users.everything() == before
    assert not os.path.exists(users.layout.folder)


@pytest.fixture
def victim(users: UserBoard) -> Iterator[Path]:
    """A folder of root that the user can look into, which is the same in the end."""
    place = users.root / "roots"
    place.mkdir()
    (place / "file").write_text("of root")
    (place / "file").chmod(0o600)
    # Where all belongs to one user, only modes are in his way.
    place.chmod(0o755 if ROOT else 0o555)
    yield place
    place.chmod(0o755)
    assert [path.name for path in place.iterdir()] == ["file"]
    assert (place / "file").read_text() == "of root"
    assert (place / "file").stat().st_mode & 0o777 == 0o600


def test_links_that_a_user_laid(users: UserBoard, victim: Path) -> None:
    package = users.site / "google/protobuf"
    names = ("__init__.py", "any_pb2.py", f"../../protobuf-{OLD}-py3.9-nspkg.pth", "internal/decoder.py")
    for name in names:
        for suffix in (".jetfleet-new", ".dpkg-new", ".partial"):
            (package / f"{name}{suffix}").symlink_to(victim / "file")
    (package / "any_pb2.py").unlink()
    (package / "any_pb2.py").symlink_to(victim / "file")
    users.user.give(OWNER.pw_uid, OWNER.pw_gid)
    # Root may read where the link leads; as the user it cannot, so that nothing of it gets into a snapshot.
    assert not users.present(users.options(NEW))["failed"]
    assert users.owners() == {OWNER.pw_uid}
    assert b"of root" not in b"".join(path.read_bytes() for path in Path(users.layout.folder).rglob("*.tar"))
    assert users.absent()["changed"]
    assert os.readlink(package / "any_pb2.py") == str(victim / "file")


@pytest.mark.parametrize("name", ["google/protobuf/internal", "google/protobuf", "google"])
def test_folder_that_a_user_exchanges_for_a_link_meanwhile(
    users: UserBoard, victim: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, wait = users.site / name, Transaction.wait

    def lay(self: Transaction) -> None:
        if not place.is_symlink():
            place.rename(users.site / "away")
            place.symlink_to(victim)
            os.chown(place, OWNER.pw_uid, OWNER.pw_gid, follow_symlinks=False)
        wait(self)

    monkeypatch.setattr(Transaction, "wait", lay)
    result = users.present(users.options(NEW))
    assert result["failed"], result
    assert users.owners() == {OWNER.pw_uid}
