# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of hosts are rendered only where they have a template."""

from __future__ import annotations

import datetime
import json
import time
from typing import Any

import pytest
from ansible.errors import AnsibleError, AnsibleUndefinedVariable
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.raw_variables import RawVariables


class Hostvars:
    """Variables as Ansible hands them out: raw ones, and rendered ones on request."""

    def __init__(self, raw: dict[str, Any], rendered: dict[str, Any] | None = None) -> None:
        self.raw, self.rendered = raw, rendered or {}

    def raw_get(self, host: str) -> Any:
        return self.raw[host]

    def __getitem__(self, host: str) -> Any:
        return self.rendered[host]


class Failing(dict[str, Any]):
    """Variables of a host whose templates fail."""

    def __init__(self, error: AnsibleError) -> None:
        super().__init__()
        self.error = error

    def __getitem__(self, name: str) -> Any:
        raise self.error


def values(hostvars: Hostvars, default: Any = "unset", of_play: dict[str, Any] | None = None) -> list[Any]:
    variables = RawVariables(hostvars, list(hostvars.raw), of_play or {}, {"libprotobuf_version"})
    return [json.loads(text) for _host, (text,) in variables.texts(list(hostvars.raw), {"mine": default})]


def test_a_date_of_yaml_is_a_day() -> None:
    assert values(Hostvars({"a": {"mine": datetime.date(2026, 12, 31)}})) == ["2026-12-31"]


def test_only_what_has_templates_is_rendered() -> None:
    raw = {"a": {"mine": "{{ x }}"}, "b": {"mine": ["{% if x %}"]}, "c": {"mine": "plain"}, "d": {}}
    assert values(Hostvars(raw, {"a": {"mine": 1}, "b": {"mine": 2}})) == [1, 2, "plain", "unset"]


def test_a_key_that_is_not_a_string_is_refused() -> None:
    with pytest.raises(ValueError, match="In mine of a, a key is not a string: put quotes around it"):
        values(Hostvars({"a": {"mine": {datetime.date(2026, 12, 31): 1}}}))


def test_a_template_that_fails_is_a_sentence() -> None:
    hostvars = Hostvars({"a": {"mine": "{{ x }}"}}, {"a": Failing(AnsibleUndefinedVariable("'x' is undefined."))})
    with pytest.raises(ValueError, match=r"A template in mine of a fails \('x' is undefined\): correct it\."):
        values(hostvars)


def test_the_default_of_a_role_is_not_known_here() -> None:
    error = AnsibleUndefinedVariable("'libprotobuf_version' is undefined")
    assert values(Hostvars({"a": {"mine": "{{ libprotobuf_version }}"}}, {"a": Failing(error)})) == ["unset"]


def test_variables_of_the_play_win() -> None:
    hostvars = Hostvars({"a": {"mine": "of a"}})
    assert values(hostvars, of_play={"mine": "of the play"}) == ["of the play"]
    assert values(hostvars, of_play={"mine": "{{ x }}"}) == ["unset"]


def test_a_thousand_hosts_cost_little() -> None:
    shared = {"mine": {f"rule-{number}": {"query": "module.version", "equals": "3.6.0"} for number in range(100)}}
    hostvars = Hostvars({f"board-{number}": shared for number in range(1000)})
    started = time.process_time()
    assert len(values(hostvars)) == 1000
    # The values are read back from JSON here, which takes most of that.
    assert time.process_time() - started < 2
