# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build job says: one line of progress, and one sentence when it has failed.

PRIVATE to the collection.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping, Sequence
from typing import Any

# What make and libtool say after the line that matters.
_NOISE = re.compile(
    r"^(?:g?make(?:\[\d+\])?: (?:\*\*\*|Leaving|Entering|Target|Nothing|warning)|== |compilation terminated)"
)
_FAULT = re.compile(
    r"\b(?:error|fatal|cannot|failed|denied|killed|no such|not found|undefined|traceback)\b|Error\b", re.IGNORECASE
)
_FULL = re.compile(r"No space left on device|\[Errno 28\]|Disk quota exceeded")
_NO_MEMORY = re.compile(
    r"Killed signal terminated program|internal compiler error: Killed|Cannot allocate memory|out of memory"
    r"|virtual memory exhausted|std::bad_alloc|MemoryError"
)
_LONGEST = 300


def progress_line(host: str, label: str, job: Mapping[str, Any]) -> str:
    """Return host, what is built, the step and how far it is."""
    parts = [f"step {job['step']} of {job['steps_total']} ({job['name']})"]
    if job.get("units_done") is not None:
        total = f" of {job['units_total']}" if job.get("units_total") else ""
        parts.append(f"{job['units_done']}{total} compilations")
    parts.append(duration(job["elapsed"]))
    return f"{host}: {label}: {', '.join(parts)}"


def duration(seconds: int) -> str:
    """Return a number of seconds as it is said."""
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def failure_of(host: str, job: Mapping[str, Any], timeout: int) -> str:
    """Return why the job has ended without success, and the remedy."""
    log = f"{job['log']} on {host}"
    step = f"the step {job.get('name', 'unknown')}"
    tail = "\n".join(job["log_tail"])
    if _FULL.search(tail):
        return f"The disk of {host} became full in {step}: make room there, then run again ({log} has the details)."
    # What ran out of time was killed, too.
    if job.get("timed_out"):
        return (
            f"The build on {host} was ended in {step} after {duration(timeout)}: raise libprotobuf_build_timeout, "
            f"then run again ({log} has the details)."
        )
    if _NO_MEMORY.search(tail) or job.get("exit_status") == -signal.SIGKILL:
        return (
            f"The memory of {host} did not suffice for {step}: stop what uses it or add swap space, "
            f"then run again ({log} has the details)."
        )
    if job["status"] == "killed":
        return (
            f"The build on {host} was killed again and again in {step}: look who ends it there, then run again "
            f"({log} has the details)."
        )
    return (
        f"{_capital(step)} on {host} ended with exit status {job.get('exit_status')} ({last_line(job['log_tail'])}): "
        f"look into {log}, then run again."
    )


def last_line(tail: Sequence[str]) -> str:
    """Return the last line of a log that says something, most of all what went wrong."""
    lines = [" ".join(line.split()).rstrip(".: ") for line in tail if not _NOISE.search(line)]
    faults = [line for line in lines if _FAULT.search(line)]
    line = (faults or lines or ["it said nothing"])[-1]
    return line if len(line) <= _LONGEST else line[:_LONGEST] + " ..."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
