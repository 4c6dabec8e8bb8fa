# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of variables by name are what Ansible's own templates give, and most of them cost no template."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.parsing.yaml.objects import AnsibleVaultEncryptedUnicode
from ansible.template import Templar
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.host_variables import Values

ROLES = Path(__file__).parents[5] / "roles"
KEY = [("default", VaultSecret(b"open"))]
VARIABLES: dict[str, Any] = {
    "number": 900,
    "share": 0.5,
    "switch": False,
    "nothing": None,
    "word": "/usr/bin/python3",
    "empty": "",
    "lines": "a\nb\n",
    "names": ["conflict", "embedded"],
    "rules": {"backend": {"severity": "error", "equals": None}},
    "reference": "{{ names }}",
    "chain": "{{reference}}",
    "set": "{{ names | default([]) }}",
    "not_set": "{{ unknown | default([]) }}",
    "set_to_expression": "{{ expression | default([]) }}",
    "options": {"timeout": "{{ number }}", "subset": "{{ chain }}", "list": ["{{ word }}"]},
    "expression": "{{ number * 2 }}",
    "mixed": {"reason": "It is {{ word }}.", "number": "{{ number }}"},
    "choice": "It is {% if switch %}yes{% else %}no{% endif %}",
    "comment": "x{# no text #}",
    "list_in_text": "['conflict', 'links']",
    "mapping_in_text": '{"a": 1}',
    "switch_in_text": "True",
    "to_list_in_text": {"a": "{{ list_in_text }}", "b": "['x']"},
    "unsafe": wrap_var("{{ number }}"),
    "unsafe_inside": {"a": wrap_var("{{ number }}"), "b": "{{ unsafe }}"},
    "secret": AnsibleVaultEncryptedUnicode(VaultLib(KEY).encrypt("hidden", KEY[0][1])),
    "secret_inside": "{{ secret }}",
}
VARIABLES["secret"].vault = VaultLib(KEY)
# They need no template.
PLAIN = [
    *("number", "share", "switch", "nothing", "word", "empty", "lines", "names", "rules", "reference", "chain"),
    *("set", "not_set", "options"),
]


class NoTemplar:
    """A templar for variables that need none."""

    def template(self, variable: Any) -> Any:
        raise AssertionError(f"A template is compiled for {variable!r}.")


def templar(variables: Mapping[str, Any] = VARIABLES) -> Templar:
    return Templar(loader=DataLoader(), variables=dict(variables))


@pytest.mark.parametrize("name", VARIABLES)
def test_the_value_is_that_of_a_template(name: str) -> None:
    own = templar()
    assert Values(VARIABLES, own).of(name) == own.template(f"{{{{ {name} }}}}")


@pytest.mark.parametrize("name", PLAIN)
def test_plain_data_and_references_to_it_need_no_template(name: str) -> None:
    Values(VARIABLES, NoTemplar()).of(name)


def test_several_names_give_a_list() -> None:
    assert Values(VARIABLES, NoTemplar()).of(["number", "word"]) == [900, "/usr/bin/python3"]


def test_a_number_stays_a_number() -> None:
    """As from ansible-core 2.19 on; older ones make a text of what is referred to twice."""
    variables = VARIABLES | {"reference": "{{ number }}"}
    assert Values(variables, NoTemplar()).of("chain") == 900


def test_a_day_stays_a_day_beside_templates() -> None:
    """A template of the name would make one text of the whole mapping."""
    day = datetime.date(2999, 12, 31)
    variables = VARIABLES | {"exemptions": {"backend": {"reason": "{{ word }}: {{ number }}", "expires": day}}}
    assert Values(variables, templar(variables)).of("exemptions") == {
        "backend": {"reason": "/usr/bin/python3: 900", "expires": day}
    }


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({}, "'wanted' is undefined"),
        ({"wanted": "{{ other }}"}, "'other' is undefined"),
        ({"wanted": {"a": "{{ other }}"}}, "'other' is undefined"),
        ({"wanted": "{{ wanted }}"}, "recursive loop detected"),
        ({"wanted": {"a": "{{ wanted }}"}}, "ecursi"),
    ],
)
def test_what_has_no_value_is_refused_with_the_words_of_ansible(variables: dict[str, Any], sentence: str) -> None:
    with pytest.raises(AnsibleError, match=sentence):
        Values(variables, templar(variables)).of("wanted")


@pytest.mark.parametrize("task", ["survey/tasks/main.yml", "drift/tasks/main.yml"])
def test_what_is_read_by_name_needs_no_template_by_default(task: str) -> None:
    """With a template in every default, looking at a board would cost the controller twice as much."""
    roles = ("jetfleet", "libprotobuf", "python_protobuf", "opencv_check")
    variables: dict[str, Any] = {}
    for role in roles:
        variables |= yaml.safe_load((ROLES / role / "defaults/main.yml").read_text())
    shared = yaml.safe_load((ROLES / "jetfleet/vars/main.yml").read_text())
    (call,) = (value for value in yaml.safe_load((ROLES / task).read_text())[0].values() if isinstance(value, dict))
    named = {
        option: shared[names.strip("{} ")] if isinstance(names, str) and "{{" in names else names
        for option, names in call["from_variables"].items()
    }
    found = Values(variables, NoTemplar()).options({}, named)
    assert found["desired"]["version"] == variables["libprotobuf_version"]
    read = found.get("facts") or found["facts_options"]
    assert read["gather_subset"] == ["all"]
    assert read.keys() == shared["jetfleet_facts_variables"].keys()


def test_a_variable_that_is_not_defined_leaves_its_option_out() -> None:
    named = {"a": "known", "b": "unknown", "c": {"d": "unknown", "e": "known"}, "f": ["unknown", "known"]}
    assert Values({"known": 1}, NoTemplar()).options({"c": {"g": 2}}, named) == {
        "a": 1,
        "c": {"g": 2, "e": 1},
        "f": [1],
    }


def test_an_option_is_given_once() -> None:
    with pytest.raises(ValueError, match="a is given by itself and in from_variables"):
        Values({"known": 1}, NoTemplar()).options({"a": 2}, {"a": "known"})
