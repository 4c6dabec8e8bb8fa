# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Examples are copied by users, so every one has to fit the options of what it calls."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.template import Templar

ROOT = Path(__file__).parents[2]
COLLECTION = "jetfleet.protobuf."
MODULES = {path.stem: path for path in sorted((ROOT / "plugins/modules").glob("*.py"))}
FILTERS = {path.stem: path for path in sorted((ROOT / "plugins/filter").glob("*.py"))}
ROLES = {path.name: path for path in sorted((ROOT / "roles").iterdir())}
PLAYBOOKS = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
READMES = sorted([*ROOT.glob("*.md"), *ROOT.glob("roles/*/*.md")])
PLACEHOLDERS: dict[str, Any] = {
    "int": 1,
    "float": 1.0,
    "bool": True,
    "list": [],
    "dict": {},
    "json": "{}",
    "path": "/",
    "str": "x",
    "raw": "x",
}
BLOCKS = ("block", "rescue", "always", "tasks", "pre_tasks", "post_tasks", "handlers")
DOCUMENTATION_ONLY = ("description", "version_added")
RULES = ("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by")


def constants(path: Path) -> dict[str, Any]:
    """Return the string constants of a plugin file, such as DOCUMENTATION and EXAMPLES."""
    found = {}
    for node in ast.parse(path.read_text()).body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.targets[0], ast.Name)
        ):
            found[node.targets[0].id] = node.value.value
    return found


def documented_options(documentation: str) -> dict[str, Any]:
    """Return the options that a documentation has of its own and from the collection's fragments."""
    found = yaml.safe_load(documentation)
    options: dict[str, Any] = dict(found.get("options", {}))
    for fragment in found.get("extends_documentation_fragment", []):
        name, _dot, part = fragment.removeprefix(COLLECTION).partition(".")
        module = importlib.import_module(f"ansible_collections.{COLLECTION}plugins.doc_fragments.{name}")
        options |= yaml.safe_load(getattr(module.ModuleDocFragment, part.upper() or "DOCUMENTATION"))["options"]
    return options


class Captured(Exception):
    """Carries what a module hands to AnsibleModule."""


