# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many objects CPython's full garbage collections look at while a graph is parsed by pure Python.

That backend makes about ten objects of an attribute, and the collector runs meanwhile: for a graph of 20 000 nodes that
is a third of the time. Source of the rule: collect_generations() in CPython's Modules/gcmodule.c, 2.7 to 3.13.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

# A full collection waits until the new objects are a fourth of those that have survived one (long_lived_total / 4).
_SHARE = 4


def collected_objects(baseline, objects, thresholds):
    """Number of objects that are looked at, all full collections together.

    baseline: objects before the parse; objects: those that it makes and keeps; thresholds: gc.get_threshold().
    """
    first, second, third = thresholds
    # The first generation is collected when one object more than its threshold is there, the others when one collection
    # more than theirs has been there, and each of them at the collection after that.
    least = (first + 1) * ((second + 2) * (third + 1) + 1)
    survived, looked_at = baseline, 0
    # first is 0 where the collector is switched off.
    while first:
        new = max(least, survived // _SHARE + 1)
        if new > objects:
            break
        objects -= new
        survived += new
        looked_at += survived
    return looked_at
