# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes are named by what people restart."""

from __future__ import annotations

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.processes import (
    old_processes_sentence,
    what_to_restart,
)
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import old_process

CONTAINER = "3f4e" * 16
NO_UNIT = {"unit": None, "cgroup": "/"}


def test_each_process_is_named() -> None:
    old = [old_process(), old_process(pid=4711, user=None, command="python3 try.py", **NO_UNIT)]
    expected = "2 processes still use the old protobuf: detector.service (pid 812, nvidia); python3 try.py (pid 4711, unknown user)."
    assert old_processes_sentence(old) == expected
    assert (
        old_processes_sentence(old[:1]) == "1 process still uses the old protobuf: detector.service (pid 812, nvidia)."
    )
    assert old_processes_sentence([]) is None
    many = old_processes_sentence([old_process(pid=pid) for pid in range(1, 500)])
    assert many and many.startswith("499 processes still use") and many.endswith("(pid 10, nvidia); and 489 more.")


def test_a_service_is_restarted_once() -> None:
    assert what_to_restart([old_process(), old_process(pid=813)]) == ["detector.service"]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"unit": "user@1000.service", "user_unit": "viewer.service"}, "viewer.service"),
        ({"unit": "session-4.scope", "cgroup": "/user.slice/session-4.scope"}, "python3 app.py"),
        ({"unit": f"docker-{CONTAINER}.scope"}, f"python3 app.py in docker-{CONTAINER}.scope"),
        ({"unit": None, "cgroup": f"/docker/{CONTAINER}"}, f"python3 app.py in {CONTAINER}"),
        (NO_UNIT, "python3 app.py"),
        ({"unit": None, "cgroup": None}, "python3 app.py"),
        ({**NO_UNIT, "command": "x" * 200}, "x" * 57 + "..."),
        ({**NO_UNIT, "command": "a\x1b[31m\nb"}, None),
    ],
)
def test_what_no_systemctl_restarts_is_named_by_its_command(changes: dict[str, str | None], name: str | None) -> None:
    (shown,) = what_to_restart([old_process(**{"command": "python3 app.py", **changes})])
    assert shown.isprintable()
    assert name is None or shown == f"{name} (pid 812, nvidia)"
