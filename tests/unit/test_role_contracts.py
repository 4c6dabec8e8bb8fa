# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's defaults and its argument specs are one contract in two files: keys, values and types have to agree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

ROOT = Path(__file__).parents[2]
ROLES = sorted(path.parent.parent for path in ROOT.glob("roles/*/meta/main.yml"))
DOCUMENTATION_ONLY = ("default", "description", "version_added")

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


@each_role
def test_defaults_and_argument_specs_agree(role: Path) -> None:
    assert differences(load(role / "defaults/main.yml"), public_options(role)) == []


@each_role
def test_public_variables_carry_the_name_of_the_role(role: Path) -> None:
    assert [name for name in public_options(role) if not name.startswith(f"{role.name}_")] == []


@each_role
def test_internal_variables_are_marked_as_such(role: Path) -> None:
    assert [name for name in load(role / "vars/main.yml") if not name.startswith(f"__{role.name}_")] == []


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


def test_the_playbook_falls_back_on_the_waves_of_the_role() -> None:
    """The size of waves is looked up for a play, where the defaults of roles are not known."""
    serial = next(play["serial"] for play in load(ROOT / "playbooks/rollout.yml") if "serial" in play)
    fallback = re.search(r"default\((\[1.*?\])\)", serial)
    assert fallback
    assert yaml.safe_load(fallback[1]) == load(ROOT / "roles/rollout/defaults/main.yml")["rollout_waves"]
