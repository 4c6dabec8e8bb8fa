# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.

"""Read files of which none needs to exist."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import io

from ansible_collections.jetfleet.protobuf.plugins.module_utils._text import to_os


def read_text(path):
    """Content of a small text file; None where it cannot be read."""
    try:
        with io.open(path, encoding="utf-8", errors="replace") as stream:
            return to_os(stream.read())
    except EnvironmentError:
        return None


def read_lines(path):
    return (read_text(path) or "").splitlines()


def digest(algorithm, path):
    """Hexadecimal digest of a file; None where it cannot be read or the algorithm is forbidden (FIPS: md5)."""
    try:
        result = hashlib.new(algorithm)
        with open(path, "rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                result.update(block)
    except (EnvironmentError, ValueError):
        return None
    return result.hexdigest()
