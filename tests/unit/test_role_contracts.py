# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What roles promise to each other and to users: defaults, argument specs and names have to agree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.jetfleet.protobuf.plugins.action.protobuf_plan import _DESIRED
from ansible_collections.jetfleet.protobuf.plugins.modules import protobuf_facts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results import fleet
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.registered import SET_IN_A_RUN

ROOT = Path(__file__).parents[2]
ROLES = sorted(path.parent.parent for path in ROOT.glob("roles/*/meta/main.yml"))
DOCUMENTATION_ONLY = ("default", "description", "version_added")

SHARED = ROOT / "roles/jetfleet"

KEYS = re.compile(r"(?:register: |^ +)(jetfleet_\w+)(?:$|:)", re.MULTILINE)

each_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def load(path: Path) -> Any:
    """Return what a YAML file holds; a role without variables has no such file."""
    return yaml.safe_load(path.read_text()) or {} if path.exists() else {}


def public_options(role: Path) -> dict[str, Any]:
    """Return the options of all entry points of a role."""
    options: dict[str, Any] = {}
    for entry_point in load(role / "meta/argument_specs.yml")["argument_specs"].values():
        options |= entry_point.get("options", {})
    return options


def differences(defaults: dict[str, Any], options: dict[str, Any]) -> list[str]:
    """Return a sentence for each variable whose default and specification do not agree."""
    wrong = [f"{name} has no argument spec" for name in defaults.keys() - options.keys()]
    for name, option in options.items():
        if option.get("required"):
            wrong += [f"{name} is required and has a default all the same"] * (name in defaults)
        elif name not in defaults:
            wrong.append(f"{name} has no default")
        elif defaults[name] != option.get("default") or type(defaults[name]) is not type(option.get("default")):
            wrong.append(f"{name} is {defaults[name]!r} in the defaults and {option.get('default')!r} in the spec")
        elif not (isinstance(defaults[name], str) and "{{" in defaults[name]):
            spec = {key: value for key, value in option.items() if key not in DOCUMENTATION_ONLY}
            wrong += ArgumentSpecValidator({name: spec}).validate({name: defaults[name]}).error_messages
    return wrong


def test_there_are_roles() -> None:
    assert sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir()) == ROLES
    assert ROLES


def known_defaults(role: Path) -> dict[str, Any]:
    """Return the defaults that a user of the role may set: the shared ones belong to the roles that specify them."""
    options = public_options(role)
    shared = {name: value for name, value in load(SHARED / "defaults/main.yml").items() if name in options}
    return {**load(role / "defaults/main.yml"), **shared}


def own_options(role: Path) -> dict[str, Any]:
    """Return the options of a role that are not another role's, which has them among its own."""
    names = tuple(f"{other.name}_" for other in ROLES if other not in (role, SHARED))
    return {name: option for name, option in public_options(role).items() if not name.startswith(names)}


@each_role
def test_defaults_and_argument_specs_agree(role: Path) -> None:
    if role != SHARED:
        assert differences(known_defaults(role), own_options(role)) == []


def test_options_of_another_role_are_its_own() -> None:
    own = {role.name: public_options(role) for role in ROLES}
    for role in ROLES:
        for name, option in public_options(role).items():
            for other in ROLES:
                if other not in (role, SHARED) and name.startswith(f"{other.name}_"):
                    assert option.get("default") == own[other.name][name].get("default")


def test_every_shared_variable_is_specified_by_a_role() -> None:
    specified = {name for role in ROLES for name in public_options(role)}
    assert sorted(load(SHARED / "defaults/main.yml").keys() - specified) == []


@each_role
def test_public_variables_carry_the_name_of_a_role(role: Path) -> None:
    names = tuple(f"{other.name}_" for other in ROLES)
    assert [name for name in public_options(role) if not name.startswith(names)] == []


@each_role
def test_internal_variables_are_marked_as_such(role: Path) -> None:
    prefix = "jetfleet_" if role == SHARED else f"__{role.name}_"
    assert [name for name in load(role / "vars/main.yml") if not name.startswith(prefix)] == []


def private_names(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w])__[a-z][a-z0-9_]*", re.sub(r"^ *#.*", "", text, flags=re.MULTILINE)))


def yaml_files() -> list[Path]:
    """Return all YAML and templates in which a variable may be used."""
    folders = ("roles", "playbooks", "inventories", "molecule")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*")) if path.suffix in (".yml", ".j2")]


