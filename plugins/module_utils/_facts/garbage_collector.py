# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Count the objects that CPython's full garbage collections visit while pure Python parses a graph.

That backend creates about ten objects for an attribute, so the collector takes a third of the time for a graph of 20 000
nodes. Source of the rule: collect_generations() in CPython's Modules/gcmodule.c, 2.7 to 3.13.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

# A full collection waits until there are a fourth as many new objects as have survived earlier ones (long_lived_total / 4).
_SHARE = 4


def collected_objects(baseline, objects, thresholds):
    """Return the number of objects that all full collections together visit.

    baseline: objects before the parse; objects: those that it creates and keeps; thresholds: gc.get_threshold().
    """
    first, second, third = thresholds
    # The first generation is collected when it exceeds its threshold, each other one at the next collection after more
    # collections of the younger generation than its own threshold.
    least = (first + 1) * ((second + 2) * (third + 1) + 1)
    survived, visited = baseline, 0
    # first is 0 where the collector is switched off.
    while first:
        new = max(least, survived // _SHARE + 1)
        if new > objects:
            break
        objects -= new
        survived += new
        visited += survived
    return visited
