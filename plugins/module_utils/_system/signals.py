# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let a process that is asked to end clean up first."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import signal

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Ended(Exception):
    """A signal requested the end of this process; str() names it."""


def ignore_signals():
    """Protect the last steps and the cleanup from signals; ended_by_signals() restores the handlers."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def ended_by_signals():
    """Raise Ended for the signals that request the end of a process, so that it can clean up.

    Yield a function that raises Ended again: Python drops an exception that is raised in one of its own callbacks, as after
    a fork.
    """
    asked = []

    def check():
        if asked:
            raise Ended("signal {0}".format(asked[0]))

    def end(number, dummy_frame):
        ignore_signals()
        asked.append(number)
        check()

    before = dict((number, signal.signal(number, end)) for number in _SIGNALS)
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
