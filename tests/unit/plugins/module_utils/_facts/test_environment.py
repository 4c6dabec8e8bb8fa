# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the backend variables are exported."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.environment import environment_facts

NAME = "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in (NAME, f"{NAME}_VERSION", "SUDO_USER"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def written(root: Path, name: str, text: str) -> str:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def test_nothing_exported(tmp_path: Path) -> None:
    assert environment_facts(str(tmp_path)) == []


def test_every_place(tmp_path: Path) -> None:
    places = [
        written(tmp_path, "etc/environment", f'PATH="/bin"\n{NAME}="cpp"\n'),
        written(tmp_path, "etc/profile", f"export {NAME}=cpp; export OTHER=1\n"),
        written(tmp_path, "etc/profile.d/protobuf.sh", f"#!/bin/sh\n  export {NAME}='cpp'\n"),
        written(tmp_path, "etc/bash.bashrc", f"export A=1 {NAME}=cpp # faster\n"),
        written(tmp_path, "home/.profile", f"export {NAME}=cpp\n"),
        written(tmp_path, "home/.bashrc", f"export {NAME}=cpp\n"),
        written(tmp_path, "home/.bash_profile", f"{NAME}=cpp\n"),
    ]
    found = environment_facts(str(tmp_path))
    assert [entry["file"] for entry in found] == places
    assert [entry["line"] for entry in found] == [2, 1, 2, 1, 1, 1, 1]
    assert {(entry["variable"], entry["value"]) for entry in found} == {(NAME, "cpp")}


def test_what_is_no_assignment(tmp_path: Path) -> None:
    written(
        tmp_path, "etc/profile", f"# export {NAME}=cpp\nunset {NAME}\nexport MY_{NAME}=cpp\necho ${NAME} # {NAME}=cpp\n"
    )
    written(tmp_path, "etc/profile.d/readme.txt", f"export {NAME}=cpp\n")
    assert environment_facts(str(tmp_path)) == []


def test_version_variable_and_empty_value(tmp_path: Path) -> None:
    written(tmp_path, "etc/environment", f"{NAME}_VERSION=2\n{NAME}=\n")
    found = [(entry["variable"], entry["value"]) for entry in environment_facts(str(tmp_path))]
    assert found == [(f"{NAME}_VERSION", "2"), (NAME, "")]


def test_own_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "upb")
    assert environment_facts(str(tmp_path)) == [{"file": "(process)", "line": None, "variable": NAME, "value": "upb"}]


def test_home_of_who_became_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "no-such-user")
    assert environment_facts(str(tmp_path)) == []
    monkeypatch.setenv("SUDO_USER", "root")
    monkeypatch.setattr(
        "ansible_collections.jetfleet.protobuf.plugins.module_utils._system.homes.pwd.getpwnam",
        lambda name: type("Entry", (), {"pw_dir": str(tmp_path / name)}),
    )
    path = written(tmp_path, "root/.profile", f"export {NAME}=cpp\n")
    assert [entry["file"] for entry in environment_facts(str(tmp_path))] == [path]
