# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run what a change needs: lint of what it changes, and the unit tests of what it touches and what depends on that."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import subprocess
import sys
import textwrap
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

COLLECTION = "ansible_collections.jetfleet.protobuf."
LINK = Path(".nox/collections/ansible_collections/jetfleet/protobuf")
TOOLS = ".nox/controller/bin/"
NOX = ".nox/nox/bin/nox -s "
COMMANDS_AT_ONCE = 2
ORDER = ("ruff", "vermin", "yamllint", "pytest", "ansible-lint", "mypy", "antsibull-docs")
# With fewer files than this, starting a second process of pytest takes longer than it saves.
FILES_FOR_TWO = 7

# Files that work with others by name; the rest is prose and data.
CODE = re.compile(r".*\.py$|(?:roles|playbooks|tests|molecule|inventories)/.*\.(?:ya?ml|j2|sh|js|mk)$")
DATA = re.compile(r"roles/\w+/files/|tests/unit/fixtures/.*(?<!\.py)$")
FIXTURES = "tests/unit/fixtures/"
COMPOSED = ("fixtures", "roles")
PRODUCT = ("plugins/", "roles/", "playbooks/")
# The product knows nothing of these, whatever words it has in common with them.
AROUND_THE_PRODUCT = ("tests/", "molecule/", "benchmarks/")
DOCUMENTATION = ("DOCUMENTATION", "EXAMPLES", "RETURN")
WALK = re.compile(r"\b(?:r?glob|iterdir|listdir|walk|scandir|copytree)\(")
# A role or playbook where it is called; sentences name them too.
CALLED = re.compile(r"""(?m)(?:^|["']|: |- )jetfleet\.protobuf\.(\w+)(?=["',}]|\s*(?:#|$))""")

UNIT_TEST = re.compile(r"tests/unit/(?:.*/)?test_\w+\.py$")
# Short, and they look at files everywhere: headers, roles, examples.
ALWAYS = re.compile(r"tests/unit/test_\w+\.py$")
# What no file names and every test or tool depends on.
FOR_EVERY_TEST = ("pyproject.toml", "requirements/", "ansible.cfg", "meta/")
FOR_EVERY_TOOL = ("pyproject.toml", "requirements/", "vermin.ini", ".yamllint", ".ansible-lint", ".gitignore")

CONTROLLER_CODE = ("plugins/action", "plugins/filter", "plugins/plugin_utils")
BOARD_CODE = ("plugins/modules", "plugins/module_utils", "roles/python_protobuf/files")
# All but what .ansible-lint excludes.
ANSIBLE_CONTENT = re.compile(r"(?:roles|playbooks|plugins|molecule|inventories|meta)/|(?!docs/|changelogs/).*\.ya?ml$")
DOCUMENTED = re.compile(
    r"docs/docsite/|plugins/(?:modules|filter|action|doc_fragments)/|roles/\w+/meta/|meta/|galaxy\.yml"
)

DOCS = (
    "antsibull-docs",
    "lint-collection-docs",
    "--plugin-docs",
    "--skip-rstcheck",
    "--check-extra-docs-refs",
    "--validate-collection-refs=dependent",
    "--disallow-unknown-collection-refs",
    ".",
)

# Gates of `make test` that take longer, with what has to change for them to find something new.
FOR_ALL_GATES = ("requirements/", "noxfile.py", "ansible.cfg")
BOARDS = (*FOR_ALL_GATES, *PRODUCT, "molecule/", "inventories/containers")
MODULES = ("plugins/modules/", "plugins/module_utils/")
OTHER_GATES = {
    "boards": (*BOARDS, "tests/boards/"),
    "fleet": (*BOARDS, "tests/fleet/"),
    "jetpack": (*BOARDS, "tests/jetpack/"),
    "molecule": (*BOARDS, ".config/molecule/", "tests/gates/molecule.py"),
    "interpreters": (*FOR_ALL_GATES, *MODULES),
    "browser": (
        *FOR_ALL_GATES,
        "plugins/plugin_utils/_reports/page",
        "plugins/plugin_utils/_reports/html",
        "roles/drift/",
    ),
    "site": (*FOR_ALL_GATES, "docs/", "plugins/modules/", "plugins/filter/", "plugins/doc_fragments/", "roles/"),
    "integration": (*FOR_ALL_GATES, *MODULES, "plugins/action/", "tests/integration/"),
    "sanity": (*FOR_ALL_GATES, "plugins/", "tests/", "meta/", "changelogs/", "galaxy.yml"),
    "package": (
        *FOR_ALL_GATES,
        "galaxy",
        "meta/",
        "README.md",
        "LICENSE",
        "REUSE.toml",
        "playbooks/",
        "tests/gates/package.py",
    ),
}
# These gates run the tests of a folder, which may depend on a change elsewhere (in tests/support for example).
TESTS_OF_GATES = {
    "boards": "tests/boards/",
    "fleet": "tests/fleet/",
    "jetpack": "tests/jetpack/",
    "molecule": "molecule/",
    "interpreters": "tests/interpreters/",
    "browser": "tests/browser/",
}


