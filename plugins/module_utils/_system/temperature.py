# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the thermal zones of the board, and at which temperature each makes it slow down."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import glob
import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import read_text


def throttling_zones(root="/sys/class/thermal"):
    """Return [(name, degrees Celsius now, degrees from which on it throttles)] of the zones that have such a trip point.

    A passive trip point slows processors down. An active one starts a fan, and the others warn or switch off. Sensors
    that cannot be read, and trip points of zero or below, which are switched off, do not count.
    """
    found = []
    for folder in sorted(glob.glob(os.path.join(root, "thermal_zone*"))):
        now = _degrees(os.path.join(folder, "temp"))
        kinds = glob.glob(os.path.join(folder, "trip_point_*_type"))
        passive = [path for path in kinds if _text(path) == "passive"]
        points = [_degrees(path[: -len("type")] + "temp") for path in passive]
        points = [point for point in points if point is not None and point > 0]
        if now is not None and points:
            found.append((_text(os.path.join(folder, "type")) or os.path.basename(folder), now, min(points)))
    return found


def _text(path):
    return (read_text(path) or "").strip()


def _degrees(path):
    try:
        return int(_text(path)) / 1000.0
    except ValueError:
        return None
