# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin build_job: start the job on the builder, and show its progress until it has ended."""

from __future__ import annotations

import contextlib
import os
import time
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.board_result import board_result
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._build.progress import (
    PROGRESS,
    duration,
    failure_of,
    progress_line,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.build import Job

# Paths stay as they are: what ~ means is for the builder to say.
_STEP = {
    "name": {"type": "str", "required": True},
    "argv": {"type": "list", "elements": "str", "required": True},
    "chdir": {"type": "str", "required": True},
    "creates": {"type": "str", "required": True},
    "environment": {"type": "dict", "default": {}},
    "counts": {"type": "str"},
    "count_command": {"type": "list", "elements": "str", "default": []},
}
ARGUMENT_SPEC = {
    "directory": {"type": "str", "required": True},
    "steps": {"type": "list", "elements": "dict", "required": True, "options": _STEP},
    "state": {"type": "str", "choices": ["started", "status"], "default": "started"},
    "timeout": {"type": "int", "default": 14400},
    "poll": {"type": "int", "default": 20},
    "lost_timeout": {"type": "int", "default": 300},
    "label": {"type": "str"},
}
# How often a job that was killed is started again before that counts as a failure.
_RESUMPTIONS = 3
# Seconds between two attempts to reach a host that was lost.
_RETRY = 5


class ActionModule(ActionBase):
    """Run a build job to its end."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Start or join the job and wait for it."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _spec, self._arguments = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        if not 1 <= self._arguments["poll"] <= 30:
            raise AnsibleActionFail(
                f"poll is {self._arguments['poll']}: set it to a number of seconds from 1 to 30, "
                "so that the run says often enough how far it is."
            )
        self._task_vars = task_vars or {}
        self._host = self._task_vars.get("inventory_hostname", "the builder")
        self._label = self._arguments["label"] or os.path.basename(self._arguments["directory"].rstrip("/"))
        self._controller = os.getppid()
        self._deadline = time.monotonic() + self._arguments["timeout"]
        job = self._ask(self._arguments["state"])
        if self._arguments["state"] == "started" and not self._task.check_mode and not job.get("failed"):
            job = self._wait(job)
        result.update(job)
        return result

    def _wait(self, job: Any) -> Any:
        changed, resumptions, pause = job["changed"], 0, 1
        while job["status"] in ("running", "busy", "killed"):
            if job["status"] == "killed" and resumptions == _RESUMPTIONS:
                break
            if job["status"] == "busy" and time.monotonic() > self._deadline:
                return self._busy(job)
            if job["status"] == "running" and time.monotonic() > self._end:
                return self._overdue(job)
            self._tell(job)
            # What is nearly done is not waited for; what takes long is not asked about all the time.
            if job["status"] != "killed":
                time.sleep(min(pause, self._arguments["poll"]))
                pause *= 2
            if os.getppid() != self._controller:
                raise AnsibleActionFail("The run was ended: the job goes on, and the same command joins it.")
            resumptions += job["status"] == "killed"
            job = self._ask("status" if job["status"] == "running" else "started")
            if job.get("failed"):
                return job
        job["changed"] = changed
        if job["status"] != "done":
            job.update(failed=True, msg=one_line(failure_of(self._host, job, self._arguments["timeout"])))
        return job

    def _tell(self, job: Job) -> None:
        if job["status"] == "busy":
            self._say(f"{self._host}: {self._label}: waits for another build in the same folder")
        elif job["status"] == "killed":
            self._say(f"{self._host}: {self._label}: was killed, and is started again where it was")
        elif job.keys() >= PROGRESS:
            self._say(progress_line(self._host, self._label, job))

    def _say(self, news: str) -> None:
        self._display.display(one_line(news))

    def _busy(self, job: dict[str, Any]) -> dict[str, Any]:
        job.update(
            failed=True,
            msg=f"Another build has held {self._arguments['directory']} on {self._host} for too long: "
            "let it finish, then run again.",
        )
        return job

    def _overdue(self, job: dict[str, Any]) -> dict[str, Any]:
        """Not wait for a builder that says for ever that it builds: the job itself ends when its time is over."""
        job.update(
            failed=True,
            msg=f"{self._host} says that a build still runs that may take {duration(self._arguments['timeout'])}: look there for its "
            "processes, and build elsewhere if you do not know what that host runs.",
        )
        return job

    def _ask(self, state: str) -> dict[str, Any]:
        """Return what the module says, however often the host has to be called."""
        if state == "started":
            # The host may be away when the job ends.
            self._end = time.monotonic() + self._arguments["timeout"] + self._arguments["lost_timeout"]
        lost_at: float | None = None
        while True:
            try:
                answer: dict[str, Any] = self._execute_module(
                    module_name="jetfleet.protobuf.build_job",
                    module_args={**self._arguments, "state": state},
                    task_vars=self._task_vars,
                )
                if self._lost(answer):
                    raise AnsibleConnectionFailure(answer.get("msg", ""))
                return board_result(answer, Job)
            except AnsibleConnectionFailure as error:
                lost_at = time.monotonic() if lost_at is None else lost_at
                gone = time.monotonic() - lost_at
                if gone >= self._arguments["lost_timeout"] or os.getppid() != self._controller:
                    return self._unreachable(error)
                self._say(
                    f"{self._host}: {self._label}: the connection is lost, trying again for "
                    f"{int(self._arguments['lost_timeout'] - gone)} s"
                )
                with contextlib.suppress(Exception):
                    self._connection.reset()
                time.sleep(min(_RETRY, self._arguments["lost_timeout"]))

    @staticmethod
    def _lost(answer: dict[str, Any]) -> bool:
        """Say whether the module was cut off: without an answer of its own, and without an error either."""
        broken = answer.get("failed") and "status" not in answer and "module_stdout" in answer
        return bool(broken and not str(answer["module_stdout"] or "").strip() and not answer.get("module_stderr"))

    def _unreachable(self, error: Exception) -> dict[str, Any]:
        reason = one_line(str(error)).rstrip(".: ") or "the connection was cut"
        return {
            "failed": True,
            "msg": f"{self._host} has not answered for {self._arguments['lost_timeout']} s ({reason}): "
            "the build may go on there, run again when it is back.",
        }
