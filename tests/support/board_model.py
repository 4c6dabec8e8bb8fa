# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of boards: what may be true of one after each thing that can happen to it, with real pip and real dpkg.

The board is planned for as the controller does it, from its own facts, and the transaction gets what the plan says.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.gather import gather
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.installation import installation_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import owners
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure, Refusal
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.transfer import transaction_arguments
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.tests.support.artefacts import binary
from ansible_collections.jetfleet.protobuf.tests.support.board_model_scope import Scope
from ansible_collections.jetfleet.protobuf.tests.support.board_model_states import (
    PYTHON,
    Places,
    base_interpreter,
    make_state,
    open_base_interpreter,
)
from ansible_collections.jetfleet.protobuf.tests.support.board_model_wheels import VERSIONS, small_wheel
from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED, no_fault
from ansible_collections.jetfleet.protobuf.tests.support.import_watcher import import_once
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python
from ansible_collections.jetfleet.protobuf.tests.support.transactions import DEFAULTS, FakeBoard, Result
from ansible_collections.jetfleet.protobuf.tests.support.user_environment import OWNER
from ansible_collections.jetfleet.protobuf.tests.support.waiting import wait_for

Tree = dict[str, tuple[Any, ...]]
INTERPRETERS = ("venv", "user", "system")
# What makes an installation fail after it has begun.
FAULTS = ("module", "expectation", "pip", "dpkg")
# The kill comes where the transaction is about to change something for the given time. What pip and dpkg do then takes
# longer than to start them, so that there is a pause.
_KILL = """
import os, signal, sys, threading
left, pause, root = int(sys.argv[4]), float(sys.argv[5]), sys.argv[6]
def end():
    os.kill(os.getpid(), signal.SIGKILL)
def changes(event, arguments):
    if event == "open":
        flags = arguments[2]
        return isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR) and root in str(arguments[0])
    return event in ("subprocess.Popen", "ctypes.dlsym") or event.startswith("os.") and root in str(arguments)
def hook(event, arguments):
    global left
    if changes(event, arguments):
        left -= 1
        if left == 0:
            threading.Timer(pause, end).start() if event == "subprocess.Popen" and pause else end()
sys.addaudithook(hook)
"""


_HIDDEN = "/.jetfleet-"


class Violation(AssertionError):
    """A board is not what it must be."""


class Step(NamedTuple):
    """What happened: the outcome is done, nothing, refused, rolled back, failed or killed."""

    name: str
    outcome: str
    message: str


