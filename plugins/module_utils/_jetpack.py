# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.

"""JetPack release of an L4T release, as NVIDIA's JetPack archive pairs them. A label for people, nothing to decide on."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

# Without zeros at the end: 36 is 36.0.0.
_JETPACK = {
    "21.2": "1.0 DP",
    "21.3": "1.1 DP",
    "21.4": "1.2 DP, 2.0, 2.1 or 2.2",
    "21.5": "2.3 or 2.3.1",
    "23.1": "2.0",
    "23.2": "2.1",
    "24.1": "2.2 or 2.2.1",
    "24.2": "2.3",
    "24.2.1": "2.3.1 or 3.0",
    "27.1": "3.0",
    "28.1": "3.1",
    # 3.2 on a TX2, 3.3 on a TX1.
    "28.2": "3.2 or 3.3",
    "28.2.1": "3.2.1 or 3.3",
    "28.3.1": "3.3.1",
    "28.4": "3.3.3",
    "28.5": "3.3.4",
    "31.0.1": "4.0",
    "31.0.2": "4.1",
    "31.1": "4.1.1",
    "32.1": "4.2",
    "32.2": "4.2.1",
    "32.2.1": "4.2.2",
    "32.2.3": "4.2.3",
    "32.3.1": "4.3",
    "32.4.2": "4.4 DP",
    "32.4.3": "4.4",
    "32.4.4": "4.4.1",
    "32.5": "4.5",
    "32.5.1": "4.5.1",
    "32.5.2": "4.5.1",
    "32.6.1": "4.6",
    "32.7.1": "4.6.1",
    "32.7.2": "4.6.2",
    "32.7.3": "4.6.3",
    "32.7.4": "4.6.4",
    "32.7.5": "4.6.5",
    "32.7.6": "4.6.6",
    "34.0.1": "5.0 pre-DP",
    "34.1": "5.0 DP",
    "34.1.1": "5.0.1 DP",
    "35.1": "5.0.2",
    "35.2.1": "5.1",
    "35.3": "5.1.1 preview",
    "35.3.1": "5.1.1",
    "35.4.1": "5.1.2",
    "35.5": "5.1.3",
    "35.6": "5.1.4",
    "35.6.1": "5.1.5",
    "35.6.2": "5.1.5",
    "35.6.3": "5.1.5",
    "35.6.4": "5.1.6",
    "36": "6.0 EA",
    "36.2": "6.0 DP",
    "36.3": "6.0",
    "36.4": "6.1",
    "36.4.2": "6.1 revision 1",
    "36.4.3": "6.2",
    "36.4.4": "6.2.1",
    "36.4.7": "6.2.1",
    "36.5": "6.2.2",
    "36.5.2": "6.2.3",
    "38.1": "7.0 EA",
    "38.2": "7.0",
    "38.2.1": "7.0",
    "38.2.2": "7.0",
    "38.4": "7.1",
    "39": "7.2 EA",
    "39.2": "7.2",
    "39.2.1": "7.2.1",
}


def jetpack_of(l4t):
    """None without L4T; L4T itself where it is younger than this table. 32.5 and 32.5.0 are one release."""
    if l4t is None:
        return None
    return _JETPACK.get(re.sub(r"(\.0)+$", "", l4t), "L4T " + l4t)
