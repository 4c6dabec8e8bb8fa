# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes that still use an old protobuf, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line

Process = Mapping[str, object]
_LONGEST_COMMAND = 60
_MOST_NAMED = 10


def old_processes_sentence(processes: Iterable[Process]) -> str | None:
    """Return who still uses the old protobuf; None where nobody does."""
    named = [_words(process) for process in processes]
    count = len(named)
    if not named:
        return None
    if count > _MOST_NAMED:
        named = [*named[:_MOST_NAMED], f"and {count - _MOST_NAMED} more"]
    noun = "process still uses" if count == 1 else "processes still use"
    return f"{count} {noun} the old protobuf: {'; '.join(named)}."


def what_to_restart(processes: Iterable[Process]) -> list[str]:
    """Return each service of the system once, and each other process by what is known of it."""
    return list(dict.fromkeys(_service(process) or _words(process) for process in processes))


def _words(process: Process) -> str:
    return one_line(f"{_name(process)} (pid {process['pid']}, {process['user'] or 'unknown user'})")


def _name(process: Process) -> str:
    """Return the unit of a process, or its command and, of one in a container, where that is."""
    name = _service(process) or process["user_unit"]
    if name:
        return str(name)
    command = str(process["command"])
    shown = command if len(command) <= _LONGEST_COMMAND else f"{command[: _LONGEST_COMMAND - 3]}..."
    place = str(process["unit"] or process["cgroup"] or "/")
    return shown if place == "/" or place.startswith("session-") else f"{shown} in {place.rpartition('/')[2]}"


def _service(process: Process) -> str | None:
    """Return the unit that systemctl restart is for: not the sessions of users, and not their managers."""
    unit = process["unit"]
    return unit if isinstance(unit, str) and unit.endswith(".service") and not process["user_unit"] else None