def module_spec(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the module's own argument spec; for the documentation of an action plugin, its documented options."""
    module = importlib.import_module(f"ansible_collections.{COLLECTION}plugins.modules.{name}")

    def capture(_self: object, **arguments: Any) -> None:
        raise Captured(arguments)

    if not hasattr(module, "main"):
        return {"argument_spec": documented_options(module.DOCUMENTATION)}
    monkeypatch.setattr(basic.AnsibleModule, "__init__", capture)
    with pytest.raises(Captured) as caught:
        module.main()
    arguments: dict[str, Any] = caught.value.args[0]
    return arguments


def role_spec(name: str) -> dict[str, Any]:
    """Return the options of the entry point main of a role."""
    specs = yaml.safe_load((ROLES[name] / "meta/argument_specs.yml").read_text())["argument_specs"]
    options: dict[str, Any] = specs.get("main", {}).get("options", {})
    return options


def without_templates(value: Any, option: dict[str, Any]) -> Any:
    """Return the value with templates replaced by something of the option's type, because only a run knows their value."""
    if isinstance(value, str) and "{{" in value:
        return option["choices"][0] if option.get("choices") else PLACEHOLDERS[option.get("type", "str")]
    if isinstance(value, dict) and option.get("options"):
        return {key: without_templates(item, option["options"].get(key, {})) for key, item in value.items()}
    if isinstance(value, list):
        return [without_templates(item, option | {"type": option.get("elements", "str")}) for item in value]
    return value


def errors(values: dict[str, Any], argument_spec: dict[str, Any], **rules: Any) -> list[str]:
    """Return what Ansible itself would say against these values."""
    spec = {
        name: {key: option[key] for key in option if key not in DOCUMENTATION_ONLY}
        for name, option in argument_spec.items()
    }
    known = {name: without_templates(value, argument_spec.get(name, {})) for name, value in values.items()}
    allowed = {key: rules[key] for key in RULES if key in rules}
    messages: list[str] = ArgumentSpecValidator(spec, **allowed).validate(known).error_messages
    return messages


def calls(node: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (kind, name, values) of every module, role and playbook of the collection that plays and tasks call."""
    for item in node if isinstance(node, list) else []:
        variables = item.get("vars") or {}
        for key, value in item.items():
            if key in BLOCKS:
                yield from calls(value)
            elif key == "roles":
                for role in value:
                    whole = role if isinstance(role, dict) else {"role": role}
                    yield "role", whole["role"], variables | (whole.get("vars") or {})
            elif key.rpartition(".")[2] in ("include_role", "import_role"):
                yield "role", value["name"], variables
            elif key.rpartition(".")[2] == "import_playbook":
                yield "playbook", value, variables
            elif key.startswith(COLLECTION):
                yield "module", key, value or {}


def wrong_calls(text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is wrong with the calls in a YAML text."""
    wrong = []
    for kind, full_name, values in calls(yaml.safe_load(text)):
        name = full_name.removeprefix(COLLECTION)
        known = {"module": MODULES, "role": ROLES, "playbook": PLAYBOOKS}[kind]
        if not full_name.startswith(COLLECTION):
            continue
        if name not in known:
            wrong.append(f"there is no {kind} {full_name}")
        elif kind == "module":
            wrong += [f"{full_name}: {error}" for error in errors(values, **module_spec(name, monkeypatch))]
        elif kind == "role":
            own = {key: value for key, value in values.items() if key.startswith(f"{name}_")}
            wrong += [f"{full_name}: {error}" for error in errors(own, role_spec(name))]
    return wrong


def unknown_filters(text: str) -> list[str]:
    """Return the names of our filters that an example uses and that do not exist; raise where a template is wrong."""
    environment = Templar(loader=None).environment
    unknown = []
    for template in re.findall(r"{{.*?}}|{%.*?%}", text, re.DOTALL):
        environment.parse(template)
        unknown += [name for name in re.findall(r"\|\s*jetfleet\.protobuf\.(\w+)", template) if name not in FILTERS]
    return unknown


@pytest.mark.parametrize("path", [*MODULES.values(), *FILTERS.values()], ids=lambda path: path.stem)
def test_examples_fit_what_they_call(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = constants(path)["EXAMPLES"]
    named = set(re.findall(r"jetfleet\.protobuf\.(\w+)", examples))
    assert path.stem in named
    assert named <= {*MODULES, *FILTERS, *ROLES, *PLAYBOOKS}
    assert unknown_filters(examples) == []
    assert wrong_calls(examples, monkeypatch) == []


def test_examples_in_prose_fit_what_they_call(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = []
    for path in READMES:
        for block in re.findall(r"^```ya?ml\n(.*?)^```", path.read_text(), re.DOTALL | re.MULTILINE):
            wrong += [f"{path.relative_to(ROOT)}: {error}" for error in unknown_filters(block)]
            wrong += [f"{path.relative_to(ROOT)}: {error}" for error in wrong_calls(block, monkeypatch)]
    assert wrong == []


@pytest.mark.parametrize(
    ("example", "complaint"),
    [
        ("- jetfleet.protobuf.protobuf_facts: {timeout: soon}", "timeout"),
        ("- jetfleet.protobuf.protobuf_facts: {time_out: 3}", "time_out"),
        ("- jetfleet.protobuf.no_such_module:", "no_such_module"),
        ("- hosts: boards\n  roles:\n    - role: jetfleet.protobuf.no_such_role", "no_such_role"),
        ("- ansible.builtin.import_playbook: jetfleet.protobuf.no_such_playbook", "no_such_playbook"),
        (
            "- ansible.builtin.import_role: {name: jetfleet.protobuf.libprotobuf}\n  vars: {libprotobuf_verzion: 1}",
            "libprotobuf_verzion",
        ),
    ],
)
def test_a_wrong_example_is_found(example: str, complaint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = wrong_calls(example, monkeypatch)
    assert complaint in found
