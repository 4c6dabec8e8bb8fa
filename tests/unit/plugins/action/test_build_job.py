# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin build_job in real plays on localhost."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play
from ansible_collections.jetfleet.protobuf.tests.support.stand_ins import make_collection

Step = dict[str, Any]


def step(folder: Path, name: str, script: str, **more: Any) -> Step:
    stamp = str(folder / f"{name}.done")
    return {"name": name, "argv": ["sh", "-ec", script], "chdir": str(folder), "creates": stamp} | more


def run(folder: Path, steps: list[Step], *arguments: str, **options: Any) -> Played:
    options = {"directory": str(folder / "build"), "steps": steps, "poll": 1, "label": "key"} | options
    task = {"name": "Build", "jetfleet.protobuf.build_job": options}
    return play(folder, [{"hosts": "localhost", "gather_facts": False, "tasks": [task]}], *arguments)


def test_a_build_is_waited_for_and_says_how_far_it_is(tmp_path: Path) -> None:
    script = "for n in 1 2 3; do echo CC $n; sleep 2; done"
    counted = {"counts": "^CC", "count_command": ["printf", "CC %s\\n", "1", "2", "3"]}
    played = run(tmp_path, [step(tmp_path, "first", "true"), step(tmp_path, "second", script, **counted)])
    result = played.result("Build", "localhost")
    assert (result["status"], result["changed"]) == ("done", True)
    assert "localhost: key: step 2 of 2 (second)" in played.output
    assert " of 3 compilations" in played.output


def test_the_second_run_changes_nothing(tmp_path: Path) -> None:
    steps = [step(tmp_path, "first", "true")]
    assert run(tmp_path, steps).result("Build", "localhost")["changed"]
    assert not run(tmp_path, steps).result("Build", "localhost")["changed"]


def test_a_failure_names_step_status_cause_and_log(tmp_path: Path) -> None:
    script = "echo 'x.cc:1: error: no such thing' >&2; echo 'make: *** [all] Error 1'; exit 2"
    played = run(tmp_path, [step(tmp_path, "Make all", script)])
    result = played.result("Build", "localhost")
    assert played.exit_status != 0
    assert result["msg"] == (
        "The step Make all on localhost ended with exit status 2 (x.cc:1: error: no such thing): "
        f"look into {tmp_path}/build/job.log on localhost, then run again."
    )


def kill_when_running(folder: Path, times: int) -> None:
    killed: set[int] = set()
    deadline = time.monotonic() + 60
    while len(killed) < times and time.monotonic() < deadline:
        time.sleep(0.05)
        try:
            pid = json.loads((folder / "build/job.json").read_text()).get("pid")
        except (OSError, ValueError):
            continue
        if pid and pid not in killed and (folder / "runs").exists():
            killed.add(pid)
            os.killpg(pid, signal.SIGKILL)


def test_a_job_that_was_killed_is_started_again(tmp_path: Path) -> None:
    script = "echo x >> runs; [ $(wc -l < runs) -gt 1 ] || sleep 60"
    killer = threading.Thread(target=kill_when_running, args=(tmp_path, 1))
    killer.start()
    played = run(tmp_path, [step(tmp_path, "first", script)])
    killer.join()
    assert played.result("Build", "localhost")["status"] == "done"
    assert "was killed, and is started again where it was" in played.output


def test_a_job_that_is_killed_all_the_time_is_given_up(tmp_path: Path) -> None:
    killer = threading.Thread(target=kill_when_running, args=(tmp_path, 4))
    killer.start()
    played = run(tmp_path, [step(tmp_path, "first", "echo x >> runs; sleep 60")])
    killer.join()
    assert "was killed repeatedly in the step first" in played.result("Build", "localhost")["msg"]


