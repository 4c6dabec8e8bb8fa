# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make check` selects is all that a change can break, and what fails is named."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.gates import check

ROOT = Path(__file__).parents[3]
UTILS = "ansible_collections.jetfleet.protobuf.plugins.module_utils"
FILES = {
    "pyproject.toml": "",
    "docs/docsite/rst/guide.rst": "wire and graph_info",
    "plugins/module_utils/_graph/wire.py": "",
    "plugins/module_utils/_graph/contents.py": f"from {UTILS}._graph import wire\n",
    "plugins/module_utils/_graph/relative.py": "from .wire import x\n",
    "plugins/module_utils/_scripts/load_graph.py": "",
    "plugins/module_utils/_facts/load.py": f"from {UTILS}._scripts import load_graph\n",
    "plugins/modules/graph_info.py": f"DOCUMENTATION = 'see lonely_module'\nimport {UTILS}._graph.contents\n",
    "plugins/modules/lonely_module.py": "",
    "plugins/action/graph_info.py": "",
    "roles/survey/tasks/main.yml": "# small_source\n- jetfleet.protobuf.graph_info:\n- import_tasks: look.yml\n",
    "roles/survey/tasks/look.yml": "---\n",
    "roles/survey/defaults/main.yml": "---\n",
    "roles/drift/files/rules.yml": "playbook: jetfleet.protobuf.rollout\n",
    "roles/drift/tasks/look.yml": "---\n",
    "roles/README.md": "",
    "playbooks/rollout.yml": "---\n- ansible.builtin.import_role: {name: jetfleet.protobuf.survey}\n",
    "tests/support/keys.py": "",
    "tests/support/small_source.py": "",
    "tests/support/plays.py": "PLUGINS = 'jetfleet_results'\n",
    "tests/support/callback/jetfleet_results.py": "",
    "tests/unit/conftest.py": "",
    "tests/unit/test_headers.py": "",
    "tests/unit/fixtures/os_release/model": "",
    "tests/unit/plugins/test_wire.py": f"from {UTILS}._graph.wire import x\n",
    "tests/unit/plugins/test_graph.py": f"from {UTILS}._graph import contents\n",
    "tests/unit/plugins/test_relative.py": f"from {UTILS}._graph import relative\n",
    "tests/unit/plugins/test_load.py": f"from {UTILS}._facts import load\n",
    "tests/unit/plugins/test_module.py": "def test(run_module): run_module('graph_info')\n",
    "tests/unit/plugins/test_action.py": "from ansible_collections.jetfleet.protobuf.plugins.action import graph_info\n",
    "tests/unit/plugins/test_playbook.py": "play(['jetfleet.protobuf.rollout'])\n",
    "tests/unit/plugins/test_sentence.py": "'''As wire.'''\nassert says('keys: run jetfleet.protobuf.rollout first', 'model')\n",
    "tests/unit/plugins/test_keys.py": "from ansible_collections.jetfleet.protobuf.tests.support import keys\n",
    "tests/unit/plugins/test_play.py": "from ansible_collections.jetfleet.protobuf.tests.support.plays import play\n",
    "tests/unit/plugins/test_rules.py": "RULES = files_of('drift') / 'rules.yml'\n",
    "tests/unit/plugins/test_tasks.py": "TASKS = ROOT / 'roles/survey/tasks/main.yml'\n",
    "tests/unit/plugins/test_defaults.py": "roles = ['survey']\nPath(f'{role}/defaults')\n",
    "tests/unit/plugins/test_fixtures.py": "def test(fixtures): fixtures / 'os_release'\n",
    "tests/unit/plugins/test_walk.py": "list((ROOT / 'plugins').rglob('*.py'))\n",
    "tests/unit/plugins/test_program.py": "PROGRAM = 'import keys'\n",
    "tests/fleet/test_keys.py": "from ansible_collections.jetfleet.protobuf.tests.support import keys\n",
}
EVERY_TEST = {name for name in FILES if name.startswith("tests/unit/") and "/test_" in name}
ROLE_TESTS = "playbook defaults"
MODULE_TESTS = f"module action tasks walk {ROLE_TESTS}"


