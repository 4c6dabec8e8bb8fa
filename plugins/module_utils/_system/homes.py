# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Home directories of the users of this host."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import pwd


def homes():
    """Homes of who runs this and of who became root for it."""
    result = [os.path.expanduser("~")]
    try:
        result.append(pwd.getpwnam(os.environ["SUDO_USER"]).pw_dir)
    except KeyError:
        pass  # nobody became root, or that name is not of this host
    return sorted(set(result))
