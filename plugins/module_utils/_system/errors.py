# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Define the exceptions that stop a change to a host."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class Refusal(Exception):
    """Nothing has been changed; str() is one sentence with cause and remedy."""


class Failure(Exception):
    """What has been changed has to be restored; str() is one sentence with cause and remedy."""
