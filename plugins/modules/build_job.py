#!/usr/bin/python

# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: build_job
short_description: Run a build as a detached job and show its progress
version_added: 0.1.0
author: jetfleet.protobuf contributors (@jetfleet)
description:
  - Runs a list of commands one after the other in a process of its own, which goes on when the connection is lost and when
    Ansible is killed. The same task joins it again.
  - Every step leaves a stamp file when it has succeeded. A step whose stamp exists is never run again, so a build that was killed
    continues where it stopped.
  - The action plugin of the same name waits for the end, shows one line of progress every O(poll) seconds, tolerates a
    lost connection, and restarts a job that was killed.
  - Where systemd ends all processes of a user who logs out (C(KillUserProcesses=yes) in C(logind.conf)), the job ends with
    the connection and is started again. C(loginctl enable-linger) on the builder avoids that.
extends_documentation_fragment:
  - jetfleet.protobuf.attributes.action
options:
  directory:
    description:
      - Folder of the build. It is created if it does not exist, and gets the mode 0700.
      - C(job.log), C(job.json) and C(job.lock) are written there.
    type: path
    required: true
  steps:
    description: The steps, in their order.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the step in messages.
        type: str
        required: true
      argv:
        description: The command and its arguments. No shell is involved.
        type: list
        elements: str
        required: true
      chdir:
        description: Folder that the command runs in.
        type: path
        required: true
      creates:
        description: The stamp file. It is created when the command has ended with 0; where it exists, the command is not run.
        type: path
        required: true
      environment:
        description: Environment variables of the command, beside those of the connection.
        type: dict
        default: {}
      counts:
        description: Regular expression of the lines of output that stand for one unit of work each.
        type: str
      count_command:
        description:
          - Command that prints what the step is going to do. The lines that match O(steps[].counts) are the units of work ahead.
        type: list
        elements: str
        default: []
  state:
    description:
      - V(started) starts the job, or joins the one that is running.
      - V(status) only reports the state of the job. The action plugin uses it.
    type: str
    choices: [started, status]
    default: started
  timeout:
    description: Seconds from the start of the job after which it is ended.
    type: int
    default: 14400
  poll:
    description: Seconds between two lines of progress, from 1 to 30.
    type: int
    default: 20
  lost_timeout:
    description: Seconds that the host may be unreachable before the task fails.
    type: int
    default: 300
  label:
    description: What is being built, for the lines of progress. Without it, the name of O(directory).
    type: str
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
"""

EXAMPLES = r"""
- name: Compile and show the progress
  jetfleet.protobuf.build_job:
    directory: /home/nvidia/src/protobuf-3.6.0
    steps:
      - name: Configure
        argv: [./configure, --prefix=/usr/local]
        chdir: /home/nvidia/src/protobuf-3.6.0/source
        creates: /home/nvidia/src/protobuf-3.6.0/configure.done
      - name: Make the library
        argv: [make, all]
        chdir: /home/nvidia/src/protobuf-3.6.0/source
        creates: /home/nvidia/src/protobuf-3.6.0/make.done
        environment:
          MAKEFLAGS: -j4
        counts: --mode=compile
        count_command: [make, --dry-run, all]
"""

RETURN = r"""
status:
  description:
    - V(done) or V(failed). The module itself also returns V(running), V(killed) (the job ended without recording a result),
      V(busy) (a job with other steps holds the folder) and V(absent) (no job was ever started).
  returned: always
  type: str
  sample: done
step:
  description: Number of the current or last step, counted from 1.
  returned: when there is or was a job
  type: int
  sample: 3
name:
  description: Name of that step.
  returned: when there is or was a job
  type: str
  sample: Make the library
steps_total:
  description: Number of the steps.
  returned: when there is or was a job
  type: int
  sample: 7
units_done:
  description: Units of work of the step that have been started, null where nothing is counted.
  returned: when there is or was a job
  type: int
  sample: 63
units_total:
  description: Units of work that were ahead when the step began, null when that is not known.
  returned: when there is or was a job
  type: int
  sample: 181
elapsed:
  description: Seconds since the job was started.
  returned: when there is or was a job
  type: int
  sample: 130
exit_status:
  description: Exit status of the step that failed; the negative number of the signal that ended it, if one did.
  returned: when there is or was a job
  type: int
  sample: 2
timed_out:
  description: Whether the job was ended because it ran longer than O(timeout).
  returned: when there is or was a job
  type: bool
  sample: false
telling_line:
  description: The line of the step's output that best explains why the step failed.
  returned: when RV(status) is V(failed)
  type: str
  sample: "wire_format.cc:12:3: error: 'x' was not declared in this scope"
trouble:
  description: What the host ran out of according to the step's output, V(disk) or V(memory). Null if neither.
  returned: when RV(status) is V(failed)
  type: str
  sample: memory
