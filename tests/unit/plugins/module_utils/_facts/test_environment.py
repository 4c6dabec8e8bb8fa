# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the backend variables are exported."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

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


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("etc/zsh/zshenv", f"export {NAME}=cpp"),
        ("etc/zshenv", f"{NAME}=cpp"),
        ("etc/environment.d/90-protobuf.conf", f"{NAME}=cpp"),
        ("usr/lib/environment.d/protobuf.conf", f"{NAME}=cpp"),
        ("etc/default/detector", f'{NAME}="cpp"'),
        ("etc/crontab", f"{NAME}=cpp"),
        ("etc/cron.d/detector", f"* * * * * root {NAME}=cpp /opt/detect"),
        ("var/spool/cron/crontabs/nvidia", f"@reboot {NAME}=cpp /opt/detect"),
        ("etc/rc.local", f"{NAME}=cpp /opt/detect &"),
        ("etc/init.d/detector", f"export {NAME}=cpp"),
        ("etc/ssh/sshd_config", f"SetEnv {NAME}=cpp"),
        ("etc/ssh/sshd_config.d/protobuf.conf", f"SetEnv A=1 {NAME}=cpp"),
        ("home/.ssh/environment", f"{NAME}=cpp"),
        ("home/.xsessionrc", f"export {NAME}=cpp"),
        ("etc/csh.cshrc", f"setenv {NAME} cpp"),
        ("etc/fish/conf.d/protobuf.fish", f"set -gx {NAME} cpp"),
        ("etc/fish/config.fish", f"set --global --export {NAME} 'cpp'"),
        ("etc/security/pam_env.conf", f"{NAME} DEFAULT=cpp"),
        ("home/.zshenv", f"export {NAME}=cpp"),
        ("home/.zshrc", f"export {NAME}=cpp"),
        ("home/.zprofile", f"export {NAME}=cpp"),
        ("home/.bash_login", f"export {NAME}=cpp"),
        ("home/.pam_environment", f"{NAME}=cpp"),
        ("home/.config/environment.d/protobuf.conf", f"{NAME}=cpp"),
        ("home/.config/fish/config.fish", f"set -x {NAME} cpp"),
        ("home/.cshrc", f"setenv {NAME} 'cpp'"),
        ("home/.config/systemd/user/detector.service", f"Environment={NAME}=cpp"),
        ("etc/systemd/system.conf", f"DefaultEnvironment={NAME}=cpp"),
        ("etc/systemd/system.conf.d/protobuf.conf", f'DefaultEnvironment="A=1" "{NAME}=cpp"'),
        ("usr/lib/systemd/user.conf.d/protobuf.conf", f"DefaultEnvironment={NAME}=cpp"),
        ("etc/systemd/system/detector.service", f"Environment={NAME}=cpp"),
        ("etc/systemd/system/detector.service", f"Environment=A=1 {NAME}=cpp B=2"),
        ("etc/systemd/system/detector.service", f'Environment="{NAME}=cpp" B=2'),
        ("etc/systemd/system/detector.service", f"Environment='A=1 2' '{NAME}=cpp'"),
        ("etc/systemd/system/detector.service", f"ExecStart=/usr/bin/env {NAME}=cpp /opt/detect"),
        ("etc/systemd/system/detector.service", f"ExecStart=/bin/sh -c '{NAME}=cpp exec /opt/detect'"),
        ("etc/systemd/system/detector.service.d/override.conf", f"Environment={NAME}=cpp"),
        ("etc/systemd/system/service.d/all.conf", f"Environment={NAME}=cpp"),
        ("run/systemd/system/detector@.service", f"Environment={NAME}=cpp"),
        ("usr/local/lib/systemd/system/detector.service", f"Environment={NAME}=cpp"),
        ("lib/systemd/system/detector.service", f"Environment={NAME}=cpp"),
        ("etc/systemd/user/detector.service", f"Environment={NAME}=cpp"),
    ],
)
def test_what_else_sets_variables(tmp_path: Path, name: str, line: str) -> None:
    path = written(tmp_path, name, f"first\n{line}\n")
    assert environment_facts(str(tmp_path)) == [{"file": path, "line": 2, "variable": NAME, "value": "cpp"}]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("etc/systemd/system/detector.service", f"# Environment={NAME}=cpp"),
        ("etc/systemd/system/detector.service", f"; Environment={NAME}=cpp"),
        ("etc/systemd/system/detector.service", f"UnsetEnvironment={NAME}=cpp"),
        ("etc/systemd/system/detector.service", f"PassEnvironment={NAME}"),
        ("etc/systemd/system/detector.service", f"Environment=MY_{NAME}=cpp"),
        ("etc/systemd/system/detector.service.bak", f"Environment={NAME}=cpp"),
        ("etc/csh.cshrc", f"unsetenv {NAME}"),
        ("etc/csh.cshrc", f"# setenv {NAME} cpp"),
        ("etc/fish/config.fish", f"set -e {NAME}"),
    ],
)
def test_what_else_sets_nothing(tmp_path: Path, name: str, line: str) -> None:
    written(tmp_path, name, f"first\n{line}\n")
    assert environment_facts(str(tmp_path)) == []


def test_the_file_that_a_unit_reads(tmp_path: Path) -> None:
    unit = "[Service]\nEnvironmentFile=-/opt/detector/*.env\nEnvironmentFile=/opt/none\nExecStart=/opt/detect\n"
    written(tmp_path, "etc/systemd/system/detector.service", unit)
    path = written(tmp_path, "opt/detector/gpu.env", f"A=1\n{NAME}=python\n")
    assert environment_facts(str(tmp_path)) == [{"file": path, "line": 2, "variable": NAME, "value": "python"}]


def test_a_file_with_several_names_is_told_once(tmp_path: Path) -> None:
    path = written(tmp_path, "usr/lib/systemd/system/detector.service", f"Environment={NAME}=cpp\n")
    (tmp_path / "lib").symlink_to("usr/lib")
    alias = tmp_path / "etc/systemd/system/alias.service"
    alias.parent.mkdir(parents=True)
    alias.symlink_to(path)
    assert [entry["file"] for entry in environment_facts(str(tmp_path))] == [str(alias)]


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    units = tmp_path / "etc/systemd/system"
    (units / "folder.service").mkdir(parents=True)
    (units / "masked.service").symlink_to("/dev/null")
    (units / "gone.service").symlink_to("/nowhere")
    (units / "endless.service").symlink_to("/dev/zero")
    os.mkfifo(units / "pipe.service")
    os.mkfifo(tmp_path / "etc/environment")
    (units / "latin.service").write_bytes(b"Description=caf\xe9\n")
    assert environment_facts(str(tmp_path)) == []


def test_a_board_cannot_make_it_take_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    units = tmp_path / "etc/systemd/system"
    written(tmp_path, "etc/systemd/system/a.service", f"Environment={NAME}=cpp\n" + "x" * 10_000_000)
    for number in range(3000):
        (units / f"b{number}.service").write_text("")
    opened: list[Any] = []
    open_descriptor = os.open

    def counted(*arguments: Any) -> int:
        opened.append(arguments)
        return open_descriptor(*arguments)

    monkeypatch.setattr(os, "open", counted)
    assert len(environment_facts(str(tmp_path))) == 1
    assert len(opened) < 2100
