# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out whether the board has memory, processor time and a temperature to spare for a proof."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import math
import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.host import usable_cores
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.memory import MEBIBYTE, available_memory
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.temperature import throttling_zones

# MB of memory of its own that a process needs to import and use it, with the interpreter. Measured on x86 and aarch64:
# 15, 53 and 313; on a Jetson, users report 500 to 600 for TensorFlow with CUDA.
IMPORTS = {"protobuf": 32, "cv2": 128, "tensorflow": 600}


class Capacity(object):
    """What the board may be asked for.

    reserve: MB of memory that are left to others; max_load: load average of a minute for each usable core, 0 for any;
    max_temperature: degrees Celsius, 0 for the points at which the board itself throttles.
    """

    def __init__(self, reserve, max_load, max_temperature):
        self.reserve = reserve
        self._max_load = max_load
        self._max_temperature = max_temperature

    def shortage(self, activity, megabytes):
        """Return why the board cannot be asked for that now, with the remedy; None where it can. activity: with "the"."""
        return (
            memory_shortage(available_memory(), self.reserve, activity, megabytes)
            or load_shortage(os.getloadavg()[0], usable_cores(), self._max_load)
            or heat(throttling_zones(), self._max_temperature)
        )


def memory_shortage(free, reserve, activity, megabytes):
    """Return a sentence where `megabytes` MB are more than what is free without the reserve. free: bytes, or None."""
    if free is None or free >= (reserve + megabytes) * MEBIBYTE:
        return None
    sentence = "the board has {0} MB free and {1} needs {2}, with {3} left to others: {4}."
    remedy = "survey it while less runs on it, or lower jetfleet_memory_reserve"
    return sentence.format(free // MEBIBYTE, activity, int(math.ceil(megabytes)), reserve, remedy)


def load_shortage(load, cores, most):
    """Return a sentence where the load of a minute is more than `most` for each core; most: 0 for any."""
    if most <= 0 or load <= most * cores:
        return None
    sentence = "the load of the board is {0:.2f} on {1} core{2}, and jetfleet_max_load allows {3:g} for each: {4}."
    remedy = "survey it while less runs on it, or raise that"
    return sentence.format(load, cores, "" if cores == 1 else "s", most, remedy)


def heat(zones, most):
    """Return a sentence where a zone of throttling_zones() has `most` degrees, or with 0 those at which it throttles."""
    for name, now, throttling in zones:
        if most > 0 and now >= most:
            return "{0} of the board has {1:.1f} degrees Celsius, and jetfleet_max_temperature is {2:g}: let it cool down.".format(
                name, now, most
            )
        if most <= 0 and now >= throttling:
            return "{0} of the board has {1:.1f} degrees Celsius and throttles at {2:g}: let it cool down.".format(
                name, now, throttling
            )
    return None