def test_a_private_variable_is_used_in_its_own_role_alone() -> None:
    wrong = []
    for path in yaml_files():
        parts = path.relative_to(ROOT).parts
        others = tuple(f"__{role.name}_" for role in ROLES if parts[:2] != ("roles", role.name))
        names = sorted(private_names(path.read_text()))
        wrong += [f"{path.relative_to(ROOT)}: {name}" for name in names if name.startswith(others)]
    assert wrong == []


def test_what_is_set_in_a_run_is_known() -> None:
    """Otherwise the check of variables would refuse it in the second playbook of a run."""
    texts = [path.read_text() for path in yaml_files() if path.relative_to(ROOT).parts[0] in ("roles", "playbooks")]
    kinds = r"register: jetfleet_\w+|(?:add_host|set_fact):\n(?: +.*\n)*"
    found = {name for text in texts for part in re.findall(kinds, text) for name in KEYS.findall(part)}
    assert found == SET_IN_A_RUN


def test_names_of_roles_are_not_those_of_others() -> None:
    """Otherwise one role's private variables would look like another one's."""
    names = [role.name for role in ROLES]
    assert [(a, b) for a in names for b in names if a != b and b.startswith(f"{a}_")] == []


@each_role
def test_every_task_file_that_others_use_has_an_argument_spec(role: Path) -> None:
    called = rf"name: jetfleet\.protobuf\.{role.name}\n\s+tasks_from: (\w+)\.yml"
    used = {name for path in yaml_files() for name in re.findall(called, path.read_text())}
    assert sorted(used - load(role / "meta/argument_specs.yml")["argument_specs"].keys()) == []


@each_role
def test_every_entry_point_that_a_page_names_has_an_argument_spec(role: Path) -> None:
    table = re.search(r"^\| entry point \|.*\n(?:\|.*\n)+", (role / "README.md").read_text(), re.MULTILINE)
    named = set(re.findall(r"^\| `(\w+)` \|", table[0], re.MULTILINE)) if table else set()
    assert table is None or named
    for path in (ROOT / "README.md", *ROOT.glob("roles/*/README.md"), *ROOT.glob("docs/docsite/rst/*.rst")):
        named |= set(re.findall(rf"name: jetfleet\.protobuf\.{role.name}\n\s+tasks_from: (\w+)", path.read_text()))
    assert sorted(named - load(role / "meta/argument_specs.yml")["argument_specs"].keys()) == []


def test_options_by_name_have_the_defaults_of_the_roles() -> None:
    """A role's variable is not known to plays without that role: there the option of the module stands in for it."""
    variables = load(SHARED / "vars/main.yml")
    defaults = {name: value for role in ROLES for name, value in load(role / "defaults/main.yml").items()}
    desired: dict[str, Any] = _DESIRED
    facts = yaml.safe_load(protobuf_facts.DOCUMENTATION)["options"]
    for options, names in (
        (desired, variables["jetfleet_desired_variables"]),
        (facts, variables["jetfleet_facts_variables"]),
    ):
        for option, name in names.items():
            if not name.startswith("jetfleet_"):
                assert options[option].get("default") == defaults[name], name
    assert desired.keys() == variables["jetfleet_desired_variables"].keys()


@pytest.mark.parametrize(
    ("default", "option", "complaint"),
    [
        ({}, {"default": 1, "type": "int"}, "x has no default"),
        ({"x": 1, "y": 2}, {"default": 1, "type": "int"}, "y has no argument spec"),
        ({"x": 2}, {"default": 1, "type": "int"}, "x is 2 in the defaults and 1 in the spec"),
        ({"x": 1}, {"default": True, "type": "bool"}, "x is 1 in the defaults and True in the spec"),
        ({"x": 1}, {"required": True, "type": "int"}, "x is required and has a default all the same"),
        ({"x": "soon"}, {"default": "soon", "type": "int"}, "cannot be converted to an int"),
        ({"x": "c"}, {"default": "c", "type": "str", "choices": ["a", "b"]}, "must be one of"),
    ],
)
def test_a_difference_is_found(default: dict[str, Any], option: dict[str, Any], complaint: str) -> None:
    (found,) = differences(default, {"x": option})
    assert complaint in found


def test_plays_fall_back_on_the_defaults_of_the_role() -> None:
    """The size of waves and the groups are looked up for a play, where the defaults of roles are not known."""
    defaults = load(SHARED / "defaults/main.yml")
    assert defaults["jetfleet_waves"] == fleet.WAVES
    assert {name: defaults[name] for name in ("jetfleet_boards", "jetfleet_builders")} == fleet.GROUPS