class ModelBoard(FakeBoard):
    """A board in a state of its own. interpreter: root's virtual environment, a user's, or the system's own Python."""

    def __init__(
        self, root: Path, installations: Installations, interpreter: str, installed: str | None, others: dict[str, str]
    ) -> None:
        super().__init__(root, installations, None)
        self.base = root / "usr"
        self.environment = {"HOME": str(root / "home")}
        (root / "home").mkdir()
        if interpreter == "user":
            self._copy_base(open_base_interpreter(installations))
            # The interpreter's own library lies there now.
            self.environment["LD_LIBRARY_PATH"] = str(self.base / "lib")
            (self.site / "pip").unlink()
            (self.base / self._library / "site-packages/pip").rename(self.site / "pip")
        else:
            self._copy_base(base_interpreter(installations))
        if interpreter == "system":
            self._be_base()
        else:
            self._use_base()
        library = self.base / self._library
        self._not_ours = {path for path in library.iterdir() if path.name != "site-packages"} | {self.site / "pip"}
        self.state = Places(
            root=root,
            site=self.site,
            distribution_site=self.base / "lib/python3/dist-packages",
            scripts=self.python.parent,
            prefix=self.prefix,
            packages=self.packages,
            environment=self.environment,
            installed=self._installed,
        )
        make_state(self.state, installed, others, VERSIONS[1])
        if interpreter == "user" and os.geteuid() == 0:
            for top in ("venv", "home", "opt", "mnt"):
                for path in (root / top, *(root / top).rglob("*")):
                    if path.exists():
                        os.chown(path, OWNER.pw_uid, OWNER.pw_gid, follow_symlinks=False)
        # Whoever used the interpreter before has compiled what its .pth files import.
        subprocess.run([self.python, "-c", ""], env=self.environment, check=True)

    _library = f"lib/python{PYTHON}"

    def _copy_base(self, base: Path) -> None:
        shutil.copytree(base, self.base, symlinks=True, dirs_exist_ok=True, copy_function=os.link)

    def _use_base(self) -> None:
        """Make the environment one of the board's own Python, which sees the distribution's packages."""
        (self.root / "venv/pyvenv.cfg").write_text(
            f"home = {self.base}/bin\ninclude-system-site-packages = true\nversion = {PYTHON}\n"
        )
        self.python.unlink()
        self.python.symlink_to(self.base / "bin" / self.python.name)

    def _be_base(self) -> None:
        site = self.base / self._library / "site-packages"
        shutil.copytree(self.site, site, symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(self.root / "venv")
        self.site, self.python = site, self.base / "bin" / self.python.name

    def _installed(self, version: str, extras: bool) -> Path:
        """Return a prefix that pip has installed a small wheel to; it is only read."""

        def make(place: Path) -> None:
            wheel = small_wheel(place.with_suffix(".wheels"), version, extras=extras)
            arguments = ("--no-index", "--no-deps", "--ignore-installed", "--prefix", place)
            self.installations.run(need_python(PYTHON), "-m", "pip", "install", "-q", *arguments, wheel)

        return self.installations.once(f"small-{version}-{extras}", make)

    def whole_tree(self) -> Tree:
        """Return everything on the board but what the collection keeps, dpkg's database and a test's own files."""
        own = {self.packages.root, Path(self.layout.folder), self.root / "made", *self._not_ours}
        found: Tree = {}
        for folder, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if Path(folder, name) not in own]
            # The packages that a test makes lie beside the folders of the board.
            for path in (Path(folder, name) for name in folders + (files if folder != str(self.root) else [])):
                state = path.lstat()
                kind = "folder"
                content: bytes | str | None = None
                if path.is_symlink():
                    kind, content = "link", os.readlink(path)
                elif path.is_file():
                    kind, content = "file", path.read_bytes()
                when = state.st_mtime_ns if kind == "file" else None
                found[str(path)] = (kind, state.st_mode, state.st_uid, state.st_gid, when, content)
        return found

    def known_packages(self) -> str:
        """Return what dpkg knows of its packages."""
        command = ["dpkg-query", f"--admindir={self.packages.admin}", "-W", "-f", "${Package} ${Version} ${Status}\n"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    @contextlib.contextmanager
    def own_environment(self) -> Iterator[None]:
        """Have this process run as one on the board."""
        own = self.environment | {"DPKG_ADMINDIR": str(self.packages.admin)}
        with mock.patch.dict(os.environ, own):
            os.environ.pop("SUDO_USER", None)
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
            if "PYTHONPATH" not in self.environment:
                os.environ.pop("PYTHONPATH", None)
            yield

    def imported(self) -> tuple[str | None, str]:
        """Return the version that an import finds, None and the reason where there is none."""
        return import_once(self.python, self.environment)

    def all_facts(self) -> Any:
        """Return the facts that a plan needs, of this board and of nothing else on this machine."""
        subsets = ["board", "python", "module", "packages"]
        found = gather(DEFAULTS | {"executable": str(self.python), "gather_subset": subsets})
        found["installation"] = installation_facts(found["packages"], owners, self.layout)
        return found | {"libraries": []}

    def planned(self, facts: Any, version: str, *, constraint: bool, adopt: bool) -> Any:
        """Return the plan for a version of PyPI's on a board with these facts."""
        desired = DESIRED | {"version": version, "wheel": "pypi", "executable": str(self.python), "adopt": adopt}
        return make_plan(facts, desired | {"pip_constraint": constraint}, lambda _key: None, no_fault)

    def options_of(self, plan: Any, places: Result, constraint: bool) -> Result:
        """Return the options of the transaction that a plan leads to."""
        given = {"executable": str(self.python), "constraint": constraint}
        return DEFAULTS | transaction_arguments(plan, given, places)

    def made_wheel(self, version: str, fault: str | None, *, extras: bool) -> Result:
        """Return the option wheel for a small one; with a fault of the module or of pip it cannot be had."""
        place = self.root / "made" / f"{version}-{fault}-{extras}"
        return self.file(small_wheel(place, version, fault=fault, extras=extras), version)

    def made_package(self, version: str, fault: str | None) -> Result:
        """Return the option package; one with a fault of dpkg refuses to be installed."""
        number = VERSIONS.index(version) + 29
        files = {f"lib/libprotobuf.so.{number}": binary(version.encode()), "include/google/protobuf/any.h": b"header"}
        scripts = {"preinst": "exit 1"} if fault == "dpkg" else None
        shutil.rmtree(self.root / f"tree-{version}+jetfleet.1", ignore_errors=True)
        return self.package(f"{version}+jetfleet.1", files, scripts)


class Seen(NamedTuple):
    """A board at one moment."""

    tree: Tree
    packages: str
    version: str | None
    scope: Scope

    def differences(self, other: Seen) -> list[str]:
        """Return the paths that are not the same on both, and the packages where these are not.

        What a run prepares in hidden places is none of it.
        """
        paths = {path for path in {*self.tree, *other.tree} if self.tree.get(path) != other.tree.get(path)}
        paths = {path for path in paths if _HIDDEN not in path}
        return sorted(paths | ({"dpkg"} if self.packages != other.packages else set()))


class Model:
    """Does things to a board and raises a Violation where it is not what it must be."""

    def __init__(self, board: ModelBoard) -> None:
        self.board = board
        self.steps: list[Step] = []
        # The board before the collection came, and before a run that was killed.
        self._original: Seen | None = None
        self._unfinished: Seen | None = None
        # What the user changed since the collection came; whether the module is the user's since.
        self._touched: set[str] = set()
        self._is_theirs = False
        # Whether the user has what was installed by hand taken over.
        self._adopts = False

    @property
    def is_unfinished(self) -> bool:
        """Return whether a killed run has not been finished or undone yet."""
        return self._unfinished is not None

    def install(
        self,
        version: str,
        fault: str | None = None,
        package: bool = False,
        extras: bool = False,
        constraint: bool = False,
        kill: tuple[int, float] | None = None,
    ) -> Step:
        """Do what the plan for a version says, which fails or is killed on demand."""
        name = f"install({version!r}, {fault=}, {package=}, {extras=}, {constraint=}, {kill=})"
        with self.board.own_environment():
            before = self._see()
            facts = self.board.all_facts()
            # A killed run must not make a board look as if somebody had installed by hand.
            if not self.is_unfinished:
                self._adopts = bool(facts["installation"]["handmade"])
            plan = self.board.planned(facts, version, constraint=constraint, adopt=self._adopts)
            places = {}
            if any(action["action"] == "install_module" for action in plan["actions"]):
                places["wheel"] = self.board.made_wheel(version, fault, extras=extras)
            if package:
                places["package"] = self.board.made_package(version, fault)
            options = self.board.options_of(plan, places, constraint)
            if fault == "expectation":
                options["expected"] = options["expected"] | {"python_version": "9.9.9"}
            if plan["refusals"]:
                self._check("by hand" not in plan["refusals"][0], plan["refusals"][0])
                return self._refused(name, plan["refusals"][0], before)
            if not places and not plan["actions"]:
                return self._refused(name, "nothing to do", before)
            self._original = self._original or before
            return self._run(name, "present", options, kill, before)

    def remove(self, kill: tuple[int, float] | None = None) -> Step:
        """Remove what the collection installed."""
        with self.board.own_environment():
            before = self._see()
            options = DEFAULTS | {"executable": str(self.board.python)}
            return self._run(f"remove({kill=})", "absent", options, kill, before)

    def user_installs(self, version: str) -> Step:
        """Have the user run pip, which may do what it likes."""
        wheel = self.board.made_wheel(version, None, extras=False)["path"]
        return self._user_runs_pip(f"user_installs({version!r})", "install", "-U", "--no-index", "--no-deps", wheel)

    def user_uninstalls(self) -> Step:
        """Have the user run pip to be rid of protobuf."""
        return self._user_runs_pip("user_uninstalls()", "uninstall", "-y", "protobuf")

    def _user_runs_pip(self, name: str, *arguments: str) -> Step:
        before = self._see()
        environment = os.environ | self.board.environment | {"PIP_ROOT_USER_ACTION": "ignore"}
        command: list[str | Path] = [self.board.python, "-m", "pip", *arguments]
        ended = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)
        changed = before.differences(self._see())
        self._touched.update(changed)
        self._is_theirs |= bool(changed)
        return self._note(name, "done", ended.stderr.strip())

    def _run(self, name: str, state: str, options: Result, kill: tuple[int, float] | None, before: Seen) -> Step:
        try:
            if kill:
                result = self._killed(state, options, kill)
            elif state == "present":
                result = self.board.present(options)
            else:
                result = self.board.absent()
        except (Refusal, Failure, OSError) as error:
            return self._refused(name, str(error), before)
        after = self._see()
        self._check_import(before, after, removed=state == "absent")
        if result is None:
            self._unfinished = self._unfinished or before
            self._check_scope(before, after)
            return self._note(name, "killed", "")
        self._check_truth(result, after)
        if result["failed"]:
            self._check(result["rolled_back"], result["msg"])
            self._check_same(after, [before, self._unfinished or before])
            self._settle(after)
            return self._note(name, "rolled back", result["msg"])
        if state == "present":
            self._check_scope(before, after)
            wanted = options["expected"].get("python_version")
            self._check(wanted in (None, after.version), f"it succeeded with {after.version} instead of {wanted}")
            if options["wheel"]:
                self._check_installed(options["wheel"])
            self._is_theirs = False
        else:
            self._check_removed(before, after)
        self._settle(after)
        return self._note(name, "done", "")

    def _killed(self, state: str, options: Result, kill: tuple[int, float]) -> Result | None:
        """Run in a process of its own, that ends early; return its result where it ended first."""
        root = str(self.board.root)
        # Its environment is that of the board, which says nothing of this checkout.
        path = f"import sys\nsys.path[:] = {sys.path!r}\n"
        process = self.board.start(state, options, path + _KILL, [str(kill[0]), str(kill[1]), root])
        output, errors = process.communicate()
        wait_for(lambda: not _processes_about(root), 60)
        if process.returncode == -signal.SIGKILL:
            return None
        if process.returncode:
            kind, _colon, sentence = errors.strip().splitlines()[-1].partition(": ")
            raise Refusal(sentence) if kind.endswith(("Refusal", "Failure", "Error")) else Violation(errors)
        result: Result = json.loads(output)
        return result

    def _refused(self, name: str, sentence: str, before: Seen) -> Step:
        self._check_same(self._see(), [before])
        return self._note(name, "refused", sentence)

    def _settle(self, after: Seen) -> None:
        """Forget what is over: a run that was killed, and all that was before where the board is not managed."""
        self._unfinished = None
        hidden = [path for path in after.tree if _HIDDEN in path]
        self._check(not hidden, f"the run left {_shown(hidden)}")
        left = {path.name for path in Path(self.board.layout.folder).glob("*")}
        kept = {"lock", "state.json", "original", "packages", "constraints.txt"}
        self._check(left <= kept, f"the run left {', '.join(sorted(left - kept))}")
        if self.board.layout.read_state() is None:
            self._check(not os.path.exists(self.board.layout.folder), "the folder of an unmanaged board is left")
            self._original, self._is_theirs = None, False
            self._touched.clear()

    def _see(self) -> Seen:
        board = self.board
        scope = Scope(board.root, board.site, board.python.parent, board.prefix)
        return Seen(board.whole_tree(), board.known_packages(), board.imported()[0], scope)

    def _check(self, holds: bool, sentence: str) -> None:
        if not holds:
            raise Violation(sentence)

    def _check_import(self, before: Seen, after: Seen, *, removed: bool) -> None:
        # A run may go back to what was before a killed one, or before the collection came.
        moments = [before, self._unfinished, self._original if removed else None]
        needed = all(one.version for one in moments if one)
        self._check(not needed or bool(after.version), f"nothing can be imported: {self.board.imported()[1]}")

    def _check_same(self, after: Seen, wanted: list[Seen]) -> None:
        """Check that the board is again what it was at one of these moments."""
        found = [one.differences(after) for one in wanted]
        self._check(not all(found), f"not as before: {_shown(found[0])}")

    def _check_scope(self, before: Seen, after: Seen) -> None:
        outside = [path for path in before.differences(after) if path != "dpkg"]
        outside = [path for path in outside if not before.scope.allows(path) and not after.scope.allows(path)]
        self._check(not outside, f"changed although it is not protobuf's: {_shown(outside)}")
        kept = self._others_lines(before) - self._others_lines(after)
        self._check(not kept, f"lines of others are gone from easy-install.pth: {kept}")

    def _check_installed(self, wheel: Result) -> None:
        """Check that pip's list of the files is what pip itself makes of the wheel, and what is there."""
        record = self.board.site / f"protobuf-{wheel['version']}.dist-info/RECORD"
        rows = list(csv.reader(record.read_text().splitlines()))
        names = {row[0] for row in rows}
        with zipfile.ZipFile(wheel["path"]) as archive:
            inside = {name.rpartition(".data/scripts/")[2] for name in archive.namelist()}
        inside = {name if "/" in name or name.endswith(".pth") else f"../../../bin/{name}" for name in inside}
        lacking = inside - names
        self._check(not lacking, f"RECORD lacks {sorted(lacking)}")
        for name, noted, _size in rows:
            # As pip reads it: where site-packages is a link, the file system would look beside what that leads to.
            path = Path(os.path.normpath(self.board.site / name))
            self._check(path.is_file(), f"RECORD lists {name}, which is not there")
            content = path.read_bytes()
            same = noted in ("", f"sha256={urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip('=')}")
            self._check(same, f"RECORD has another sum for {name}")
            self._check(_HIDDEN.encode() not in content, f"{name} names the place where it was made")
            source = path.suffix == ".py" and name.startswith("google/")
            compiled = f"{Path(name).parent}/__pycache__/{path.stem}.cpython-39.pyc"
            self._check(not source or compiled in names, f"RECORD lacks {compiled}")

    def _others_lines(self, seen: Seen) -> set[bytes]:
        entry = seen.tree.get(f"{self.board.site.resolve()}/easy-install.pth")
        return {line for line in (entry[-1] if entry else b"").splitlines() if line.startswith(b"./six")}

    def _check_removed(self, before: Seen, after: Seen) -> None:
        if self._original is None:
            self._check_same(after, [before])
            return
        found = [path for path in self._original.differences(after) if path not in self._touched]
        if self._is_theirs:
            self._check(after.version == before.version, f"the user's {before.version} became {after.version}")
            found = [path for path in found if not self._original.scope.allows(path)]
        self._check(not found, f"not as before the first installation: {_shown(found)}")

    def _check_truth(self, result: Result, after: Seen) -> None:
        module = result["ansible_facts"]["jetfleet"]["module"]
        found = module["version"] if module["status"] == "ok" else None
        self._check(found == after.version, f"facts say {found} and {after.version} is imported")
        if result["rolled_back"]:
            end = f"put back to protobuf {found} (backend {module['backend']})." if found else "put back to "
            self._check(end in result["msg"], result["msg"])

    def _note(self, name: str, outcome: str, message: str) -> Step:
        self.steps.append(Step(name, outcome, message))
        return self.steps[-1]


def _shown(paths: list[str]) -> str:
    return f"{len(paths)} paths, {', '.join(paths[:6])}"


def _processes_about(root: str) -> list[str]:
    """Return the commands of other processes that name a place below the root."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if root in command and int(path.parent.name) != os.getpid():
                found.append(command)
    return found
