# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text as it is written, and as this Python's functions of os take it.

In the locale C, Python 3.5 and 3.6 take file names to be ASCII: to open a name with an umlaut they want it with surrogates in the
place of the bytes of that letter, and fail over the letter itself. Python 2 wants the bytes. Inside a module every text is of the
kind that os wants, from wherever it comes: options, files, other programs. What a module tells is text again.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

# Python 3 keeps a byte that is no text as one of these.
_KEPT_BYTE = re.compile(b"([\\udc80-\\udcff])".decode("unicode_escape"))
_TEXT = type(b"".decode("ascii"))


def to_os(value):
    """Text as functions of os take it, also inside of lists and dictionaries."""
    return _each(value, _to_os)


def to_text(value):
    """Text as it is written, also inside of lists and dictionaries; what is none of UTF-8 becomes a question mark."""
    return _each(value, _to_text)


def speak_text(module):
    """Let a module find its options as functions of os take text, and tell text."""
    options, module.params = module.params, to_os(module.params)
    for name in ("exit_json", "fail_json"):
        setattr(module, name, _telling_text(module, options, getattr(module, name)))


def utf8_locale(environment):
    """The variables that let another program take names to be UTF-8; none where its locale is not C.

    Without them protobuf's C++ backend cannot be imported by Python 3.6 from a folder with an umlaut, and old releases of
    pip fail over one. Python 3.7 and newer do this on their own.
    """
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    used = next((environment[name] for name in names if environment.get(name)), "C")
    return dict(LC_ALL="C.UTF-8") if used in ("C", "POSIX") else {}


def _telling_text(module, options, tell):
    def tell_text(*arguments, **result):
        # Ansible adds them to what is told.
        module.params = options
        tell(*to_text(arguments), **to_text(result))

    return tell_text


def _each(value, change):
    if isinstance(value, dict):
        return dict((change(key), _each(item, change)) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return [_each(item, change) for item in value]
    return change(value)


if str is bytes:  # Python 2

    def _to_os(value):
        if not isinstance(value, _TEXT):
            return value
        # Every other part is a kept byte.
        parts = _KEPT_BYTE.split(value)
        parts[0::2] = [part.encode("utf-8") for part in parts[0::2]]
        parts[1::2] = [chr(ord(part) - 0xDC00) for part in parts[1::2]]
        return b"".join(parts)

    def _to_text(value):
        return value

else:

    def _to_os(value):
        data = _encoded(value)
        return value if data is None else os.fsdecode(data)  # novm

    def _to_text(value):
        data = _encoded(value)
        return value if data is None else data.decode("utf-8", "replace")

    def _encoded(value):
        """The bytes that a text stands for; None for what is no text, or none that was bytes once."""
        try:
            return value.encode("utf-8", "surrogateescape") if isinstance(value, _TEXT) else None
        except UnicodeEncodeError:
            return None