@dataclass(frozen=True)
class Command:
    """A command of a gate, and how to repeat it."""

    arguments: tuple[str, ...]
    repeat: str


def git_files(*arguments: str) -> list[str]:
    """Return the paths that a git command lists."""
    done = subprocess.run(["git", *arguments, "-z", "--"], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr.strip())
    return [path for path in done.stdout.split("\0") if path]


def changed_files(base: str) -> list[str]:
    """Return what differs from the base: deleted files, both names of moved ones and untracked ones too."""
    untracked = git_files("ls-files", "--others", "--exclude-standard")
    return sorted({*git_files("diff", "--name-only", "--no-renames", base), *untracked})


def choose_base(arguments: list[str]) -> tuple[str, list[str]]:
    """Return the base and what differs from it; without an argument the last commit where nothing is uncommitted."""
    if arguments:
        return arguments[0], changed_files(arguments[0])
    if changed := changed_files("HEAD"):
        return "HEAD", changed
    return "HEAD~1", changed_files("HEAD~1")


def tree_files() -> list[str]:
    """Return the files that git tracks or would add."""
    listed = git_files("ls-files", "--cached", "--others", "--exclude-standard")
    return sorted({path for path in listed if Path(path).is_file()})


def names_of(path: str) -> set[str]:
    """Return the names under which other files may mention a file."""
    parts = path.split("/")
    folder, name, stem = parts[-2:][0], parts[-1], Path(path).stem
    ends = range(2, len(parts) + 1)
    # The whole path, its end, and its folders.
    names = {"/".join(parts[start:end]) for end in ends for start in range(end - 1)}
    names |= {f"walk {parts[0]}", name if "." in name else f"whole {name}"}
    if path.startswith("roles/"):
        # Every role has a main.yml: alone such a name means something in its own role only.
        names |= {f"called {parts[1]}", f"roles {parts[1]}", f"in {parts[1]} {name}"}
        if parts[2:3] not in (["files"], ["templates"]):
            names.discard(name)
    elif path.startswith("playbooks/"):
        names.add(f"called {stem}")
    elif path.startswith(FIXTURES):
        names.discard(f"whole {name}")
        names.add(f"fixtures {parts[3]}")
    if name.endswith(".py"):
        names |= {f"{folder}.{stem}", f"import {stem}"}
        if "_" in stem:
            # Others may be plain English.
            names.add(stem)
    return names


def imported_by(path: str, tree: ast.Module) -> set[str]:
    """Return the paths that the imports of a Python file may mean."""
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = COLLECTION + ".".join(path.split("/")[: -node.level]) if node.level else ""
            module = ".".join(filter(None, (above.rstrip("."), node.module)))
            modules |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    inside = [module.removeprefix(COLLECTION) for module in modules if module.startswith(COLLECTION)]
    return {module.replace(".", "/") + ".py" for module in inside}


def imported_by_program(path: str, text: str) -> set[str]:
    """Return the paths that the imports of a program in a string may mean."""
    if COLLECTION not in text:
        return set()
    try:
        return imported_by(path, ast.parse(text))
    except SyntaxError:
        return set()


def constants_of(tree: ast.Module) -> list[str]:
    """Return the strings that a Python file works with, which docstrings and documentation are not."""
    prose: set[ast.expr] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            prose.add(node.value)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            prose |= {node.value} if node.targets[0].id in DOCUMENTATION else set()
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in prose]
    return [node.value for node in constants if isinstance(node.value, str)]


