# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure what it costs the board to be looked at."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import resource

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import clock, largest_process


class Cost(object):
    """Costs by subset: seconds of processor time and by the clock, and the MB of the largest process that worked on it."""

    def __init__(self):
        self.facts = {}

    @contextlib.contextmanager
    def of(self, subset):
        """Add what is done for a subset, here and in child processes that have ended."""
        largest_process()
        began, spent = clock(), _spent()
        yield
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
        before = self.facts.get(subset) or dict(cpu_seconds=0, wall_seconds=0, peak_memory_mb=0)
        self.facts[subset] = dict(
            cpu_seconds=round(before["cpu_seconds"] + _spent() - spent, 3),
            wall_seconds=round(before["wall_seconds"] + clock() - began, 3),
            peak_memory_mb=round(max(before["peak_memory_mb"], own, largest_process()), 1),
        )


def _spent():
    """Return the seconds of processor time of this process and of those that it has waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
