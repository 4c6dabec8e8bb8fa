# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventories to copy: Ansible reads them, the collection accepts every variable, and they are for what they say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED, no_fault, slow_nano
from ansible_collections.jetfleet.protobuf.tests.support.plays import COLLECTIONS

ROOT = Path(__file__).parents[2]
INVENTORIES = ROOT / "inventories"
VAULT = ("--vault-password-file", str(INVENTORIES / "vault/vault-password"))
# What is given to -i, and options that it needs.
TO_COPY: dict[str, tuple[str, ...]] = {
    "example/hosts.yml": (),
    "found": (),
    "jetpack/hosts.yml": (),
    "sites/hosts.yml": (),
    "vault/hosts.yml": VAULT,
}
# Python, SOABI, glibc, pip and Ubuntu of each group of boards by JetPack.
JETPACKS = {
    "jetpack_3_3": ("3.5.2", "cpython-35m-aarch64-linux-gnu", "2.23", "8.1.1", "16.04"),
    "jetpack_4_2": ("3.6.7", "cpython-36m-aarch64-linux-gnu", "2.27", "9.0.1", "18.04"),
    "jetpack_4_6": ("3.6.9", "cpython-36m-aarch64-linux-gnu", "2.27", "9.0.1", "18.04"),
    "jetpack_5": ("3.8.10", "cpython-38-aarch64-linux-gnu", "2.31", "20.0.2", "20.04"),
    "jetpack_6": ("3.10.12", "cpython-310-aarch64-linux-gnu", "2.35", "22.0.2", "22.04"),
}


def run(folder: Path, program: str, *arguments: str, **environment: str) -> str:
    """Return what a program of Ansible prints; it must neither fail nor warn."""
    own = {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_HOME": str(folder / "ansible"), "HOME": str(folder)}
    done = subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=folder,
        env={**os.environ, **own, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def listed(folder: Path, name: str, **environment: str) -> dict[str, Any]:
    """Return what ansible-inventory says of an inventory."""
    arguments = ("-i", str(INVENTORIES / name), "--list", *TO_COPY[name])
    found: dict[str, Any] = json.loads(run(folder, "ansible-inventory", *arguments, **environment))
    return found


def test_all_are_known() -> None:
    folders = {path.name for path in INVENTORIES.iterdir() if not path.name.startswith("containers")}
    assert folders == {name.partition("/")[0] for name in TO_COPY}


@pytest.mark.parametrize("name", TO_COPY)
def test_ansible_reads_it_without_a_warning(tmp_path: Path, name: str) -> None:
    assert "boards" in listed(tmp_path, name)


@pytest.mark.parametrize("name", TO_COPY)
def test_the_collection_accepts_every_variable(tmp_path: Path, name: str) -> None:
    check = {"ansible.builtin.import_role": {"name": "jetfleet.protobuf.survey", "tasks_from": "check.yml"}}
    play = [{"hosts": "all", "gather_facts": False, "tasks": [check]}]
    (tmp_path / "check.yml").write_text(yaml.safe_dump(play))
    said = run(tmp_path, "ansible-playbook", "check.yml", "-i", str(INVENTORIES / name), *TO_COPY[name])
    assert "failed=0" in said


@pytest.mark.parametrize("group", JETPACKS)
def test_the_versions_fit_the_jetpack(tmp_path: Path, group: str) -> None:
    found = listed(tmp_path, "jetpack/hosts.yml")
    python, soabi, glibc, pip, ubuntu = JETPACKS[group]
    for host in found[group]["hosts"]:
        variables = found["_meta"]["hostvars"][host]
        facts = slow_nano()
        facts["python"] |= {"version": python, "soabi": soabi}
        facts["python"]["packages"]["pip"] = pip
        facts["board"] |= {"glibc": glibc, "distribution": facts["board"]["distribution"] | {"version_id": ubuntu}}
        wheel = variables.get("python_protobuf_wheel", "auto")
        desired = DESIRED | {"version": variables["libprotobuf_version"], "wheel": wheel}
        assert make_plan(facts, desired, lambda _key: None, no_fault)["refusals"] == []


def test_each_board_is_of_one_jetpack(tmp_path: Path) -> None:
    found = listed(tmp_path, "jetpack/hosts.yml")
    assert set(found["boards"]["children"]) == set(JETPACKS)
    boards = [host for group in JETPACKS for host in found[group]["hosts"]]
    assert len(boards) == len(set(boards))


def test_the_password_is_the_one_in_the_vault(tmp_path: Path) -> None:
    arguments = ("nano-door1", "-i", str(INVENTORIES / "vault/hosts.yml"), *VAULT)
    said = run(tmp_path, "ansible", *arguments, "-m", "ansible.builtin.debug", "-a", "var=ansible_become_password")
    assert '"ansible_become_password": "the password of nvidia"' in said


def test_boards_behind_a_jump_host_check_its_key_in_the_same_file(tmp_path: Path) -> None:
    arguments = ("berlin-nano1", "-i", str(INVENTORIES / "sites/hosts.yml"))
    said = run(tmp_path, "ansible", *arguments, "-m", "ansible.builtin.debug", "-a", "var=ansible_ssh_common_args")
    options = f"-o UserKnownHostsFile={INVENTORIES}/sites/known_hosts -o StrictHostKeyChecking=yes"
    assert f'{options} -o ProxyCommand=\\"ssh {options} -W %h:%p fleet@jump.berlin.example.com\\"' in said


def test_the_line_for_an_authority_is_one_for_ssh(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "authority"], check=True)
    key = (tmp_path / "authority.pub").read_text().strip()
    text = (INVENTORIES / "sites/known_hosts").read_text()
    lines = re.findall(r"^# (@cert-authority .*|\S+ PUBLIC_KEY)$", text, re.MULTILINE)
    assert len(lines) == 3
    (tmp_path / "known_hosts").write_text("\n".join(lines).replace("PUBLIC_KEY", key) + "\n")
    for host, line in (
        ("nano1.berlin.example.com", "1 CA"),
        ("jump.berlin.example.com", "1 CA"),
        ("nano1.oslo.example.com", "3"),
    ):
        command = ["ssh-keygen", "-F", host, "-f", str(tmp_path / "known_hosts")]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert f"line {line}" in said


def test_boards_are_grouped_by_what_the_survey_has_found(tmp_path: Path) -> None:
    facts = slow_nano()
    facts["board"]["disk_free_mb"]["root"] = 900
    cache = tmp_path / "facts"
    settings = {"ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(cache)}
    settings["ANSIBLE_CACHE_PLUGIN_TIMEOUT"] = "0"
    found = listed(tmp_path, "found", **settings)
    assert "pure_python" not in found
    # The playbook survey returns the facts that it is given as this module does.
    task = {"jetfleet.protobuf.protobuf_plan": {"facts": facts, "desired": DESIRED, "store": str(tmp_path / "store")}}
    play = [{"hosts": "nano-door1", "gather_facts": False, "tasks": [task]}]
    (tmp_path / "survey.yml").write_text(yaml.safe_dump(play))
    run(tmp_path, "ansible-playbook", "survey.yml", "-i", str(INVENTORIES / "found"), **settings)
    found = listed(tmp_path, "found", **settings)
    assert {group for group, content in found.items() if content.get("hosts") == ["nano-door1"]} == {
        "jetpack_4_6",
        "low_disk",
        "protobuf_3_19_6",
        "pure_python",
        "soc_tegra210",
    }
