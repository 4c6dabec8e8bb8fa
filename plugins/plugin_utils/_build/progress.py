# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress of a build job in one line, and its failure in one sentence."""

from __future__ import annotations

import signal

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.build import Job

# What there is of a job that has begun.
PROGRESS = {"step", "name", "steps_total", "elapsed"}


def progress_line(host: str, label: str, job: Job) -> str:
    """Return host, what is built, the step and its progress."""
    parts = [f"step {job['step']} of {job['steps_total']} ({job['name']})"]
    if job.get("units_done") is not None:
        total = f" of {job['units_total']}" if job.get("units_total") else ""
        parts.append(f"{job['units_done']}{total} compilations")
    parts.append(duration(job["elapsed"]))
    return f"{host}: {label}: {', '.join(parts)}"


def duration(seconds: int) -> str:
    """Return a number of seconds as '2 h 5 min', '3 min 20 s' or '40 s'."""
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def failure_of(host: str, job: Job, timeout: int) -> str:
    """Return why the job has ended without success, and the remedy."""
    log = f"{job['log']} on {host}"
    step = f"the step {job.get('name', 'unknown')}"
    said = job.get("telling_line")
    if job.get("trouble") == "disk":
        return f"The disk of {host} became full in {step}: make room there, then run again ({log} has the details)."
    # What ran out of time was killed, too.
    if job.get("timed_out"):
        return (
            f"The build on {host} was ended in {step} after {duration(timeout)}: raise libprotobuf_build_timeout, "
            f"then run again ({log} has the details)."
        )
    if job.get("trouble") == "memory" or job.get("exit_status") == -signal.SIGKILL:
        return (
            f"The memory of {host} is not enough for {step}{f' ({said})' if said else ''}: set libprotobuf_build_jobs to "
            f"fewer compilers at once, stop what uses the memory, or add swap space, then run again ({log} has the details)."
        )
    if job["status"] == "killed":
        return (
            f"The build on {host} was killed repeatedly in {step}: find out what kills it there, then run again "
            f"({log} has the details)."
        )
    return (
        f"{_capital(step)} on {host} ended with exit status {job.get('exit_status')} ({said}): "
        f"look into {log}, then run again."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