def test_another_job_in_the_folder_is_waited_for(tmp_path: Path) -> None:
    tasks = [
        {
            "name": name,
            "jetfleet.protobuf.build_job": {
                "directory": str(tmp_path / "build"),
                "poll": 1,
                "steps": [step(tmp_path, name, f"echo {name} >> order; sleep 2; echo {name} >> order")],
            },
        }
        for name in ("one", "two")
    ]
    local = {"hosts": "boards", "gather_facts": False, "strategy": "free"}
    plays = [local | {"tasks": [tasks[0] | {"when": "inventory_hostname == 'a'"}, tasks[1] | {"when": "inventory_hostname == 'b'"}]}]  # fmt: skip
    played = play(tmp_path, plays, boards={"a": {}, "b": {}})
    assert played.exit_status == 0, played.output
    order = (tmp_path / "order").read_text().split()
    assert order[0] == order[1] != order[2] == order[3]
    assert "waits for another build in the same folder" in played.output


@pytest.mark.parametrize("poll", [0, 31])
def test_news_come_often_enough(tmp_path: Path, poll: int) -> None:
    played = run(tmp_path, [step(tmp_path, "first", "true")], poll=poll)
    assert f"poll is {poll}: set it to a number of seconds from 1 to 30" in played.result("Build", "localhost")["msg"]
    assert not (tmp_path / "build").exists()


def test_check_mode_starts_nothing(tmp_path: Path) -> None:
    played = run(tmp_path, [step(tmp_path, "first", "true")], "--check")
    assert played.result("Build", "localhost")["changed"]
    assert not (tmp_path / "build").exists()


def test_a_builder_that_does_not_answer_is_given_up_in_time(tmp_path: Path) -> None:
    options = {"directory": "/nowhere", "steps": [step(tmp_path, "first", "true")], "lost_timeout": 1}
    # An SSH command that fails as one does whose connection was cut.
    ssh = tmp_path / "ssh"
    ssh.write_text("#!/bin/sh\necho 'Connection closed by remote host' >&2\nexit 255\n")
    ssh.chmod(0o755)
    variables = {"ansible_connection": "ssh", "ansible_ssh_executable": str(ssh), "ansible_ssh_retries": 0}
    task = {"name": "Build", "jetfleet.protobuf.build_job": options, "vars": variables}
    played = play(tmp_path, [{"hosts": "board.invalid", "gather_facts": False, "tasks": [task]}])
    result = played.result("Build", "board.invalid")
    assert "unreachable=0    failed=1" in played.output, "the playbook's rescue has to see it"
    assert "board.invalid has not answered for 1 s" in result["msg"]
    assert "the connection is lost, trying again for" in played.output


LIAR = """#!/usr/bin/python
import json
import os
import sys

from ansible.module_utils.basic import AnsibleModule

AnsibleModule({name: {"type": "raw"} for name in "directory steps state timeout poll lost_timeout label".split()})
print(os.environ["ANSWER"])
sys.exit(0)
"""
RUNNING = {
    "changed": True,
    "status": "running",
    "log": "/x\x1b[31m",
    "step": 1,
    "steps_total": 2,
    "name": "Make\x1b]0;owned\x07",
    "elapsed": 1,
}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (RUNNING, "localhost says that a build still runs that may take 2 s: look there for its processes"),
        ({"changed": True}, "(in its answer, status is missing)"),
        (RUNNING | {"elapsed": "x"}, "(in its answer, elapsed is a string, not a whole number)"),
        (
            RUNNING | {"status": "failed", "telling_line": "\x1b[31mred"},
            "(\N{REPLACEMENT CHARACTER}[31mred): look into",
        ),
        ({"changed": True, "status": "done", "log": "x", "ansible_stats": 7}, ""),
    ],
)
def test_a_builder_that_lies_neither_hangs_nor_steers_nor_ends_the_run(
    tmp_path: Path, answer: Step, words: str
) -> None:
    make_collection(tmp_path / "collections", "build_job", LIAR)
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections"), "ANSWER": json.dumps(answer)}
    options = {
        "directory": "/x",
        "steps": [step(tmp_path, "first", "true")],
        "timeout": 2,
        "lost_timeout": 1,
        "poll": 1,
    }
    tasks = [{"name": "Build", "jetfleet.protobuf.build_job": options}]
    played = play(tmp_path, [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}], environment=environment)
    result = played.result("Build", "localhost")
    assert played.exit_status == (2 if words else 0)
    assert words in result.get("msg", "")
    assert "\x1b" not in played.output
