# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module build_job with real processes: each call is a process of its own, as it is on a builder."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.plays import COLLECTIONS
from ansible_collections.jetfleet.protobuf.tests.support.waiting import wait_for

Result = dict[str, Any]
Step = dict[str, Any]
WAIT = 20.0


class Job:
    """One build folder and the module that works on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder.parent
        self.steps: list[Step] = []

    def step(self, name: str, script: str, **more: Any) -> None:
        """Add a step that runs a shell script."""
        stamp = self.work / f"{name}.done"
        self.steps.append(
            {"name": name, "argv": ["sh", "-ec", script], "chdir": str(self.work), "creates": str(stamp)} | more
        )

    def call(self, state: str = "started", **options: Any) -> Result:
        """Run the module once."""
        arguments = {"directory": str(self.folder), "steps": self.steps, "state": state} | options
        command = [sys.executable, "-m", "ansible_collections.jetfleet.protobuf.plugins.modules.build_job"]
        done = subprocess.run(
            command,
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
            env={**os.environ, "PYTHONPATH": str(COLLECTIONS.parent)},
            capture_output=True,
            text=True,
            check=False,
            timeout=WAIT,
        )
        assert done.stdout, done.stderr
        result: Result = json.loads(done.stdout)
        return result

    def until(self, *wanted: str) -> Result:
        """Ask until the job has one of the states."""
        deadline = time.monotonic() + WAIT
        while True:
            result = self.call("status")
            if result["status"] in wanted:
                return result
            assert time.monotonic() < deadline, result
            time.sleep(0.05)

    def state(self) -> Result:
        """Return the state file."""
        state: Result = json.loads((self.folder / "job.json").read_text())
        return state

    def kill(self) -> None:
        """Kill the job and all it runs, as an administrator would."""
        os.killpg(self.state()["pid"], signal.SIGKILL)

    def runs(self, name: str) -> int:
        """Return how often a step was begun."""
        counted = self.work / f"{name}.runs"
        return len(counted.read_text().split()) if counted.exists() else 0


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    made = Job(tmp_path / "build")
    yield made
    if (made.folder / "job.json").exists() and made.call("status")["status"] in ("running", "busy"):
        made.kill()


def test_the_steps_run_in_their_order_and_leave_stamps(job: Job) -> None:
    job.step("one", "echo first >> order")
    job.step("two", 'echo "second $WORD" >> order', environment={"WORD": "word"})
    assert job.call()["changed"]
    done = job.until("done", "failed")
    assert (done["status"], done["exit_status"], done["step"], done["steps_total"]) == ("done", 0, 2, 2)
    assert (job.work / "order").read_text() == "first\nsecond word\n"
    assert (job.work / "one.done").exists() and (job.work / "two.done").exists()
    assert job.folder.stat().st_mode & 0o777 == 0o700


def test_where_all_stamps_are_there_nothing_is_started(job: Job) -> None:
    job.step("one", "echo x >> one.runs")
    job.call()
    job.until("done")
    again = job.call()
    assert (again["changed"], again["status"]) == (False, "done")
    assert job.runs("one") == 1


def test_a_running_job_is_joined(job: Job) -> None:
    job.step("one", "echo x >> one.runs; while [ ! -e go ]; do sleep 0.05; done")
    first = job.call()
    wait_for(lambda: job.runs("one") == 1)
    pid = job.state()["pid"]
    second = job.call()
    assert (first["status"], second["status"], second["changed"]) == ("running", "running", True)
    (job.work / "go").touch()
    job.until("done")
    assert (job.runs("one"), job.state()["pid"]) == (1, pid)


def test_more_jobs_at_once_are_no_other_steps(job: Job) -> None:
    job.step("one", "sleep 30", environment={"MAKEFLAGS": "-j1"})
    job.call()
    job.steps[0]["environment"] = {"MAKEFLAGS": "-j2"}
    assert job.call()["status"] == "running"


def test_other_steps_have_to_wait(job: Job) -> None:
    job.step("one", "sleep 30")
    job.call()
    job.steps[0]["argv"] = ["true"]
    assert job.call()["status"] == "busy"
    assert not (job.work / "one.done").exists()


def test_the_end_of_other_steps_is_not_the_end_of_these(job: Job) -> None:
    job.step("one", "while [ ! -e go ]; do sleep 0.05; done")
    job.call()
    other, job.steps[0]["argv"] = job.steps[0]["argv"], ["true"]
    assert job.call("status")["status"] == "busy"
    job.steps[0]["argv"] = other
    (job.work / "go").touch()
    job.until("done")
    job.steps[0]["argv"] = ["true"]
    assert job.call("status")["status"] == "killed"


def test_a_job_that_has_only_the_lock_is_not_joined(job: Job) -> None:
    job.step("one", "true")
    job.folder.mkdir()
    with (job.folder / "job.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert (job.call()["status"], job.call("status")["status"]) == ("busy", "busy")
    job.call()
    job.until("done")


def test_a_killed_job_goes_on_with_the_first_step_that_has_no_stamp(job: Job) -> None:
    job.step("one", "echo x >> one.runs")
    job.step("two", "echo x >> two.runs; [ -e go ] || sleep 30")
    job.step("three", "echo x >> three.runs")
    job.call()
    wait_for(lambda: job.runs("two") == 1)
    job.kill()
    assert job.until("killed")["name"] == "two"
    (job.work / "go").touch()
    assert job.call()["changed"]
    job.until("done")
    assert [job.runs(name) for name in ("one", "two", "three")] == [1, 2, 1]


def test_the_output_of_all_steps_that_succeeded_is_kept(job: Job) -> None:
    """Of jobs before, too: whoever wants to know how an artefact was made gets it with the artefact."""
    job.step("one", "echo first")
    job.step("two", "echo second; [ -e go ]")
    job.call()
    job.until("failed")
    (job.work / "go").touch()
    job.call()
    job.until("done")
    job.step("three", "echo third")
    job.call()
    job.until("done")
    lines = (job.folder / "build.log").read_text().split("\n")
    assert [line for line in lines if line] == ["== one", "first", "== two", "second", "== three", "third"]


def test_what_outlived_its_job_is_ended_before_the_next_one_starts(job: Job) -> None:
    job.step("one", "echo $$ >> pids; echo x >> one.runs; [ -e go ] || sleep 30")
    job.call()
    wait_for(lambda: job.runs("one") == 1)
    left = int((job.work / "pids").read_text())
    os.kill(job.state()["pid"], signal.SIGKILL)
    job.until("killed")
    assert alive(left), "only the job itself was killed"
    (job.work / "go").touch()
    job.call()
    assert not alive(left)
    job.until("done")


def test_the_job_outlives_who_started_it(job: Job) -> None:
    job.step("one", "while [ ! -e go ]; do sleep 0.05; done")
    # The starter and everything in its session, as when a connection ends.
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": {"directory": str(job.folder), "steps": job.steps}})
    module = "ansible_collections.jetfleet.protobuf.plugins.modules.build_job"
    starter = subprocess.Popen(
        ["sh", "-c", f"{sys.executable} -m {module}; sleep 30"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(COLLECTIONS.parent)},
        start_new_session=True,
    )
    assert starter.stdin
    starter.stdin.write(arguments.encode())
    starter.stdin.close()
    wait_for(lambda: (job.folder / "job.json").exists() and "pid" in job.state())
    # No terminal's hang-up reaches it either.
    assert os.getsid(job.state()["pid"]) != starter.pid
    os.killpg(starter.pid, signal.SIGKILL)
    starter.wait()
    assert job.call("status")["status"] == "running"
    (job.work / "go").touch()
    job.until("done")


def test_a_failing_step_ends_the_job(job: Job) -> None:
    job.step("one", "echo cause; exit 7")
    job.step("two", "true")
    job.call()
    failed = job.until("failed", "done")
    assert (failed["status"], failed["name"], failed["exit_status"], failed["timed_out"]) == ("failed", "one", 7, False)
    assert "cause" in failed["log_tail"]
    assert (failed["telling_line"], failed["trouble"]) == ("cause", None)
    assert not (job.work / "one.done").exists() and not (job.work / "two.done").exists()


@pytest.mark.parametrize(
    ("output", "line", "trouble"),
    [
        # More than the 40 lines that are returned stand behind it.
        (
            "glibc-2.23-under-make",
            "*** Error in `./protoc': double free or corruption (!prev): 0x00007f6f2c036910 ***",
            None,
        ),
        ("make-4.1-killed", "g++: internal compiler error: Killed (program cc1plus)", "memory"),
    ],
)
def test_the_line_that_tells_is_returned(job: Job, fixtures: Path, output: str, line: str, trouble: str | None) -> None:
    job.step("one", "echo 'cp: No space left on device, said by a step that went well all the same'")
    maps = "7f9e10000000-7f9e10001000 r-xp 00000000 b3:01 400    /opt/error.so"
    job.step("two", f"cat {fixtures / 'tool_outputs' / output}.txt; yes '{maps}' | head -n 500; exit 2")
    job.call()
    failed = job.until("failed")
    assert line not in "\n".join(failed["log_tail"])
    assert (failed["telling_line"], failed["trouble"]) == (line, trouble)


def test_steps_speak_english_and_keep_their_letters(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    # Ansible itself leaves no locale that the machine has not.
    for name, value in {"LC_ALL": "C.UTF-8", "LANGUAGE": "de", "LANG": "C"}.items():
        monkeypatch.setenv(name, value)
    job.step("one", "env | grep -E '^(LC_|LANG)' | sort > locale")
    job.call()
    job.until("done")
    assert (job.work / "locale").read_text() == "LANG=C\nLC_CTYPE=C.UTF-8\nLC_MESSAGES=C\n"


def test_a_command_that_is_not_there_ends_the_job(job: Job) -> None:
    job.step("one", "", argv=["/nowhere/tool"])
    job.call()
    failed = job.until("failed")
    assert failed["exit_status"] == 127
    assert "/nowhere/tool" in failed["log_tail"][-1]


def test_the_time_is_bounded(job: Job) -> None:
    job.step("one", "echo $$ > pid; sleep 60")
    job.call(timeout=1)
    failed = job.until("failed")
    assert failed["timed_out"]
    assert not alive(int((job.work / "pid").read_text()))


def test_units_of_work_are_counted(job: Job) -> None:
    pause = "while [ ! -e {} ]; do sleep 0.05; done"
    script = f"for n in 1 2 3; do echo CC $n; echo other; done; {pause.format('go')}; echo CC 4; {pause.format('end')}"
    job.step("one", script, counts="^CC ", count_command=["printf", "CC %s\\nLD\\n", "1", "2", "3", "4"])
    job.call()
    # The file that the module reads: a process for every look would cost more than the job.
    wait_for(lambda: job.state().get("units_done") == 3)
    assert job.call("status")["units_done"] == 3
    (job.work / "go").touch()
    wait_for(lambda: job.state().get("units_done") != 3)
    told = job.call("status")
    assert (told["units_done"], told["units_total"], told["step"], told["steps_total"]) == (4, 4, 1, 1)
    (job.work / "end").touch()
    job.until("done")


def test_no_process_of_the_job_holds_its_lock(job: Job) -> None:
    job.step("one", "ls -l /proc/self/fd > fds; sleep 30 & echo $! > pid")
    job.call()
    job.until("done")
    assert "job.lock" not in (job.work / "fds").read_text()
    assert not alive(int((job.work / "pid").read_text())), "nothing works on behind the next step"


def test_check_mode_starts_nothing(job: Job) -> None:
    job.step("one", "true")
    result = job.call(_ansible_check_mode=True)
    assert result["changed"]
    assert not job.folder.exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"counts": "("}, "is not a valid regular expression"),
        ({"argv": []}, "has no command"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(job: Job, change: Step, sentence: str) -> None:
    job.step("one", "true", **change)
    result = job.call()
    assert result["failed"]
    assert sentence in result["msg"]
    assert not job.folder.exists()


def test_a_job_without_steps_is_refused(job: Job) -> None:
    assert "no step" in job.call()["msg"]


def test_a_folder_that_cannot_be_written_is_named(job: Job) -> None:
    job.folder.write_text("in the way")
    job.step("one", "true")
    result = job.call()
    assert result["failed"]
    assert str(job.folder) in result["msg"]


def test_nobody_has_ever_started_a_job(job: Job) -> None:
    job.step("one", "true")
    assert job.call("status")["status"] == "absent"


def test_the_processes_of_a_container_with_such_a_folder_of_its_own_are_left_alone(job: Job) -> None:
    """A host sees the processes of its containers, and their folder of builds has the same path."""
    script = 'mount -t tmpfs none "$1" && mkdir -p "$2" && touch "$2/ready" && exec sleep 60'
    separate = ["unshare", "--map-root-user", "--mount", "sh", "-ec", script, "sh", str(job.work), str(job.folder)]
    with subprocess.Popen(separate, env=os.environ | {"JETFLEET_BUILD_JOB": str(job.folder)}) as container:
        while not Path(f"/proc/{container.pid}/root{job.folder}/ready").exists():
            time.sleep(0.05)
        job.step("one", "true")
        job.call()
        job.until("done")
        assert container.poll() is None
        container.kill()