class Checkout:
    """A small git repository in the shape of this one."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def git(self, *arguments: str) -> None:
        own = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *own, *arguments], cwd=self.root, check=True, capture_output=True)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "x")

    def append(self, name: str) -> None:
        with (self.root / name).open("a") as stream:
            stream.write("# changed\n")

    def selected(self, *arguments: str) -> set[str]:
        _base, changed = check.choose_base([*arguments])
        files = check.tree_files()
        reached = check.reached_from(changed, check.dependents({*files, *changed}))
        return set(check.selected_tests(changed, reached, files))


def selection(words: str) -> set[str]:
    """Return the files with tests of those names, and the one that is always run."""
    return {f"tests/unit/plugins/test_{word}.py" for word in words.split()} | {"tests/unit/test_headers.py"}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    made = Checkout(tmp_path / "checkout")
    for name, text in FILES.items():
        made.write(name, text)
    made.git("init", "--quiet")
    made.commit()
    monkeypatch.chdir(made.root)
    return made


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        ("docs/docsite/rst/guide.rst", ""),
        ("plugins/module_utils/_graph/wire.py", f"wire graph relative {MODULE_TESTS}"),
        ("plugins/module_utils/_graph/contents.py", f"graph {MODULE_TESTS}"),
        ("plugins/module_utils/_scripts/load_graph.py", "load walk"),
        ("plugins/modules/graph_info.py", MODULE_TESTS),
        ("plugins/modules/lonely_module.py", "walk"),
        ("plugins/action/graph_info.py", MODULE_TESTS),
        ("roles/survey/tasks/look.yml", f"tasks {ROLE_TESTS}"),
        ("roles/survey/defaults/main.yml", ROLE_TESTS),
        ("roles/drift/files/rules.yml", "rules"),
        ("roles/drift/tasks/look.yml", ""),
        ("roles/README.md", ""),
        ("playbooks/rollout.yml", "playbook"),
        ("tests/support/keys.py", "keys program"),
        ("tests/support/small_source.py", ""),
        ("tests/support/callback/jetfleet_results.py", "play"),
        ("tests/unit/fixtures/os_release/model", "fixtures"),
        ("tests/unit/plugins/test_load.py", "load"),
    ],
)
def test_a_change_selects_the_tests_that_depend_on_it(checkout: Checkout, changed: str, tests: str) -> None:
    checkout.append(changed)
    assert checkout.selected() == selection(tests)


@pytest.mark.parametrize(
    "changed", ["pyproject.toml", "tests/unit/conftest.py", "conftest.py", "requirements/test.txt"]
)
def test_what_every_test_depends_on_selects_them_all(checkout: Checkout, changed: str) -> None:
    checkout.write(changed, "# changed\n")
    assert checkout.selected() == EVERY_TEST


def test_a_conftest_of_a_folder_selects_the_tests_in_it(checkout: Checkout) -> None:
    checkout.write("tests/fleet/conftest.py", "")
    assert checkout.selected() == selection("")
    checkout.write("tests/unit/plugins/conftest.py", "")
    assert checkout.selected() == EVERY_TEST


def test_a_deleted_file_selects_who_named_it(checkout: Checkout) -> None:
    (checkout.root / "plugins/module_utils/_scripts/load_graph.py").unlink()
    assert checkout.selected() == selection("load walk")


def test_a_moved_file_selects_who_named_it(checkout: Checkout) -> None:
    checkout.git("mv", "tests/support/keys.py", "tests/support/locks.py")
    assert checkout.selected() == selection("keys program")


def test_a_deleted_test_is_not_run(checkout: Checkout) -> None:
    (checkout.root / "tests/unit/plugins/test_load.py").unlink()
    assert checkout.selected() == selection("")


def test_an_untracked_file_counts_and_an_ignored_one_does_not(checkout: Checkout) -> None:
    checkout.write(".gitignore", "test_ignored.py\n")
    checkout.commit()
    for name in ("new", "ignored"):
        checkout.write(f"tests/unit/plugins/test_{name}.py", "")
    assert checkout.selected() == selection("new")


def test_a_file_that_cannot_be_parsed_keeps_who_depends_on_it(checkout: Checkout) -> None:
    checkout.write("plugins/module_utils/_facts/load.py", "def (")
    assert checkout.selected() == selection("load walk")


def test_the_last_commit_is_looked_at_where_nothing_is_uncommitted(checkout: Checkout) -> None:
    checkout.append("plugins/module_utils/_scripts/load_graph.py")
    checkout.commit()
    assert checkout.selected() == selection("load walk")
    checkout.append("roles/drift/files/rules.yml")
    assert checkout.selected() == selection("rules")
    assert checkout.selected("HEAD~1") == selection("load walk rules")


@pytest.mark.parametrize("base", ["no_such_base", "tests"])
@pytest.mark.usefixtures("checkout")
def test_what_is_no_commit_is_refused_as_base(base: str) -> None:
    with pytest.raises(SystemExit, match=base):
        check.main([base])


class Bench:
    """Tools that write down how they were called, and fail where they are told to."""

    def __init__(self, checkout: Checkout, tools: Path) -> None:
        self.checkout = checkout
        self.calls_file = tools / "calls"
        self.failing = tools / "failing"
        tools.mkdir()
        for tool in check.ORDER:
            script = f'#!/bin/sh\necho "${{0##*/}} $*" >> {self.calls_file}\necho said by "${{0##*/}}"\n'
            (tools / tool).write_text(f'{script}! grep -q "^${{0##*/}}$" {self.failing}\n')
            (tools / tool).chmod(0o755)
        self.failing.touch()
        (checkout.root / check.LINK.parent).mkdir(parents=True)
        (checkout.root / check.LINK).symlink_to(checkout.root)
        checkout.write(".gitignore", "/.nox/\n")
        checkout.commit()

    def calls(self) -> set[str]:
        return set(self.calls_file.read_text().splitlines()) if self.calls_file.exists() else set()

    def tools(self) -> set[str]:
        return {call.split()[0] for call in self.calls()}


@pytest.fixture
def bench(checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}{os.pathsep}{os.environ['PATH']}")
    return Bench(checkout, tmp_path / "tools")


def test_only_what_changed_is_linted_and_the_rest_as_the_gates_do_it(bench: Bench) -> None:
    changed = "plugins/module_utils/_scripts/load_graph.py"
    bench.checkout.append(changed)
    assert check.main([]) == 0
    link = bench.checkout.root / check.LINK
    assert bench.calls() == {
        f"ruff check --force-exclude {changed}",
        f"ruff format --check --force-exclude {changed}",
        f"vermin --config-file vermin.ini --violations {changed}",
        "ansible-lint --strict --nocolor",
        f"mypy {link}/plugins/action {link}/tests {link}/noxfile.py {link}/conftest.py",
        "pytest tests/unit/plugins/test_load.py tests/unit/plugins/test_walk.py tests/unit/test_headers.py",
    }


@pytest.mark.parametrize(
    ("changed", "tools"),
    [
        ("README.md", {"pytest"}),
        ("docs/docsite/rst/guide.rst", {"pytest", "antsibull-docs"}),
        ("docs/docsite/links.yml", {"pytest", "antsibull-docs", "yamllint"}),
        ("tests/boards/hosts.yml", {"pytest", "yamllint", "ansible-lint"}),
        ("roles/drift/tasks/main.yml", {"pytest", "yamllint", "ansible-lint"}),
        ("roles/drift/meta/argument_specs.yml", {"pytest", "yamllint", "ansible-lint", "antsibull-docs"}),
        ("roles/drift/templates/drift.html.j2", {"pytest", "ansible-lint"}),
        ("benchmarks/drift_cost.py", {"pytest", "ruff", "mypy"}),
        ("plugins/modules/graph_info.py", {*check.ORDER} - {"yamllint"}),
        ("requirements/lint.txt", {*check.ORDER}),
    ],
)
def test_a_change_is_seen_by_the_tools_that_look_at_it(bench: Bench, changed: str, tools: set[str]) -> None:
    bench.checkout.write(changed, "--- # changed\n")
    check.main([])
    assert bench.tools() == tools


def test_a_deleted_file_is_not_linted_but_may_be_missed(bench: Bench) -> None:
    (bench.checkout.root / "tests/support/keys.py").unlink()
    check.main([])
    assert bench.tools() == {"mypy", "pytest"}
    tests = " ".join(
        f"tests/unit/{name}" for name in ("plugins/test_keys.py", "plugins/test_program.py", "test_headers.py")
    )
    assert f"pytest {tests}" in bench.calls()


@pytest.mark.parametrize(
    ("tool", "repeat"),
    [
        ("ruff", ".nox/controller/bin/ruff check --force-exclude tests/unit/test_headers.py"),
        ("mypy", ".nox/nox/bin/nox -s python"),
        ("pytest", ".nox/nox/bin/nox -s unit -- tests/unit/test_headers.py"),
    ],
)
def test_what_fails_is_named_and_the_others_are_run_all_the_same(
    bench: Bench, capfd: pytest.CaptureFixture[str], tool: str, repeat: str
) -> None:
    bench.checkout.append("tests/unit/test_headers.py")
    bench.failing.write_text(f"{tool}\n")
    assert check.main([]) == 1
    assert bench.tools() == {"ruff", "mypy", "pytest"}
    lines = capfd.readouterr().out.splitlines()
    assert f"check: {tool} failed; repeat it with: {repeat}" in lines
    assert all(line.split()[1] == tool for line in lines if " failed; " in line)
    assert lines.count("said by mypy") == 1
    assert lines[0] == "check: what differs from HEAD: tests/unit/test_headers.py"
    assert lines[-1].startswith("check: 1 files changed, 1 unit test files, 4 commands, ")


def test_nothing_changed_is_no_failure(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    assert check.main(["HEAD"]) == 0
    assert capfd.readouterr().out == "check: nothing differs from HEAD\n"
    assert bench.calls() == set()


@pytest.mark.parametrize(("files", "installed", "parallel"), [(6, True, False), (7, True, True), (7, False, False)])
def test_many_files_are_shared_by_two_processes_where_that_is_possible(
    monkeypatch: pytest.MonkeyPatch, files: int, installed: bool, parallel: bool
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object() if installed else None)
    command = check.pytest_command([f"test_{number}.py" for number in range(files)])
    assert (command.arguments[1:5] == ("-n", "2", "--dist", "loadfile")) == parallel
    assert command.arguments[-files:] == tuple(f"test_{number}.py" for number in range(files))


@pytest.mark.parametrize(
    ("changed", "gates"),
    [
        ("docs/docsite/rst/guide.rst", "site"),
        ("roles/survey/tasks/main.yml", "boards fleet jetpack molecule site"),
        ("roles/drift/templates/drift.js", "boards browser fleet jetpack molecule site"),
        ("plugins/filter/_build_steps.py", "boards fleet jetpack molecule sanity site"),
        ("plugins/module_utils/_graph/wire.py", "boards fleet integration interpreters jetpack molecule sanity"),
        ("plugins/plugin_utils/_reports/page.py", "boards browser fleet jetpack molecule sanity"),
        ("molecule/default/create.yml", "boards fleet jetpack molecule"),
        ("meta/runtime.yml", "package sanity"),
        ("tests/support/keys.py", "fleet sanity"),
        ("requirements/test.txt", "boards browser fleet integration interpreters jetpack molecule package sanity site"),
    ],
)
def test_the_gates_that_a_change_needs_too_are_named(
    bench: Bench, capfd: pytest.CaptureFixture[str], changed: str, gates: str
) -> None:
    bench.checkout.write(changed, "# changed\n")
    check.main([])
    told = [line for line in capfd.readouterr().out.splitlines() if "only make test runs" in line]
    expected = f"check: this change also needs what only make test runs: {', '.join(gates.split())}"
    assert told == ([expected] if gates else [])


class Graph:
    """What depends on what in this checkout."""

    def __init__(self) -> None:
        self.files = check.tree_files()
        self.dependents = check.dependents(self.files)

    def selected(self, changed: str) -> list[str]:
        return check.selected_tests([changed], check.reached_from([changed], self.dependents), self.files)

    def plugins_with_tests(self) -> dict[str, str]:
        """Return the files with tests of the plugins that have one."""
        found: dict[str, str] = {}
        for test in (path for path in self.files if path.startswith("tests/unit/plugins/")):
            folder, _slash, name = test.removeprefix("tests/unit/").rpartition("/")
            stem = name.removeprefix("test_")
            found |= {plugin: test for plugin in (f"{folder}/{stem}", f"{folder}/_{stem}") if plugin in self.files}
        return found


@pytest.fixture
def graph(monkeypatch: pytest.MonkeyPatch) -> Graph:
    monkeypatch.chdir(ROOT)
    return Graph()


def test_a_plugin_of_this_checkout_selects_its_own_test(graph: Graph) -> None:
    plugins = graph.plugins_with_tests()
    assert len(plugins) > 50
    assert [plugin for plugin, test in plugins.items() if test not in graph.selected(plugin)] == []


def test_a_change_of_this_checkout_goes_through_what_is_between(graph: Graph) -> None:
    assert {
        "tests/unit/plugins/module_utils/_graph/test_contents.py",
        "tests/unit/plugins/module_utils/_graph/test_verify.py",
        "tests/unit/plugins/module_utils/_facts/test_graphs.py",
        "tests/unit/plugins/modules/test_graph_info.py",
        "tests/unit/plugins/modules/test_protobuf_facts.py",
        "tests/unit/plugins/action/test_drift_assess.py",
    } < set(graph.selected("plugins/module_utils/_graph/wire.py"))


@pytest.mark.parametrize("changed", ["plugins/plugin_utils/_build/steps.py", "roles/survey/tasks/plan.yml"])
def test_a_small_change_of_this_checkout_selects_few_tests(graph: Graph, changed: str) -> None:
    """One word that many files have in common would select everything, and make the check as slow as the gate."""
    assert len(graph.selected(changed)) < len(graph.selected("pyproject.toml")) / 4


def test_a_default_that_a_test_reads_by_parts_of_its_path_selects_that_test(graph: Graph) -> None:
    assert "tests/unit/plugins/plugin_utils/_ansible/test_host_variables.py" in graph.selected(
        "roles/jetfleet/defaults/main.yml"
    )