def names_in(text: str) -> set[str]:
    """Return what may be names of files in a text."""
    names = set(re.findall(r"\w+", text))
    names |= set(re.findall(r"(?=\b(\w+\.\w+)\b)", text))
    names |= {f"import {module}" for module in re.findall(r"\b(?:import|from) (\w+)", text)}
    names |= {f"called {name}" for name in CALLED.findall(text)}
    for path in re.findall(r"[\w.-]+(?:/[\w.-]+)*", text):
        parts = path.rstrip(".").split("/")
        names |= {"/".join(parts[start:]) for start in range(len(parts))}
    return names


def names_in_python(path: str, text: str) -> set[str]:
    """Return what may be names of files in a Python file: in its imports and in its strings."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        # ruff says it better, and who depends on this file is known all the same.
        return set()
    constants = constants_of(tree)
    words = "\n".join(constants)
    names = imported_by(path, tree) | names_in(words) | {f"whole {constant}" for constant in constants}
    for constant in constants:
        names |= imported_by_program(path, constant)
    if WALK.search(text):
        names |= {f"walk {constant}" for constant in constants}
    for folder in COMPOSED:
        # Paths into these folders are made of parts.
        if re.search(rf"\b{folder}\b", text):
            names |= {f"{folder} {constant.rstrip('/')}" for constant in constants}
    return names


def mentions(path: str) -> set[str]:
    """Return the names of other files that a file imports or holds in its text."""
    text = Path(path).read_text(encoding="utf-8", errors="replace")
    names = names_in_python(path, text) if path.endswith(".py") else names_in(text)
    if path.startswith("roles/"):
        role = path.split("/")[1]
        names |= {f"in {role} {name}" for name in names}
    if path.startswith(("plugins/action/", "plugins/modules/")):
        # An action plugin runs the module of its own name.
        names.add(Path(path).stem)
    return names


def dependents(files: Iterable[str]) -> dict[str, set[str]]:
    """Return for each file, which may be a deleted one, those that import or mention it."""
    named: dict[str, set[str]] = defaultdict(set)
    for path in files:
        for name in names_of(path):
            named[name].add(path)
    found: dict[str, set[str]] = defaultdict(set)
    for path in files:
        if not CODE.match(path) or DATA.match(path) or not Path(path).is_file():
            continue
        targets = {target for name in mentions(path) for target in named.get(name, ())}
        # pytest reads these for every test below them.
        targets |= {str(folder / "conftest.py") for folder in Path(path).parents}
        for target in targets - {path}:
            if not (path.startswith(PRODUCT) and target.startswith(AROUND_THE_PRODUCT)):
                found[target].add(path)
    return found


def reached_from(changed: Iterable[str], graph: dict[str, set[str]]) -> set[str]:
    """Return the changed files and all that depend on them, through others too."""
    reached = set(changed)
    waiting = list(reached)
    while waiting:
        new = graph.get(waiting.pop(), set()) - reached
        reached |= new
        waiting += new
    return reached


def selected_tests(changed: Iterable[str], reached: set[str], files: Iterable[str]) -> list[str]:
    """Return the files with unit tests that a change needs."""
    tests = [path for path in files if UNIT_TEST.match(path)]
    if any(path.startswith(FOR_EVERY_TEST) for path in changed):
        return tests
    return [path for path in tests if path in reached or ALWAYS.match(path)]


def other_gates(changed: Iterable[str], reached: set[str]) -> list[str]:
    """Return the gates of `make test` that a change needs too and that take longer."""
    by_change = {gate for gate, prefixes in OTHER_GATES.items() if any(path.startswith(prefixes) for path in changed)}
    by_tests = {gate for gate, tests in TESTS_OF_GATES.items() if any(path.startswith(tests) for path in reached)}
    return sorted(by_change | by_tests)


def pytest_command(tests: list[str]) -> Command:
    """Return the command that runs the files with unit tests."""
    parallel = len(tests) >= FILES_FOR_TWO and importlib.util.find_spec("xdist")
    options = ("-n", "2", "--dist", "loadfile") if parallel else ()
    return Command(("pytest", *options, *tests), f"{NOX}unit -- {shlex.join(tests)}")


def mypy_command() -> Command:
    """Return the call of session python, with whose cache it is a matter of seconds."""
    # Through the link, and in full, as the session calls it: else mypy takes them for other files.
    folders = [path for path in (*CONTROLLER_CODE, "tests", "benchmarks", "molecule") if any(Path(path).rglob("*.py"))]
    checked = [str(LINK.absolute() / path) for path in (*folders, "noxfile.py", "conftest.py")]
    return Command(("mypy", *checked), f"{NOX}python")


def file_commands(python: list[str], board: list[str], yaml: list[str]) -> list[Command]:
    """Return the linters that look at one file at a time."""
    calls = {
        ("ruff", "check", "--force-exclude"): python,
        ("ruff", "format", "--check", "--force-exclude"): python,
        ("vermin", "--config-file", "vermin.ini", "--violations"): board,
        ("yamllint", "--strict"): yaml,
    }
    commands = [(*call, *paths) for call, paths in calls.items() if paths]
    return [Command(arguments, TOOLS + shlex.join(arguments)) for arguments in commands]


def lint_commands(changed: list[str]) -> list[Command]:
    """Return the linters that a change needs."""
    everything = any(path.startswith(FOR_EVERY_TOOL) for path in changed)
    there = [path for path in changed if Path(path).is_file()]
    python = [path for path in there if path.endswith(".py")]
    yaml = [path for path in there if path.endswith((".yml", ".yaml"))]
    board = [path for path in python if path.startswith(BOARD_CODE)]
    commands = file_commands(["."], [*BOARD_CODE], ["."]) if everything else file_commands(python, board, yaml)
    if everything or any(ANSIBLE_CONTENT.match(path) for path in changed):
        commands.append(Command(("ansible-lint", "--strict", "--nocolor"), f"{NOX}ansible"))
    if everything or any(path.endswith(".py") for path in changed):
        commands.append(mypy_command())
    if everything or any(DOCUMENTED.match(path) for path in changed):
        commands.append(Command(DOCS, f"{NOX}docs"))
    return commands


def run(command: Command) -> bool:
    """Run a command, show what it said, and return whether it succeeded."""
    start = time.monotonic()
    done = subprocess.run(
        command.arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    title = textwrap.shorten(shlex.join(command.arguments), 120, placeholder=" ...")
    ended = f"exit status {done.returncode}, {time.monotonic() - start:.1f} seconds"
    print(f"== {title}: {ended}\n{done.stdout}", end="", flush=True)
    return done.returncode == 0


def run_all(commands: list[Command]) -> list[Command]:
    """Run all the commands, two at a time, and return those that failed."""
    with ThreadPoolExecutor(COMMANDS_AT_ONCE) as pool:
        running = {pool.submit(run, command): command for command in commands}
        return [running[ended] for ended in as_completed(running) if not ended.result()]


def main(arguments: list[str]) -> int:
    """Check the change; return 0 when every command succeeded."""
    start = time.monotonic()
    base, changed = choose_base(arguments)
    if not changed:
        print(f"check: nothing differs from {base}")
        return 0
    shown = textwrap.shorten(" ".join(changed), 120, placeholder=" ...")
    print(f"check: what differs from {base}: {shown}", flush=True)
    files = tree_files()
    # What mentions a deleted file has to be tested as well.
    reached = reached_from(changed, dependents({*files, *changed}))
    tests = selected_tests(changed, reached, files)
    commands = lint_commands(changed)
    if tests:
        commands.append(pytest_command(tests))
    # What takes a second comes first, then the longest.
    commands.sort(key=lambda command: ORDER.index(command.arguments[0]))
    failed = run_all(commands)
    if gates := other_gates(changed, reached):
        print(f"check: this change also needs what only make test runs: {', '.join(gates)}")
    for command in failed:
        print(f"check: {command.arguments[0]} failed; repeat it with: {command.repeat}")
    counts = f"{len(changed)} files changed, {len(tests)} unit test files, {len(commands)} commands"
    print(f"check: {counts}, {time.monotonic() - start:.0f} seconds")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
