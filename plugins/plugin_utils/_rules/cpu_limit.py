# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An end for code that some texts keep busy for hours, as regular expressions do that can match in many ways."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class cpu_limit:  # noqa: N801 - named like the context managers of contextlib
    """Raise TimeoutError in code that takes more CPU time.

    The clock is that of the process, so that a busy controller makes no difference, and its signal is none that Ansible uses: SIGALRM
    is for the timeout of tasks. Python's re looks for signals while it matches. Only the main thread gets them, in which Ansible runs
    every action; another thread has no limit.
    """

    _handled = False

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        # Once, and for good: setting a handler takes ten times as long as setting the clock.
        if not cpu_limit._handled:
            signal.signal(signal.SIGVTALRM, _end)
            cpu_limit._handled = True
        signal.setitimer(signal.ITIMER_VIRTUAL, self._seconds)

    def __exit__(self, *_error: object) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError
