# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find home directories of users of this host."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import pwd


def homes():
    """Return the home of the current user, and of the user who became root with sudo."""
    result = [os.path.expanduser("~")]
    try:
        result.append(pwd.getpwnam(os.environ["SUDO_USER"]).pw_dir)
    except KeyError:
        pass  # not run with sudo, or by a user without an entry
    return sorted(set(result))