log:
  description: The log on the host.
  returned: always
  type: str
  sample: /home/nvidia/src/protobuf-3.6.0/job.log
log_tail:
  description: The last lines of the log.
  returned: always
  type: list
  elements: str
  sample: ["make: *** [Makefile:1: all] Error 2"]
"""

import os
import re
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.jetfleet.protobuf.plugins.module_utils._build.job_folder import (
    JobFolder,
    digest_steps,
    missing_steps,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._build.job_process import detach
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import convert_text

_REPORTED = ("step", "name", "steps_total", "units_done", "units_total", "exit_status", "timed_out")


def refusal(params):
    """Return one sentence about invalid options, None where they are valid."""
    if not params["steps"]:
        return "There is no step to run: name at least one in steps."
    for step in params["steps"]:
        if not step["argv"]:
            return "The step {0} has no command: name one in argv.".format(step["name"])
        try:
            re.compile(step["counts"] or "")
        except re.error as error:
            return "counts of the step {0} is not a valid regular expression ({1}): correct it.".format(
                step["name"], error
            )
    return None


def first_state(steps, missing):
    """Return the content of the state file before the first step runs; missing: indices of the steps to run."""
    return dict(
        digest=digest_steps(steps),
        status="running" if missing else "done",
        step=missing[0] + 1 if missing else len(steps),
        name=steps[missing[0] if missing else -1]["name"],
        steps_total=len(steps),
        units_done=None,
        units_total=None,
        started=time.time(),
        elapsed=0,
        exit_status=None if missing else 0,
        timed_out=False,
        log_tail=[],
    )


def start(folder, params):
    """Start the job or join the running one; return (whether anything is being done, status)."""
    missing = missing_steps(params["steps"])
    state = first_state(params["steps"], missing)
    folder.make()
    lock = folder.lock()
    if lock is None:
        # A job that has only just taken the lock has not written its state yet, and may have other steps.
        running = folder.read() or {}
        return True, "running" if running.get("digest") == state["digest"] else "busy"
    folder.kill_leftovers()
    folder.write(state)
    if not missing:
        os.close(lock)
        return False, "done"
    for step in params["steps"]:
        step["environment"] = dict((name, str(value)) for name, value in step["environment"].items())
    detach(folder, lock, params["steps"], params["timeout"], state)
    return True, "running"


def look(folder, steps):
    """Return the status of the job with these steps."""
    running = folder.running()
    # Read after the lock was tested: a job that has released it has written its last state.
    state = folder.read()
    if state is None:
        return "busy" if running else "absent"
    # The state of a job with other steps says nothing about these.
    if state["digest"] != digest_steps(steps):
        return "busy" if running else "killed"
    if state["status"] == "running" and not running:
        return "killed"
    return state["status"]


def main():
    module = AnsibleModule(
        argument_spec=dict(
            directory=dict(type="path", required=True),
            steps=dict(
                type="list",
                elements="dict",
                required=True,
                options=dict(
                    name=dict(type="str", required=True),
                    argv=dict(type="list", elements="str", required=True),
                    chdir=dict(type="path", required=True),
                    creates=dict(type="path", required=True),
                    environment=dict(type="dict", default={}),
                    counts=dict(type="str"),
                    count_command=dict(type="list", elements="str", default=[]),
                ),
            ),
            state=dict(type="str", choices=["started", "status"], default="started"),
            timeout=dict(type="int", default=14400),
            poll=dict(type="int", default=20),
            lost_timeout=dict(type="int", default=300),
            label=dict(type="str"),
        ),
        supports_check_mode=True,
    )
    convert_text(module)
    refused = refusal(module.params)
    if refused:
        module.fail_json(msg=refused)
    folder = JobFolder(module.params["directory"])
    if module.check_mode:
        missing = missing_steps(module.params["steps"])
        module.exit_json(changed=bool(missing), status="absent", log=folder.log, log_tail=[])
    try:
        changed, status = False, None
        if module.params["state"] == "started":
            changed, status = start(folder, module.params)
        status = status or look(folder, module.params["steps"])
    except (IOError, OSError) as error:
        module.fail_json(
            msg="The build folder {0} cannot be written ({1}): free some space there, or make the user who builds its "
            "owner.".format(folder.path, error.strerror)
        )
    state = folder.read() or {}
    result = dict((name, state[name]) for name in _REPORTED if name in state)
    if "started" in state:
        result["elapsed"] = int(time.time() - state["started"]) if status == "running" else state["elapsed"]
    if status == "failed":
        result.update(folder.fault())
    module.exit_json(changed=changed, status=status, log=folder.log, log_tail=folder.log_tail(), **result)


if __name__ == "__main__":
    main()
