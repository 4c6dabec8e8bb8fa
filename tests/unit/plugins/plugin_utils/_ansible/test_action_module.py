# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all actions have in common, in real plays on localhost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play

ACTION = """
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.action_module import CheckedAction

class ActionModule(CheckedAction):
    _requires_connection = False
    _argument_spec = {{"value": {{"type": "raw"}}, "number": {{"type": "int", "default": 1}}}}
    _packages = {packages}

    def make_result(self, arguments, task_vars):
        if arguments["number"] < 0:
            raise ValueError("number is negative: give a positive one.")
        kinds = [type(value).__module__ for value in arguments["value"]]
        return {{"arguments": arguments, "kinds": kinds, "host": task_vars["inventory_hostname"], "changed": False}}
"""


def run(folder: Path, packages: dict[str, bool] | None = None, **options: Any) -> Played:
    (folder / "action_plugins").mkdir()
    (folder / "action_plugins" / "probe.py").write_text(ACTION.format(packages=packages or {}))
    tasks = [{"name": "Probe", "probe": options}]
    return play(
        folder, [{"hosts": "localhost", "gather_facts": False, "vars": {"word": "a"}, "tasks": tasks}], "--check"
    )


def message(played: Played) -> str:
    assert played.exit_status == 2
    return str(played.result("Probe", "localhost")["msg"])


def test_arguments_are_valid_and_plain(tmp_path: Path) -> None:
    result = run(tmp_path, {"there": True}, value=["{{ word }}", 2], number="3").result("Probe", "localhost")
    assert result["arguments"] == {"value": ["a", 2], "number": 3}
    assert set(result["kinds"]) == {"builtins"}
    assert (result["host"], result["changed"]) == ("localhost", False)


def test_a_day_is_text(tmp_path: Path) -> None:
    (tmp_path / "days.yml").write_text("day: 2026-12-31")
    value = ["{{ (lookup('ansible.builtin.file', 'days.yml') | from_yaml).day }}"]
    assert run(tmp_path, value=value).result("Probe", "localhost")["arguments"]["value"] == ["2026-12-31"]


@pytest.mark.parametrize(
    ("packages", "options", "words"),
    [
        ({}, {"number": "x"}, "number"),
        ({}, {"number": -1}, "number is negative: give a positive one."),
        ({}, {"nonsense": 1}, "nonsense"),
        (
            {"there": True, "gone": False, "away": False},
            {},
            f"lacks the packages gone and away: run '{sys.executable} -m pip install gone away'.",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    tmp_path: Path, packages: dict[str, bool], options: dict[str, Any], words: str
) -> None:
    found = message(run(tmp_path, packages, **options))
    assert words in found
    assert "Traceback" not in found
