# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exceptions that end a change of a board."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class Refusal(Exception):
    """One sentence that names cause and remedy; nothing has been changed."""


class Failure(Exception):
    """One sentence that names cause and remedy; what has been changed has to be put back."""
