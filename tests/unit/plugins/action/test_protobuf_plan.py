# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin protobuf_plan in real plays on localhost."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED, fast_nano, slow_nano
from ansible_collections.jetfleet.protobuf.tests.support.flipping import flipping
from ansible_collections.jetfleet.protobuf.tests.support.keys import allowed_signers, ssh_key, ssh_sign
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play

Facts = dict[str, Any]


def plan(
    folder: Path, facts: Facts, *flags: str, times: int = 0, options: dict[str, Any] | None = None, **desired: Any
) -> Played:
    task: dict[str, Any] = {
        "name": "Plan",
        "jetfleet.protobuf.protobuf_plan": {
            "facts": "{{ lookup('ansible.builtin.file', 'facts.json') | from_json }}",
            "desired": DESIRED | desired,
            "store": str(folder / "store"),
            **(options or {}),
        },
        **({"loop": [*range(times)]} if times else {}),
    }
    (folder / "facts.json").write_text(json.dumps(facts))
    # There is no host of that name: whoever connected to it would fail.
    return play(folder, [{"hosts": "board.invalid", "gather_facts": False, "tasks": [task]}], *flags)


def test_a_slow_board_is_planned_without_a_connection(tmp_path: Path) -> None:
    played = plan(tmp_path, slow_nano())
    result = played.result("Plan", "board.invalid")
    assert not result["changed"]
    assert [action["action"] for action in result["actions"]] == ["install_library", "install_module"]
    assert result["abi_key"].startswith("protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_")
    assert result["needs_build"]
    assert "diff" not in result


def test_check_mode_predicts_the_change_and_shows_the_difference(tmp_path: Path) -> None:
    result = plan(tmp_path, slow_nano(), "--check", "--diff").result("Plan", "board.invalid")
    assert result["changed"]
    assert result["diff"]["before"] == (
        "library: absent\nmodule:\n  version: 3.19.6\n  backend: python\n  linkage: null\n"
        "copies:\n- /usr/local/lib/python3.6/dist-packages\n"
    )
    assert "backend: cpp" in result["diff"]["after"]


def test_check_mode_of_a_converged_board_predicts_nothing(tmp_path: Path) -> None:
    digest = plan(tmp_path, slow_nano()).result("Plan", "board.invalid")["digest"]
    result = plan(tmp_path, fast_nano(digest), "--check").result("Plan", "board.invalid")
    assert not result["changed"]
    assert result["actions"] == []


def test_a_refused_board_would_not_be_changed(tmp_path: Path) -> None:
    facts = slow_nano()
    facts["board"]["architecture"] = "armhf"
    result = plan(tmp_path, facts, "--check").result("Plan", "board.invalid")
    assert not result["changed"]
    assert len(result["refusals"]) == 1


@pytest.mark.parametrize(("source", "refused"), [("url", 1), ("controller", 0), ("builder", 0)])
def test_a_board_in_1970_downloads_nothing_over_tls(tmp_path: Path, source: str, refused: int) -> None:
    facts = slow_nano()
    facts["board"] |= {"clock": 180.5, "clock_offset_seconds": -1796083020.0}
    options = {"source": source, "url": "https://mirror.example.com"}
    result = plan(tmp_path, facts, options=options).result("Plan", "board.invalid")
    assert len(result["refusals"]) == refused
    assert len(result["notices"]) == 1 - refused


def test_a_stored_artefact_is_found(tmp_path: Path) -> None:
    key = plan(tmp_path, slow_nano()).result("Plan", "board.invalid")["abi_key"]
    folder = tmp_path / "store" / key
    folder.mkdir(parents=True)
    (folder / "a.whl").write_bytes(b"abc")
    manifest = {"files": {"a.whl": {"sha256": "0" * 64, "bytes": 3}}, "extensions": {}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    result = plan(tmp_path, slow_nano()).result("Plan", "board.invalid")
    assert result["artefact"] == manifest
    assert not result["needs_build"]


def test_what_is_planned_with_is_what_was_signed(tmp_path: Path) -> None:
    """Somebody who may write to the store changes the manifest all the time: playbooks take files and sums from the plan."""
    found = plan(tmp_path, slow_nano()).result("Plan", "board.invalid")["abi_key"]
    folder = tmp_path / "store" / found
    folder.mkdir(parents=True)
    contents = []
    for name in ("signed.whl", "unsigned.whl"):
        (folder / name).write_bytes(b"abc")
        manifest = {"abi_key": found, "files": {name: {"sha256": hashlib.sha256(b"abc").hexdigest(), "bytes": 3}}}
        contents.append(json.dumps(manifest).encode())
    path, key = folder / "manifest.json", ssh_key(tmp_path)
    path.write_bytes(contents[0])
    ssh_sign(path, key)
    with flipping(path, contents):
        signers = {"allowed_signers": str(allowed_signers(key))}
        results = plan(tmp_path, slow_nano(), times=40, options=signers).result("Plan", "board.invalid")["results"]
    accepted = [result["artefact"]["files"] for result in results if not result["refusals"]]
    assert {name for files in accepted for name in files} == {"signed.whl"}


@pytest.mark.parametrize(
    ("desired", "words"),
    [
        ({"version": "3.5.0"}, "protobuf 3.5.0 is not supported: choose a release from 3.6.0 to 3.21.12."),
        ({"source_sha256": "1234"}, "which is not a SHA-256: set it to the 64 hexadecimal digits"),
        ({"linkage": "dynamic"}, "value of linkage must be one of: static, shared"),
        ({"colour": "red"}, "Unsupported parameters"),
    ],
)
def test_wrong_wishes_fail_with_one_sentence(tmp_path: Path, desired: Facts, words: str) -> None:
    played = plan(tmp_path, slow_nano(), **desired)
    assert played.exit_status == 2
    message = played.result("Plan", "board.invalid")["msg"]
    assert words in message
    assert "\n" not in message


def test_facts_that_lack_subsets_fail_with_one_sentence(tmp_path: Path) -> None:
    played = plan(tmp_path, {"board": slow_nano()["board"]})
    assert "The facts lack python, environment, module" in played.result("Plan", "board.invalid")["msg"]


def test_the_facts_of_a_real_host_can_be_planned(tmp_path: Path) -> None:
    """protobuf_facts and protobuf_plan were written apart: their shapes have to meet."""
    tasks = [
        {"name": "Survey", "jetfleet.protobuf.protobuf_facts": {}, "register": "survey"},
        {
            "name": "Plan",
            "jetfleet.protobuf.protobuf_plan": {
                "facts": "{{ survey.ansible_facts.jetfleet }}",
                "desired": DESIRED | {"version": "3.21.12"},
                "store": str(tmp_path / "store"),
            },
        },
    ]
    played = play(tmp_path, [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}], "--check", "--diff")
    result = played.result("Plan", "localhost")
    assert not result.get("failed"), result["msg"]
    assert result["abi_key"] or result["refusals"]
    assert result["diff"]["before"].startswith("library: ")
