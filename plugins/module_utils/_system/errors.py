# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Define the exceptions that stop a change to a host."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible.module_utils.common.text.converters import to_native


class Refusal(Exception):
    """Nothing has been changed; str() is one sentence with cause and remedy."""


class Failure(Exception):
    """What has been changed has to be restored; str() is one sentence with cause and remedy."""


def shown(text):
    """Return text from a file or from another host in a form that fits into one line of a sentence."""
    return str(re.sub(r"[^ -~]+", "?", to_native(text)))[:200].rstrip(". ")
